#include "ingest/results.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace kolega;
using namespace kolega::ingest;

namespace {

const std::string head =
    R"("batch_id":"b1","scan_type":"semgrep_scan","status":"completed","findings_count":1)";
const std::string row =
    R"({"check_id":"c","file_path":"a.py","severity":"high","message":"m","fingerprint":"f1"})";

struct Read {
  TextPool pool;
  FindingRows rows;
  ResultsHead head;
};

void decode(Read& out, std::string_view text, std::size_t step) {
  ResultsDecoder decoder(out.pool, out.rows, "results", ErrorKind::api);
  for (std::size_t at = 0; at < text.size(); at += step) decoder.feed(text.substr(at, step));
  out.head = decoder.finish();
}

std::string failure_of(std::string_view text, std::size_t step = 1 << 20) {
  try {
    Read out;
    decode(out, text, step);
    return "accepted";
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::api);
    return error.message();
  }
}

/// The document with one member left out or replaced.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::vector<std::string> words(TextList list) {
  std::vector<std::string> out;
  for (const auto text : list) out.push_back(text.str());
  return out;
}

const std::string two_rows = R"({"findings":[
  {"check_id":"sqli","file_path":"src/\u00e9.py","severity":"HIGH","message":"bad \"query\"\n","cwe":["CWE-89","89"],
   "owasp":["A03:2021"],"fingerprint":"f1","new":{"deep":[{"check_id":"no"},[1,2]]},"also":null},
  {"fingerprint":"f1","cwe":null,"message":"","severity":"odd","file_path":"","check_id":"xss"}],
  "later":[[{}]],"findings_count":7,"status":"partial_failure","scan_type":"deep_ai_scan","batch_id":"b"})";

}  // namespace

TEST_CASE("results are read whatever the order of members and the size of the parts") {
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{64}, std::size_t{1} << 20}) {
    Read out;
    decode(out, two_rows, step);
    CHECK(out.head.batch_id == "b");
    CHECK(out.head.scan_type == ScanType::deep_ai_scan);
    CHECK(out.head.status == "partial_failure");
    CHECK(out.head.findings_count == 7);
    REQUIRE(out.rows.size() == 2);  // equal fingerprints stay two rows
    const auto& first = out.rows[0];
    CHECK(first.check_id.view() == "sqli");
    CHECK(first.path.view() == "src/é.py");
    CHECK(first.severity_word.view() == "HIGH");
    CHECK(first.message.view() == "bad \"query\"\n");
    CHECK(first.fingerprint.str() == "f1");
    CHECK(words(first.cwe) == std::vector<std::string>{"CWE-89", "89"});
    CHECK(words(first.owasp) == std::vector<std::string>{"A03:2021"});
    CHECK(first.scan_type == ScanType::deep_ai_scan);
    CHECK(first.line == 0);
    CHECK(out.rows[1].cwe.empty());
    CHECK(out.rows[1].owasp.empty());
    CHECK(out.rows[1].check_id.view() == "xss");
  }
}

TEST_CASE("rows are appended behind those of an earlier batch") {
  Read out;
  out.rows.push_back({.scan_type = ScanType::sbom_scan});
  decode(out, "{" + head + R"(,"findings":[)" + row + "]}", 1000);
  REQUIRE(out.rows.size() == 2);
  CHECK(out.rows[0].scan_type == ScanType::sbom_scan);
  CHECK(out.rows[1].scan_type == ScanType::semgrep_scan);
}

