#include "ingest/join.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

using namespace kolega;
using namespace kolega::ingest;

namespace {

/// What both lists say of one finding, before they lose each other.
struct Row {
  std::string check{"sqli"};
  std::string path{"src/a.py"};
  std::string severity{"high"};
  std::string message{"bad query"};
  std::vector<std::string> cwe{"CWE-89"};
  std::string fingerprint{};
  std::string id{};
  std::string status{"open"};
  std::string url{};
  std::string last_detected{"2026-03-01T00:00:00Z"};
};

class Lists {
 public:
  void add_result(const Row& row) {
    Finding finding;
    fill(finding, row);
    finding.fingerprint = pool_.add_fingerprint(row.fingerprint);
    results.push_back(finding);
  }
  void add_item(const Row& row) {
    FindingItem item;
    fill(item, row);
    item.line = line_of_source_url(row.url, row.path).value_or(Line{});
    item.repository = pool_.intern(repository_of_source_url(row.url));
    item.details = pool_.store(FindingDetails{.id = pool_.add(row.id),
                                              .status = pool_.add(row.status),
                                              .last_detected_at = parse_instant(row.last_detected)});
    items.push_back(item);
  }
  JoinSummary join() {
    return ingest::join(results, items, pool_, parse_instant("2026-02-01T00:00:00Z"), first_twin_group);
  }
  std::string id_of(std::size_t result) const {
    return results[result].details ? results[result].details->id.str() : "none";
  }

  FindingRows results;
  std::vector<FindingItem> items;
  std::uint32_t first_twin_group{1};

 private:
  template <class T>
  void fill(T& out, const Row& row) {
    out.check_id = pool_.add(row.check);
    out.path = pool_.add(row.path);
    out.severity_word = pool_.add(row.severity);
    out.message = pool_.add(row.message);
    std::vector<std::string_view> words(row.cwe.begin(), row.cwe.end());
    out.cwe = pool_.add_list(words);
  }
  TextPool pool_;
};

/// One result and one item that differ in what `change` does to the item.
template <class F>
JoinSummary join_changed(F change) {
  Lists lists;
  Row row;
  lists.add_result(row);
  change(row);
  lists.add_item(row);
  return lists.join();
}

}  // namespace

TEST_CASE("a result finds its details through the four tiers") {
  CHECK(join_changed([](Row&) {}).matched == 1);
  CHECK(join_changed([](Row& r) { r.severity = "low"; }).matched == 1);
  CHECK(join_changed([](Row& r) { r.cwe = {"CWE-1"}; }).matched == 1);
  CHECK(join_changed([](Row& r) { r.severity = "low", r.cwe = {"CWE-1"}; }).matched == 1);
  CHECK(join_changed([](Row& r) { r.message = "other"; }).matched == 1);
  CHECK(join_changed([](Row& r) { r.message = "other", r.cwe = {}; }).matched == 1);
  CHECK(join_changed([](Row& r) { r.message = "other", r.severity = "low"; }).matched == 0);
  CHECK(join_changed([](Row& r) { r.check = "xss"; }).matched == 0);
  CHECK(join_changed([](Row& r) { r.path = "src/b.py"; }).matched == 0);
}

TEST_CASE("both sides are normalised alike") {
  CHECK(join_changed([](Row& r) {
          r.check = " sqli ";
          r.path = ".\\src//a.py";
          r.severity = " HIGH";
          r.message = "bad \n\t query ";
        }).matched == 1);
  Lists lists;
  Row row;
  row.cwe = {"CWE-89", "CWE-20", "CWE-89"};
  row.message = "one";
  lists.add_result(row);
  row.cwe = {"cwe-20", " CWE-89"};
  lists.add_item(row);
  row.cwe = {"CWE-20"};
  row.message = "two";
  lists.add_item(row);
  CHECK(lists.join().matched == 1);
  CHECK(lists.results[0].details != nullptr);
}

TEST_CASE("a message edited for several findings of one check and file is left unmatched") {
  Lists lists;
  Row row;
  for (const char* message : {"a", "b"}) {
    row.message = message;
    lists.add_result(row);
    row.message += " edited";
    lists.add_item(row);
  }
  const auto summary = lists.join();
  CHECK(summary.matched == 0);
  CHECK(summary.twins == 0);
  CHECK(summary.unmatched_results == 2);
  CHECK(summary.unmatched_findings == 2);
}

