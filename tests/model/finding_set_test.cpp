#include "model/finding_set.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>

using namespace kolega;

namespace {

constexpr auto most = std::numeric_limits<std::uint32_t>::max();

bool same(const Finding& a, const Finding& b) {
  const auto list = [](TextList x, TextList y) { return x.data() == y.data() && x.size() == y.size(); };
  return a.fingerprint == b.fingerprint && a.check_id == b.check_id && a.path == b.path && a.message == b.message &&
         a.severity_word == b.severity_word && a.repository == b.repository && list(a.cwe, b.cwe) &&
         list(a.owasp, b.owasp) && a.line_hash == b.line_hash && a.details == b.details && a.line == b.line &&
         a.end_line == b.end_line && a.twin_group == b.twin_group && a.batch == b.batch &&
         a.scan_type == b.scan_type && a.line_assigned == b.line_assigned;
}

class Maker {
 public:
  Finding next() {
    Finding out;
    out.fingerprint = pool.add_fingerprint(pick("fp", 1000));
    out.check_id = pool.intern(pick("check", 20));
    out.path = pool.recall(pick("src/", 50));
    out.message = pool.recall(pick("message ", 50));
    out.severity_word = pool.intern(pick("severity", 5));
    if (number(3) == 0) out.repository = pool.intern(pick("repository", 3));
    const std::string word = pick("CWE-", 300);
    if (number(2) == 0) out.cwe = pool.intern_list(std::vector<std::string_view>{word});
    if (number(4) == 0) out.owasp = pool.intern_list(std::vector<std::string_view>{word, "A03"});
    if (number(4) == 0) out.line_hash = pool.add(pick("hash", 100));
    if (number(4) == 0) out.details = pool.store(FindingDetails{.id = pool.add(pick("id", 100))});
    constexpr std::uint32_t lines[]{0, 0, 1, 12, 65'533, 65'534, 65'535, 65'536, most - 1, most};
    out.line = lines[number(10)];
    out.end_line = lines[number(10)];
    if (number(2) == 0 && out.line < most - 70'000) out.end_line = out.line + number(70'000);
    if (number(4) == 0) out.twin_group = static_cast<std::uint32_t>(number(5));
    out.batch = static_cast<std::uint16_t>(number(3));
    out.scan_type = all_scan_types[number(4)];
    out.line_assigned = number(8) == 0;
    return out;
  }
  std::uint32_t number(std::uint32_t below) { return std::uniform_int_distribution<std::uint32_t>(0, below - 1)(random_); }
  TextPool pool;

 private:
  std::string pick(const char* start, std::uint32_t below) { return start + std::to_string(number(below)); }
  std::mt19937 random_{7};
};

}  // namespace