TEST_CASE("every member of the head and of a row is required, and of its type") {
  const auto document = "{" + head + R"(,"findings":[)" + row + "]}";
  REQUIRE(failure_of(document) == "accepted");
  struct Case {
    std::string from;
    std::string to;
    std::string message;
  };
  const std::vector<Case> cases{
      {R"("batch_id":"b1",)", "", "results: /batch_id: missing"},
      {R"("scan_type":"semgrep_scan",)", "", "results: /scan_type: missing"},
      {R"("status":"completed",)", "", "results: /status: missing"},
      {R"(,"findings_count":1)", "", "results: /findings_count: missing"},
      {R"(,"findings":[)" + row + "]", "", "results: /findings: missing"},
      {R"("b1")", "null", "results: /batch_id: not a string"},
      {R"("b1")", "[\"b1\"]", "results: /batch_id: not a single value"},
      {R"("semgrep_scan")", "\"semgrep\"", "results: /scan_type: unknown scan type 'semgrep'"},
      {R"("semgrep_scan")", "7", "results: /scan_type: not a string"},
      {R"("completed")", "null", "results: /status: not a string"},
      {R"("findings_count":1)", R"("findings_count":"1")", "results: /findings_count: not an integer"},
      {R"("findings_count":1)", R"("findings_count":1.5)", "results: /findings_count: not an integer"},
      {R"("findings_count":1)", R"("findings_count":-1)", "results: /findings_count: negative"},
      {R"("findings_count":1)", R"("findings_count":12345678901234567890)",
       "results: /findings_count: not an integer"},
      {"[" + row + "]", "null", "results: /findings: not an array"},
      {"[" + row + "]", row, "results: /findings: not an array"},
      {"[" + row, "[null", "results: /findings/0: not an object"},
      {"[" + row, "[" + row + ",[]", "results: /findings/1: not an object"},
      {"[" + row, "[" + row + ",{}", "results: /findings/1/check_id: missing"},
      {R"("check_id":"c",)", "", "results: /findings/0/check_id: missing"},
      {R"("file_path":"a.py",)", "", "results: /findings/0/file_path: missing"},
      {R"("severity":"high",)", "", "results: /findings/0/severity: missing"},
      {R"("message":"m",)", "", "results: /findings/0/message: missing"},
      {R"(,"fingerprint":"f1")", "", "results: /findings/0/fingerprint: missing"},
      {R"("c")", "null", "results: /findings/0/check_id: not a string"},
      {R"("a.py")", "1", "results: /findings/0/file_path: not a string"},
      {R"("high")", "null", "results: /findings/0/severity: not a string"},
      {R"("high")", "{}", "results: /findings/0/severity: not a single value"},
      {R"("m")", "true", "results: /findings/0/message: not a string"},
      {R"("f1")", "1e3", "results: /findings/0/fingerprint: not a string"},
      {R"("f1")", "\"\"", "results: /findings/0/fingerprint: empty"},
      {R"("m")", R"("m","cwe":"CWE-1")", "results: /findings/0/cwe: not an array"},
      {R"("m")", R"("m","cwe":["CWE-1",79])", "results: /findings/0/cwe/1: not a string"},
      {R"("m")", R"("m","owasp":{"a":1})", "results: /findings/0/owasp: not an array"},
      {R"("m")", R"("m","message":"n")", "results: duplicate key 'message'"},
  };
  for (const auto& c : cases) {
    const auto text = replaced(document, c.from, c.to);
    CAPTURE(text);
    CHECK(failure_of(text).starts_with(c.message));
    CHECK(failure_of(text, 1).starts_with(c.message));
  }
  for (const std::string root : {"[]", "null", "\"x\"", "3"})
    CHECK(failure_of(root) == "results: not an object");
  CHECK(failure_of("{}") == "results: /batch_id: missing");
  CHECK(failure_of("") == "results: the document is empty");
  CHECK(failure_of(document + "x").find("behind the end") != std::string::npos);
  CHECK(failure_of(document.substr(0, document.size() - 1)).find("ends too early") != std::string::npos);
}

namespace {

const std::string page_row =
    R"({"id":"i1","repository_id":"r","check_id":"c","severity":"high","status":"open","file_path":"a.py",)"
    R"("message":"m","title":"t","category":"cat","scan_type":"semgrep_scan","cwe":["CWE-79"],"owasp":[],)"
    R"("references":["https://x"],"source_url":"https://h/o/r/blob/main/a.py#L3","cvss_base_score":8.9,"cvss_severity":"x",)"
    R"("cvss_vector":"CVSS:3.1/AV:N","first_detected_at":"2026-01-02T03:04:05.123456Z",)"
    R"("last_detected_at":"2026-02-02T03:04:05+01:00","resolved_at":null,"created_at":"x","updated_at":"y"})";
const std::string page = R"({"items":[)" + page_row + R"(],"total":3,"limit":200,"skip":0,"has_next":true})";

struct Page {
  TextPool pool;
  std::vector<FindingItem> items;
  PageHead head;
};

void decode_page(Page& out, std::string_view text, std::size_t step) {
  FindingsPageDecoder decoder(out.pool, out.items, "findings", ErrorKind::api);
  for (std::size_t at = 0; at < text.size(); at += step) decoder.feed(text.substr(at, step));
  out.head = decoder.finish();
}

std::string page_failure(std::string_view text) {
  try {
    Page out;
    decode_page(out, text, 13);
    return "accepted";
  } catch (const Error& error) {
    return error.message();
  }
}

}  // namespace