TEST_CASE("the result's own values win and the details are added") {
  Lists lists;
  Row row;
  row.fingerprint = "f";
  lists.add_result(row);
  row.severity = "low";
  row.id = "id-1";
  row.url = "https://github.com/acme/shop/blob/main/src/a.py#L12-L20";
  lists.add_item(row);
  CHECK(lists.join() == JoinSummary{1, 0, 0, 0, 0});
  const auto& result = lists.results[0];
  CHECK(result.severity_word.view() == "high");
  CHECK(result.details->id.view() == "id-1");
  CHECK(result.line == 12);
  CHECK(result.end_line == 20);
  CHECK(result.repository.view() == "acme/shop");
  CHECK(result.twin_group == 0);
  CHECK_FALSE(result.line_assigned);
}

TEST_CASE("twins get one another's details in a stable order, and say so") {
  for (const bool turned : {false, true}) {
    Lists lists;
    lists.first_twin_group = 7;
    std::vector<Row> rows(3);
    for (int i = 0; i < 3; ++i) {
      rows[static_cast<std::size_t>(i)].fingerprint = std::string(1, static_cast<char>('a' + i));
      rows[static_cast<std::size_t>(i)].id = "id-" + std::to_string(i);
      rows[static_cast<std::size_t>(i)].url = "https://h/o/r/blob/x/src/a.py#L" + std::to_string(30 - 10 * i);
    }
    for (const auto& row : rows) lists.add_result(row);
    if (turned) std::reverse(rows.begin(), rows.end());
    for (const auto& row : rows) lists.add_item(row);
    CHECK(lists.join() == JoinSummary{0, 3, 0, 0, 0});
    // Fingerprints ascending take lines ascending: 10 is of id-2.
    CHECK(lists.id_of(0) == "id-2");
    CHECK(lists.results[0].line == 10);
    CHECK(lists.results[1].line == 20);
    CHECK(lists.results[2].line == 30);
    for (const auto& result : lists.results) {
      CHECK(result.twin_group == 7);
      CHECK(result.line_assigned);
    }
  }
}

TEST_CASE("groups of different size are not accepted") {
  Lists lists;
  lists.add_result({});
  lists.add_result({});
  lists.add_item({});
  CHECK(lists.join() == JoinSummary{0, 0, 2, 1, 1});
  CHECK(lists.results[0].details == nullptr);
  // More details than results: whose status would it take?
  Lists more;
  more.add_result({});
  more.add_item({.status = "ignored"});
  more.add_item({.status = "open"});
  CHECK(more.join() == JoinSummary{0, 0, 1, 2, 1});
  CHECK(more.results[0].details == nullptr);
}

TEST_CASE("an unmatched finding counts as missing when it is active and this scan saw it") {
  const auto missing = [](const std::string& status, const std::string& seen) {
    Lists lists;
    Row row;
    row.status = status;
    row.last_detected = seen;
    lists.add_item(row);
    const auto summary = lists.join();
    CHECK(summary.unmatched_findings == 1);
    return summary.unmatched_active == 1;
  };
  CHECK(missing("open", "2026-02-01T00:00:00Z"));
  CHECK(missing("needs_manual_review", "2026-02-02T00:00:00Z"));
  CHECK(missing("a new word", "2026-02-02T00:00:00Z"));
  CHECK(missing("open", "not a date"));
  CHECK_FALSE(missing("open", "2026-01-31T23:59:59Z"));
  for (const char* status : {"resolved", "ignored", "false_positive"}) {
    CHECK_FALSE(missing(status, "2026-02-02T00:00:00Z"));
  }
}

TEST_CASE("nothing to join") {
  Lists lists;
  CHECK(lists.join() == JoinSummary{});
}