TEST_CASE("a row gives back what was put in") {
  Maker maker;
  FindingRows rows;
  std::vector<Finding> plain;
  for (int i = 0; i < 5000; ++i) {
    plain.push_back(maker.next());
    rows.push_back(plain.back());
  }
  const auto check = [&](const FindingRows& list) {
    REQUIRE(list.size() == plain.size());
    for (std::size_t i = 0; i < plain.size(); ++i) REQUIRE(same(list[i], plain[i]));
  };
  check(rows);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    REQUIRE(rows.fingerprint(i) == plain[i].fingerprint);
    REQUIRE(rows.path(i) == plain[i].path);
    REQUIRE(rows.message(i) == plain[i].message);
    REQUIRE(rows.line(i) == plain[i].line);
    REQUIRE(rows.scan_type(i) == plain[i].scan_type);
    REQUIRE(rows.check_id(i) == plain[i].check_id);
    REQUIRE(rows.twin_group(i) == plain[i].twin_group);
    REQUIRE(rows.details(i) == plain[i].details);
  }

  SUBCASE("set") {
    for (int i = 0; i < 10'000; ++i) {
      const auto at = maker.number(5000);
      plain[at] = maker.next();
      rows.set(at, plain[at]);
    }
    check(rows);
  }
  SUBCASE("copies are of their own") {
    auto copy = rows;
    copy.change_all([](Finding& finding) { finding.line = 1; });
    check(rows);
    copy = rows;
    check(copy);
    const auto moved = std::move(copy);
    check(moved);
  }
  SUBCASE("append to itself") {
    rows.append(rows);
    plain.insert(plain.end(), plain.begin(), plain.end());
    check(rows);
  }
  SUBCASE("append") {
    FindingRows all;
    all.append(FindingRows(rows));
    check(all);
    all.append(rows);
    all.append(FindingRows(rows));
    REQUIRE(all.size() == 15'000);
    for (std::size_t i = 0; i < all.size(); ++i) REQUIRE(same(all[i], plain[i % 5000]));
    all.push_back(plain[3]);
    CHECK(same(all.back(), plain[3]));
  }
  SUBCASE("erase_if, cut and clear") {
    const auto unwanted = [](const Finding& finding) { return finding.batch == 1; };
    rows.erase_if(unwanted);
    std::erase_if(plain, unwanted);
    check(rows);
    rows.cut(17);
    plain.resize(17);
    check(rows);
    rows.push_back(plain[4]);
    plain.push_back(Finding(plain[4]));
    check(rows);
    rows.clear();
    CHECK(rows.empty());
    rows.push_back(plain[4]);
    CHECK(same(rows.front(), plain[4]));
  }
  SUBCASE("reorder") {
    std::vector<std::uint32_t> order(plain.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), std::mt19937(9));
    std::vector<Finding> wanted;
    for (const auto from : order) wanted.push_back(plain[from]);
    plain = wanted;
    rows.reorder([&](std::uint32_t to) { return order[to]; }, [&](std::uint32_t to) { order[to] = to; });
    check(rows);
  }
  SUBCASE("batches and scan types of all rows") {
    rows.change_batches([](std::uint16_t batch) { return static_cast<std::uint16_t>(batch + 5); });
    rows.set_scan_type(ScanType::sbom_scan);
    for (auto& finding : plain) {
      finding.batch = static_cast<std::uint16_t>(finding.batch + 5);
      finding.scan_type = ScanType::sbom_scan;
    }
    check(rows);
    plain.push_back(maker.next());
    rows.push_back(plain.back());
    check(rows);
  }
  SUBCASE("a loop sees every row once") {
    std::size_t next = 0;
    for (const auto& finding : rows) REQUIRE(same(finding, plain[next++]));
    CHECK(next == plain.size());
    const auto lined = [](const Finding& finding) { return finding.line == 12; };
    CHECK(std::count_if(rows.begin(), rows.end(), lined) == std::count_if(plain.begin(), plain.end(), lined));
  }
}

TEST_CASE("what rows share is kept once, however many they are and in whatever order they come") {
  Maker maker;
  std::vector<Finding> different;
  for (int check = 0; check < 50; ++check) {
    for (int severity = 0; severity < 5; ++severity) {
      Finding finding;
      finding.check_id = maker.pool.intern("check" + std::to_string(check));
      finding.severity_word = maker.pool.intern("severity" + std::to_string(severity));
      different.push_back(finding);
    }
  }
  FindingRows rows;
  for (int i = 0; i < 100'000; ++i) rows.push_back(different[maker.number(250)]);
  CHECK(rows.kinds() >= 250);
  CHECK(rows.kinds() < 275);  // where they lie in memory decides who drives out whom
}

TEST_CASE("rows of which each is of another kind are kept, too") {
  Maker maker;
  FindingRows rows;
  std::vector<Text> checks;
  for (int i = 0; i < 70'000; ++i) {
    Finding finding;
    finding.check_id = maker.pool.intern("check" + std::to_string(i));
    checks.push_back(finding.check_id);
    rows.push_back(finding);
  }
  for (std::size_t i = 0; i < checks.size(); ++i) REQUIRE(rows.check_id(i).place() == checks[i].place());
}