TEST_CASE("a page of findings") {
  for (const std::size_t step : {std::size_t{1}, std::size_t{1} << 20}) {
    Page out;
    decode_page(out, page, step);
    CHECK(out.head.total == 3);
    CHECK(out.head.limit == 200);
    CHECK(out.head.skip == 0);
    CHECK(out.head.has_next);
    REQUIRE(out.items.size() == 1);
    const auto& item = out.items[0];
    CHECK(item.check_id.view() == "c");
    CHECK(item.path.view() == "a.py");
    CHECK(item.message.view() == "m");
    CHECK(item.severity_word.view() == "high");
    CHECK(words(item.cwe) == std::vector<std::string>{"CWE-79"});
    CHECK(item.owasp.empty());
    CHECK(item.line.first == 3);
    CHECK(item.line.last == 3);
    CHECK(item.repository.view() == "o/r");
    CHECK(item.scan_type == ScanType::semgrep_scan);
    CHECK(item.details->id.view() == "i1");
    CHECK(item.details->status.view() == "open");
    CHECK(item.details->title.view() == "t");
    CHECK(item.details->category.view() == "cat");
    CHECK(item.details->cvss_vector.view() == "CVSS:3.1/AV:N");
    CHECK(words(item.details->references) == std::vector<std::string>{"https://x"});
    CHECK(item.details->cvss_score == 8.9F);
    CHECK(item.details->first_detected_at == parse_instant("2026-01-02T03:04:05.123456Z"));
    CHECK(item.details->last_detected_at == parse_instant("2026-02-02T02:04:05Z"));
  }
}

TEST_CASE("a finding may lack what the contract does not require") {
  Page out;
  auto text = page;
  for (const char* member :
       {R"("title":"t",)", R"("cwe":["CWE-79"],"owasp":[],)", R"("references":["https://x"],)"}) {
    text = replaced(text, member, "");
  }
  text = replaced(text, R"("https://h/o/r/blob/main/a.py#L3")", "null");
  text = replaced(text, "8.9", "null");
  text = replaced(text, R"("CVSS:3.1/AV:N")", "null");
  decode_page(out, text, 1000);
  CHECK(out.items.at(0).details->title.empty());
  CHECK_FALSE(out.items[0].details->cvss_score);
  CHECK(out.items[0].line.first == 0);
  CHECK(out.items[0].repository.empty());
}

TEST_CASE("every member of a page and its items is required, and of its type") {
  REQUIRE(page_failure(page) == "accepted");
  const std::vector<std::string> required{
      "id",        "check_id",          "severity",         "status",   "file_path", "message", "category",
      "scan_type", "first_detected_at", "last_detected_at", "has_next", "total",     "limit",   "skip",
      "items"};
  for (const auto& name : required) {
    CAPTURE(name);
    const auto renamed = replaced(page, "\"" + name + "\"", "\"x\"");
    const bool of_item = page_row.find("\"" + name + "\"") != std::string::npos;
    CHECK(page_failure(renamed) ==
          "findings: " + std::string(of_item ? "/items/0/" : "/") + name + ": missing");
  }
  struct Case {
    std::string from;
    std::string to;
    std::string message;
  };
  const std::vector<Case> cases{
      {"2026-01-02T03:04:05.123456Z", "yesterday",
       "findings: /items/0/first_detected_at: not a date and time: 'yesterday'"},
      {"2026-02-02T03", "2026-02-30T03", "findings: /items/0/last_detected_at: not a date and time"},
      {R"("semgrep_scan")", R"("ai")", "findings: /items/0/scan_type: unknown scan type 'ai'"},
      {"8.9", "\"8.9\"", "findings: /items/0/cvss_base_score: not a number"},
      {"8.9", "11", "findings: /items/0/cvss_base_score: not a CVSS score"},
      {"8.9", "-1", "findings: /items/0/cvss_base_score: not a CVSS score"},
      {R"("open")", "null", "findings: /items/0/status: not a string"},
      {R"("has_next":true)", R"("has_next":"yes")", "findings: /has_next: not true or false"},
      {R"("total":3)", R"("total":-3)", "findings: /total: negative"},
      {R"(["https://x"])", R"([{}])", "findings: /items/0/references/0: not a single value"},
      {"[" + page_row + "]", "{}", "findings: /items: not an array"},
  };
  for (const auto& c : cases) {
    const auto text = replaced(page, c.from, c.to);
    CAPTURE(text);
    CHECK(page_failure(text).starts_with(c.message));
  }
}

TEST_CASE("a list that goes on and on beyond what is announced is ended, a few rows more are a fact") {
  const auto with_rows = [](int count) {
    std::string text = "{" + head + ",\"findings\":[" + row;
    for (int i = 1; i < count; ++i) text += "," + row;
    return text + "]}";
  };
  CHECK(failure_of(with_rows(10'001)) == "accepted");
  CHECK(failure_of(with_rows(10'002)).find("more findings than there can be") != std::string::npos);
}