TEST_CASE("perturbed lists: no wrong pair, and every row is counted once") {
  std::mt19937 random(20260314);
  const auto below = [&random](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  std::uint64_t matched = 0;
  for (int round = 0; round < 200; ++round) {
    Lists lists;
    std::vector<Row> rows;
    const int size = 1 + below(60);
    for (int i = 0; i < size; ++i) {
      Row row;
      row.check = "check-" + std::to_string(below(4));
      row.path = "f" + std::to_string(below(6)) + ".py";
      row.severity = below(2) ? "high" : "low";
      row.message = "message " + std::to_string(below(40));
      row.cwe = {"CWE-" + std::to_string(below(3))};
      row.fingerprint = "fp" + std::to_string(i);
      row.id = "fp" + std::to_string(i);
      rows.push_back(row);
    }
    for (const auto& row : rows) lists.add_result(row);
    std::size_t items = 0;
    std::shuffle(rows.begin(), rows.end(), random);
    for (auto row : rows) {
      if (below(20) == 0) row.severity = "medium";
      if (below(20) == 0) row.cwe = {"CWE-999"};
      if (below(20) == 0) continue;
      lists.add_item(row);
      ++items;
    }
    const auto summary = lists.join();
    CHECK(summary.matched + summary.twins + summary.unmatched_results == lists.results.size());
    CHECK(summary.matched + summary.twins + summary.unmatched_findings == items);
    std::map<std::uint32_t, std::set<std::string>> groups;
    std::set<std::string> used;
    for (const auto& result : lists.results) {
      if (!result.details) continue;
      CHECK(used.insert(result.details->id.str()).second);  // nobody's details twice
      if (result.twin_group == 0) {
        // Messages are nearly unique and never edited here, so a single pair must be the right one unless an
        // equal row was left out on the other side.
        const auto equal =
            std::count_if(lists.results.begin(), lists.results.end(), [&](const Finding& other) {
              return other.check_id == result.check_id && other.path == result.path &&
                     other.message == result.message;
            });
        if (equal == 1) {
          const bool right = result.details->id == result.fingerprint;
          const auto item = std::find_if(
              lists.items.begin(), lists.items.end(),
              [&](const FindingItem& candidate) { return candidate.details->id == result.details->id; });
          // The fourth tier alone may pair rows of different messages: then the right item was left out.
          CHECK((right || !(item->message == result.message)));
        }
        ++matched;
      } else {
        groups[result.twin_group].insert(result.check_id.str() + result.path.str() + result.message.str());
      }
    }
    for (const auto& [number, kinds] : groups) CHECK(kinds.size() == 1);
  }
  CHECK(matched > 1000);
}

TEST_CASE("lines of source URLs") {
  const auto lines = [](std::string_view url, std::string_view path) -> std::string {
    const auto line = line_of_source_url(url, path);
    return line ? std::to_string(line->first) + "-" + std::to_string(line->last) : "none";
  };
  CHECK(lines("https://github.com/o/r/blob/sha/src/a.py#L12-L20", "src/a.py") == "12-20");
  CHECK(lines("https://gitlab.com/g/s/r/-/blob/sha/src/a.py#L12-20", "./src/a.py") == "12-20");
  CHECK(lines("https://github.com/o/r/blob/sha/src/a.py#L12", "src/a.py") == "12-12");
  CHECK(lines("https://github.com/o/r/blob/sha/src/a.py#L12C3-L14C9", "src/a.py") == "12-14");
  CHECK(lines("https://github.com/o/r/blob/sha/src/a%20b.py?plain=1#L3", "src/a b.py") == "3-3");
  CHECK(lines("https://github.com/o/r/blob/sha/src/a.py#L20-L12", "src/a.py") == "20-20");
  CHECK(lines("https://dev.azure.com/o/p/_git/r?path=/src/a.py&version=GBmain&line=12&lineEnd=20",
              "src/a.py") == "12-20");
  CHECK(lines("https://dev.azure.com/o/p/_git/r?path=%2Fsrc%2Fa.py&line=12", "src/a.py") == "12-12");
  CHECK(lines("https://dev.azure.com/o/p/_git/r?path=/src/b.py&line=12&lineEnd=20", "src/a.py") == "none");
  CHECK(lines("https://github.com/o/r/blob/sha/src/b.py#L12", "src/a.py") == "none");
  CHECK(lines("https://github.com/o/r/blob/sha/src/ba.py#L12", "a.py") == "none");
  for (const char* fragment : {"", "#", "#L", "#L0", "#Lx", "#L12-", "#L12-L", "#L12x", "#L99999999999",
                               "#12", "#l12", "#L-3", "#L1-L2-L3"}) {
    CHECK(lines("https://github.com/o/r/blob/sha/src/a.py" + std::string(fragment), "src/a.py") == "none");
  }
  CHECK(lines("", "a.py") == "none");
  CHECK(lines("https://h/a.py#L3", "") == "none");
  CHECK(lines("a.py#L3", "a.py") == "none");
  CHECK(lines("https://h", "h") == "none");
}

TEST_CASE("the repository of a source URL") {
  CHECK(repository_of_source_url("https://github.com/acme/shop/blob/main/src/a.py#L1") == "acme/shop");
  CHECK(repository_of_source_url("https://gitlab.com/acme/team/shop/-/blob/main/a.py") == "acme/team/shop");
  CHECK(repository_of_source_url("https://dev.azure.com/org/project/_git/shop?path=/a.py") == "project/shop");
  CHECK(repository_of_source_url("https://user@host.example/acme/my%20shop/blob/x/a") == "acme/my shop");
  for (const char* url :
       {"", "https://github.com", "https://github.com/acme", "https://github.com/acme/shop/issues/1",
        "https://h/x/-/blob/a", "no url", "https://h//x/blob/y/z"}) {
    CHECK(repository_of_source_url(url).empty());
  }
}
