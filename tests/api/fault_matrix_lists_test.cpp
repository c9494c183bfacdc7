// Lists that lie, and JSON that is none.
#include "fault_matrix.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;
using Fault = net::TransportError::Fault;

namespace {

using Rows = FaultRows;

using Pager = std::function<ScriptedAnswer(std::int64_t skip)>;

Misbehaviour paged(const At& where, Pager pager) {
  return [=](FakeApi&, const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (!where.matches(request)) return std::nullopt;
    const auto at = request.target.find("skip=");
    return pager(at == std::string::npos ? 0 : std::stoll(request.target.substr(at + 5)));
  };
}

std::vector<std::string> items_of(const At& where, std::int64_t from, std::int64_t to) {
  std::vector<std::string> out;
  for (auto i = from; i < to; ++i) {
    const auto number = std::to_string(i);
    out.push_back(where == at_findings ? finding_json("i" + number, "c" + number)
                                       : repository_json("r" + number, "acme/n" + number));
  }
  return out;
}

Rows lying_lists(const At& where) {
  Rows rows;
  const bool of_repositories = where == at_repositories;
  const auto row = [&](const std::string& name, Pager pager, std::set<int> exits) {
    rows.push_back({.section = "Lists",
                    .name = show(where) + ": " + name,
                    .misbehaviour = paged(where, std::move(pager)),
                    .exits = std::move(exits),
                    .posts = of_repositories ? 0 : 1,
                    .batches = of_repositories ? 0 : 1,
                    .requests = 200,
                    .at_most = 60s,
                    .repository = of_repositories ? "acme/wanted" : "r1"});
  };
  const std::set<int> error = of_repositories ? std::set{5} : std::set{0, 5, 6};
  const auto cut = [&where](std::int64_t skip, std::int64_t total, std::int64_t size) {
    return items_of(where, std::min(skip, total), std::min(skip + size, total));
  };
  row(
      "has_next for ever, empty pages",
      [=](std::int64_t skip) { return answer(200, page(cut(skip, 200, 200), 200, true, skip)); }, error);
  row(
      "has_next for ever, the same page",
      [=](std::int64_t) { return answer(200, page(cut(0, 200, 200), 500, true)); }, error);
  row(
      "has_next false too early",
      [=](std::int64_t skip) { return answer(200, page(cut(skip, 400, 200), 400, false, skip)); }, error);
  row(
      "the total is too large",
      [=](std::int64_t skip) { return answer(200, page(cut(skip, 3, 200), 9, false, skip)); }, error);
  row(
      "the total is too small",
      [=](std::int64_t skip) { return answer(200, page(cut(skip, 400, 200), 100, skip < 200, skip)); },
      error);
  row(
      "the total is negative",
      [=](std::int64_t skip) { return answer(200, page(cut(skip, 3, 200), -1, false, skip)); }, error);
  row(
      "the total is zero",
      [=](std::int64_t skip) { return answer(200, page(cut(skip, 3, 200), 0, false, skip)); }, error);
  row(
      "the pages shift",
      [=](std::int64_t skip) {
        return answer(200, page(cut(skip == 0 ? 0 : skip - 1, 401, 200), 401, skip == 0, skip));
      },
      error);
  row(
      "one item a page without end",
      [=](std::int64_t skip) { return answer(200, page(cut(skip, 1'000'000, 1), 1'000'000, true, skip)); },
      error);
  row(
      "a list that always grows",
      [=](std::int64_t skip) {
        static std::int64_t total = 300;
        ++total;
        return answer(200, page(cut(skip, total, 200), total, skip + 200 < total, skip));
      },
      error);
  row(
      "items null",
      [](std::int64_t) {
        return answer(200, R"({"items":null,"total":0,"limit":200,"skip":0,"has_next":false})");
      },
      error);
  row(
      "has_next as text",
      [](std::int64_t) {
        return answer(200, R"({"items":[],"total":0,"limit":200,"skip":0,"has_next":"false"})");
      },
      error);
  row(
      "total missing",
      [](std::int64_t) { return answer(200, R"({"items":[],"limit":200,"skip":0,"has_next":false})"); },
      error);
  return rows;
}

Rows lists() {
  Rows rows;
  add(rows, lying_lists(at_repositories));
  add(rows, lying_lists(at_findings));
  const auto serve = [](std::vector<std::string> repositories) {
    return always(at_repositories, answer(200, whole_page(repositories)));
  };
  const auto none = [&](const std::string& name, const std::string& wanted, std::vector<std::string> there,
                        int exit) {
    rows.push_back({.section = "Lists",
                    .name = name,
                    .misbehaviour = serve(std::move(there)),
                    .exits = {exit},
                    .posts = 0,
                    .batches = 0,
                    .requests = 4,
                    .at_most = 8s,
                    .repository = wanted});
  };
  none("no repository", "acme/web", {}, 4);
  none("no repository for 'default'", "default", {}, 4);
  none("two for 'default'", "default", {repository_json("r1", "acme/web"), repository_json("r2", "acme/app")},
       2);
  none("two with one full_name", "acme/web",
       {repository_json("r1", "acme/web"), repository_json("r2", "acme/web")}, 2);
  none("two that differ in case", "acme/web",
       {repository_json("r1", "acme/web"), repository_json("r2", "ACME/Web")}, 2);
  none("only look-alikes", "acme/web",
       {repository_json("r1", "acme/web2"), repository_json("r2", "acme/we"),
        repository_json("r3", "xacme/web"), repository_json("r4", "acme/web "),
        repository_json("r5", "acme/w\u0435b"), repository_json("r6", "evil/acme/web"),
        repository_json("r7", "acme/web/x")},
       4);
  none("only an archived one", "acme/web", {repository_json("r1", "acme/web", true)}, 4);
  rows.push_back({.section = "Lists",
                  .name = "the limit is ignored: the whole list in one page",
                  .misbehaviour =
                      paged(at_repositories,
                            [](std::int64_t) {
                              auto items = items_of(at_repositories, 2, 3000);
                              items.push_back(repository_json("r1", "acme/web"));
                              return answer(200, page(items, static_cast<std::int64_t>(items.size()), false));
                            }),
                  .exits = {0},
                  .repository = "acme/web"});
  rows.push_back({.section = "Lists",
                  .name = "the limit is ignored: small pages of a whole list",
                  .misbehaviour = paged(at_repositories,
                                        [](std::int64_t skip) {
                                          auto items =
                                              items_of(at_repositories, std::max<std::int64_t>(skip, 1) + 1,
                                                       std::min<std::int64_t>(skip + 21, 101));
                                          if (skip == 0) items.push_back(repository_json("r1", "acme/web"));
                                          return answer(200, page(items, 100, skip + 20 < 100, skip));
                                        }),
                  .exits = {0},
                  .repository = "acme/web"});
  return rows;
}

Rows broken_json() {
  Rows rows;
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"a":)";
  const auto good = progress_json("");
  const std::vector<std::pair<std::string, std::string>> documents{
      {"deep objects", deep},
      {"deep lists", std::string(100'000, '[')},
      {"NaN", progress_json(R"("percent_complete":NaN)")},
      {"Infinity", progress_json(R"("percent_complete":Infinity)")},
      {"1e999", progress_json(R"("percent_complete":1e999)")},
      {"bad UTF-8", R"({"x":")" + std::string("\xc3\x28") + R"(",)" + good.substr(1)},
      {"an overlong NUL", R"({"x":")" + std::string("\xc0\x80") + R"(",)" + good.substr(1)},
      {"a lone surrogate", R"({"x":"\ud800",)" + good.substr(1)},
      {"a control character", "{\"x\":\"\x01\"," + good.substr(1)},
      {"a BOM", "\xef\xbb\xbf" + good},
      {"two documents", good + good},
      {"trailing bytes", good + "x"},
      {"a trailing NUL", good + std::string(1, '\0')},
      {"a comment", "/* x */" + good},
      {"single quotes", "{'batch_id':'b1'}"},
      {"a trailing comma", good.substr(0, good.size() - 1) + ",}"},
      {"HTML", "<!doctype html><html><body>Sign in</body></html>"},
      {"nothing", ""},
      {"white space", " \n\t "},
      {"cut", good.substr(0, good.size() / 2)},
      {"null", "null"},
      {"a list", "[" + good + "]"},
      {"text", "\"completed\""},
      {"a number", "1"},
      {"duplicate keys", R"({"status":"completed",)" + good.substr(1)},
      {"a duplicate key written differently", R"({"\u0073tatus":"completed",)" + good.substr(1)},
      {"UTF-16", std::string("\xff\xfe{\0}\0", 6)}};
  for (const auto& [name, text] : documents) {
    for (const auto& where : {at_repository, at_progress, at_results}) {
      rows.push_back({.section = "JSON",
                      .name = name + " at " + show(where),
                      .misbehaviour = always(where, answer(200, text)),
                      .exits = {5},
                      .requests = 20,
                      .at_most = 20s});
    }
    rows.push_back({.section = "JSON",
                    .name = name + " at " + show(at_findings),
                    .misbehaviour = always(at_findings, answer(200, text)),
                    .exits = {0, 5, 6},
                    .requests = 20,
                    .at_most = 20s});
    rows.push_back({.section = "JSON",
                    .name = name + " at " + show(at_quota),
                    .misbehaviour = always(at_quota, answer(200, text)),
                    .exits = {0},
                    .at_most = 20s});
    rows.push_back({.section = "JSON",
                    .name = name + " once at " + show(at_progress),
                    .misbehaviour = once(at_progress, answer(200, text)),
                    .exits = {0}});
    rows.push_back({.section = "JSON",
                    .name = name + " at POST",
                    .misbehaviour = always(at_post, answer(202, text)),
                    .exits = {5},
                    .posts = 2,
                    .batches = 0});
  }
  const std::string extra = R"({"new_member":{"deep":[1,2,{"x":null}]},"another":"","z":1e10,)";
  rows.push_back(
      {"JSON", "extra members in progress", always(at_progress, answer(200, extra + good.substr(1))), {0}});
  rows.push_back({"JSON",
                  "extra members in the repository",
                  always(at_repository, answer(200, extra + repository_json("r1", "acme/web").substr(1))),
                  {0}});
  const auto high =
      extra + result_json("f1", "cf1").substr(1) + "," + extra + result_json("f2", "cf2").substr(1);
  rows.push_back({"JSON",
                  "extra members in results",
                  always(at_results, answer(200, extra + results_json(high, "2").substr(1))),
                  {0}});
  return rows;
}

}  // namespace

TEST_CASE("fault matrix: lists") {
  Rows rows;
  add(rows, lists());
  check_faults("lists", rows);
}

TEST_CASE("fault matrix: JSON") {
  Rows rows;
  add(rows, broken_json());
  check_faults("JSON", rows);
}
