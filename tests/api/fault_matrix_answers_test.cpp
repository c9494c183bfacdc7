// Polling and results that are stuck, odd, wrong or not whole: a verdict on the truth, or none.
#include "fault_matrix.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;
using Fault = net::TransportError::Fault;

namespace {

using Rows = FaultRows;

Rows stuck() {
  Rows rows;
  const auto row = [&](const std::string& name, const std::string& word) {
    rows.push_back({.section = "Polling",
                    .name = name,
                    .exits = {7},
                    .requests = 60,
                    .at_least = 88s,
                    .at_most = 92s,
                    .prepare =
                        [word](FakeApi& api) {
                          api.next.length = 24h;
                          api.next.while_running = word;
                          api.options.timeout = 90s;
                        },
                    .detail = "b1"});
  };
  for (const std::string word : {"queued", "creating_scans", "scanning", "assessing"})
    row("stuck in " + word, word);
  for (const std::string word : {"dreaming", "COMPLETED", "Completed", "completed ", " completed", "complete",
                                 "success", "", "partial", "done", "ok"})
    row("the unknown status '" + word + "'", word);
  rows.push_back({.section = "Polling",
                  .name = "stuck for the whole half hour",
                  .exits = {7},
                  .requests = 400,
                  .at_least = 29min,
                  .prepare = [](FakeApi& api) { api.next.length = 24h; },
                  .detail = "b1"});
  return rows;
}

Rows odd_progress() {
  Rows rows;
  for (const std::string percent : {"-5", "250", "1e308", "-1e308", "0", "100", "99.999", "1e-300"}) {
    rows.push_back({.section = "Polling",
                    .name = "percent_complete " + percent,
                    .exits = {0},
                    .at_most = 10s,
                    .prepare = [percent](FakeApi& api) { api.next.percent = percent; }});
  }
  const auto backwards = [](FakeApi& api, const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (!at_progress.matches(request)) return std::nullopt;
    const auto polls = api.transport.count("GET", "/progress");
    if (polls > 12) return std::nullopt;
    const std::vector<std::string> words{"assessing", "scanning", "queued", "creating_scans"};
    return answer(
        200, progress_json("\"status\":\"" + words[polls % 4] + "\" | \"percent_complete\":" +
                           std::to_string(90 - 7 * static_cast<int>(polls)) + " | \"scans_completed\":0"));
  };
  rows.push_back({.section = "Polling", .name = "goes backwards", .misbehaviour = backwards, .exits = {0}});
  for (const std::string time : {R"("9999-12-31T23:59:59Z")", R"("1601-01-01T00:00:00Z")",
                                 R"("2026-02-31T25:61:61Z")", R"("yesterday")", R"("")", "null"}) {
    auto body = progress_json("");
    body.insert(1, "\"started_at\":" + time + ",\"completed_at\":" + time + ",");
    rows.push_back({.section = "Polling",
                    .name = "times " + time,
                    .misbehaviour = always(at_progress, answer(200, body)),
                    .exits = {0}});
  }
  for (const std::string time : {R"("9999-12-31T23:59:59Z")", R"("1601-01-01T00:00:00Z")", R"("tomorrow")"}) {
    auto body = batch_json("b1", "semgrep_scan", "queued", "AT");
    body.replace(body.find("\"AT\""), 4, time);
    const auto made = [body](FakeApi& api) { api.post_faults[1] = {answer(202, body), true}; };
    rows.push_back({.section = "Polling", .name = "created_at " + time, .exits = {0}, .prepare = made});
  }
  return rows;
}

Rows bad_ends() {
  Rows rows;
  const auto end = [&](const std::string& name, const std::string& members, std::set<int> exits) {
    rows.push_back({.section = "Polling",
                    .name = name,
                    .misbehaviour = always(at_progress, answer(200, progress_json(members))),
                    .exits = std::move(exits),
                    .at_most = 20s});
  };
  for (const std::string word : {"failed", "cancelled", "canceled"})
    end(word, "\"status\":\"" + word + "\"", {6});
  end("partial_failure", R"("status":"partial_failure")", {6});
  end("partial_failure with all counts good", R"("status":"partial_failure" | "scans_failed":0)", {6});
  end("completed with a failed scan", R"("scans_failed":1)", {6});
  end("completed, nothing scanned",
      R"("total_repositories":0 | "scans_created":0 | "scans_completed":0 | "scans_assessed":0)", {6});
  end("completed, no scan created", R"("scans_created":0 | "scans_completed":0 | "scans_assessed":0)", {6});
  end("completed, fewer scans than repositories", R"("total_repositories":2)", {6});
  end("completed, not all completed", R"("total_repositories":2 | "scans_created":2)", {6});
  end("completed, never assessed", R"("scans_assessed":0)", {6});
  end("negative counts",
      R"("total_repositories":-1 | "scans_created":-1 | "scans_completed":-1 | "scans_assessed":-1)", {5, 6});
  end("a count as text", R"("scans_failed":"0")", {5});
  end("a count as a fraction", R"("scans_failed":0.5)", {5});
  end("a count that overflows", R"("scans_failed":99999999999999999999)", {5});
  end("a count is missing", R"("scans_failed":)", {5});
  end("status null", R"("status":null)", {5});
  end("status a number", R"("status":7)", {5});
  end("status missing", R"("status":)", {5});
  end("status a list", R"("status":["completed"])", {5});
  end("percent null", R"("percent_complete":null)", {5});
  end("percent text", R"("percent_complete":"100")", {5});
  end("another batch", R"("batch_id":"b9")", {5});
  end("another repository", R"("repository_id":"r2")", {5});
  end("another type", R"("scan_type":"secrets_scan")", {5});
  end("an unknown type", R"("scan_type":"magic")", {5});
  return rows;
}

std::string low(const std::string& fingerprint) {
  auto out = result_json(fingerprint, "c" + fingerprint);
  out.replace(out.find("\"high\""), 6, "\"low\"");
  return out;
}

std::string with_severity(const std::string& severity) {
  auto out = result_json("f1", "cf1");
  return out.replace(out.find("\"high\""), 6, severity);
}

Rows wrong_results() {
  Rows rows;
  const auto row = [&](const std::string& name, const std::string& body, std::set<int> exits) {
    rows.push_back({.section = "Results",
                    .name = name,
                    .misbehaviour = always(at_results, answer(200, body)),
                    .exits = std::move(exits),
                    .at_most = 20s});
  };
  const auto two = low("f1") + "," + low("f2");
  row("fewer than findings_count", results_json(low("f1"), "2"), {6});
  row("more than findings_count", results_json(two, "1"), {6});
  row("none of those announced", results_json("", "2"), {6});
  row("findings announced as none", results_json(two, "0"), {6});
  row("a negative count", results_json(two, "-2"), {5, 6});
  row("a count that overflows", results_json(two, "18446744073709551618"), {5});
  row("a count as text", results_json(two, "\"2\""), {5});
  row("another batch", results_json(two, "2", "\"b9\""), {5});
  row("another type", results_json(two, "2", "\"b1\"", "\"secrets_scan\""), {5});
  row("an unknown type", results_json(two, "2", "\"b1\"", "\"magic\""), {5});
  for (const std::string word :
       {"scanning", "assessing", "failed", "queued", "COMPLETED", "", "partial_failure"})
    row("status '" + word + "'", results_json(two, "2", "\"b1\"", "\"semgrep_scan\"", "\"" + word + "\""),
        {6});
  row("status null", results_json(two, "2", "\"b1\"", "\"semgrep_scan\"", "null"), {5});
  for (const std::string entry : {"null", "1", "\"x\"", "[]", "{}"})
    row("the entry " + entry, results_json(two + "," + entry, "3"), {5});
  row("findings null",
      R"({"batch_id":"b1","scan_type":"semgrep_scan","status":"completed","findings_count":0,"findings":null})",
      {5});
  row("findings an object",
      R"({"batch_id":"b1","scan_type":"semgrep_scan","status":"completed","findings_count":0,"findings":{}})",
      {5});
  row("findings missing",
      R"({"batch_id":"b1","scan_type":"semgrep_scan","status":"completed","findings_count":0})", {5});
  row("findings twice, empty the second time",
      R"({"batch_id":"b1","scan_type":"semgrep_scan","status":"completed","findings_count":0,"findings":[)" +
          two + R"(],"findings":[]})",
      {5});
  rows.push_back({.section = "Results",
                  .name = "a count that agrees at the second reading",
                  .misbehaviour = once(at_results, answer(200, results_json(low("f1"), "2"))),
                  .exits = {0}});
  return rows;
}

Rows severities() {
  Rows rows;
  const auto row = [&](const std::string& severity, std::set<int> exits,
                       const std::string& mild = "{critical: 0}") {
    rows.push_back(
        {.section = "Results",
         .name = "severity " + severity,
         .misbehaviour = [severity](FakeApi&, const net::Request& request) -> std::optional<ScriptedAnswer> {
           if (at_results.matches(request)) return answer(200, results_json(with_severity(severity), "1"));
           if (at_findings.matches(request)) {
             auto item = finding_json("i1", "cf1");
             item.replace(item.find("\"high\""), 6, severity);
             return answer(200, whole_page({item}));
           }
           return std::nullopt;
         },
         .exits = std::move(exits),
         .at_most = 20s,
         .mild = mild});
  };
  for (const std::string word : {"\"critical\"", "\"CRITICAL\"", "\"Critical\"", "\"critical \"",
                                 "\" critical\"", "\"\\tcritical\\n\""})
    row(word, {1});
  for (const std::string word : {"\"catastrophic\"", "\"\"", "\" \"", "\"crit1cal\"", "\"cri\\u0442ical\"",
                                 "\"none of your business\""})
    row(word, {1}, "{high: 0}");  // ranks as high (docs/policy.md, severity.unknown)
  for (const std::string word : {"null", "9.8", "[\"critical\"]", "{}", "true"}) row(word, {5});
  return rows;
}

Rows many_results() {
  Rows rows;
  std::string repeated = low("f1");
  for (int i = 0; i < 50; ++i) repeated += "," + low("f1");
  const auto with_details = [](std::string body, std::vector<std::string> items) -> Misbehaviour {
    return [body, items](FakeApi&, const net::Request& request) -> std::optional<ScriptedAnswer> {
      if (at_results.matches(request)) return answer(200, body);
      if (at_findings.matches(request)) return answer(200, whole_page(items));
      return std::nullopt;
    };
  };
  const auto high = [](const std::string& print) { return result_json(print, "c" + print); };
  std::string twice = high("f1") + "," + high("f1");
  rows.push_back({"Results",
                  "a finding twice",
                  with_details(results_json(twice, "2"), {finding_json("i1", "cf1")}),
                  {0}});
  std::string same;
  for (int i = 0; i < 50; ++i) same += (i > 0 ? "," : "") + high("f1");
  rows.push_back({"Results",
                  "a finding fifty times",
                  with_details(results_json(same, "50"), {finding_json("i1", "cf1")}),
                  {0}});
  auto long_text = high("f1");
  long_text.replace(long_text.find("\"m\""), 3, "\"" + std::string(8 << 20, 'm') + "\"");
  auto long_item = finding_json("i1", "cf1");
  long_item.replace(long_item.find("\"m\""), 3, "\"" + std::string(8 << 20, 'm') + "\"");
  rows.push_back(
      {"Results", "a message of 8 MB", with_details(results_json(long_text, "1"), {long_item}), {0}});
  return rows;
}

}  // namespace

TEST_CASE("fault matrix: polling") {
  Rows rows;
  add(rows, stuck());
  add(rows, odd_progress());
  add(rows, bad_ends());
  check_faults("polling", rows);
}

TEST_CASE("fault matrix: results") {
  Rows rows;
  add(rows, wrong_results());
  add(rows, severities());
  add(rows, many_results());
  check_faults("results", rows);
}
