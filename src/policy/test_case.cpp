// The tables of `tests`, and the remarks on tests that cannot mean what they say.
#include "policy/test_case.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "policy/condition_keys.hpp"
#include "policy/tables.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

/// So many findings in one test would only be slow: a limit is tested one above it.
constexpr std::uint64_t most_findings = 10'000;

/// What `expect.verdict` may say: every outcome that a test can bring about.
constexpr std::array<std::string_view, 5> verdict_words{"pass", "warn", "allowed_incomplete", "incomplete",
                                                        "fail"};
constexpr std::array<int, 6> exit_codes{0, 1, 3, 5, 6, 7};

template <std::string TestFinding::*member>
void parse_member(const Node& value, TestFinding& finding, Reader& reader) {
  finding.*member = reader.read_text(value, "finding").value_or("");
}

void parse_scan_type(const Node& value, TestFinding& finding, Reader& reader) {
  const auto types = read_scan_types(value, "scan_type", reader);
  if (types.size() > 1) reader.error(value, "a finding has one scan type");
  if (!types.empty()) finding.scan_type = types.front();
}

void parse_cwe(const Node& value, TestFinding& finding, Reader& reader) {
  for (const auto* item : reader.read_words(value, "cwe")) {
    if (const auto number = reader.read_number(*item, "cwe"))
      finding.cwe.push_back("CWE-" + std::to_string(*number));
  }
}

void parse_owasp(const Node& value, TestFinding& finding, Reader& reader) {
  for (const auto* item : reader.read_words(value, "owasp")) finding.owasp.push_back(item->text);
}

void parse_status(const Node& value, TestFinding& finding, Reader& reader) {
  if (const auto word = reader.read_word(value, "status", triage_names)) finding.status = triage_names[*word];
}

/// "9.8": one digit, a point and one digit, or a whole number, up to 10.
void parse_cvss(const Node& value, TestFinding& finding, Reader& reader) {
  const auto text = std::string_view(value.text);
  const auto point = text.find('.');
  const auto whole = parse_decimal(text.substr(0, point));
  const auto tenth =
      point == std::string_view::npos ? std::optional<long long>(0) : parse_decimal(text.substr(point + 1));
  const bool good =
      value.kind == Node::Kind::scalar && whole && tenth && *tenth <= 9 && *whole * 10 + *tenth <= 100;
  if (!good) return reader.error(value, "'cvss' must be a score from 0.0 to 10.0", "write for example 9.8");
  finding.cvss = static_cast<double>(*whole * 10 + *tenth) / 10.0;
}

void parse_count(const Node& value, TestFinding& finding, Reader& reader) {
  const auto count = reader.read_number(value, "count");
  if (!count) return;
  if (*count == 0 || *count > most_findings) {
    reader.error(value, "'count' must be from 1 to " + std::to_string(most_findings));
  } else {
    finding.count = *count;
  }
}

void parse_line(const Node& value, TestFinding& finding, Reader& reader) {
  const auto line = reader.read_number(value, "line");
  if (!line) return;
  if (*line == 0 || *line > 100'000'000) return reader.error(value, "lines count from 1");
  finding.line = static_cast<std::uint32_t>(*line);
}

constexpr std::array<Key<TestFinding>, 16> finding_table{{
    {"severity", parse_member<&TestFinding::severity>, nullptr, R"("$ref": "#/$defs/text")",
     "One of the five, an alias of this policy, or unknown. The default is high."},
    {"scan_type", parse_scan_type, nullptr, R"("$ref": "#/$defs/scan_type")",
     "The scan that reports it. The default is the first of scan.types."},
    {"check_id", parse_member<&TestFinding::check_id>, nullptr, R"("$ref": "#/$defs/text")",
     "The scanner's check id."},
    {"path", parse_member<&TestFinding::path>, nullptr, R"("$ref": "#/$defs/text")",
     "The file, from the root of the repository."},
    {"line", parse_line, nullptr, R"("type": "integer", "minimum": 1)", "The line in it."},
    {"message", parse_member<&TestFinding::message>, nullptr, R"("$ref": "#/$defs/text")",
     "The scanner's words."},
    {"fingerprint", parse_member<&TestFinding::fingerprint>, nullptr, R"("$ref": "#/$defs/text")",
     "Which finding it is. The default is one of its own."},
    {"status", parse_status, nullptr, R"("$ref": "#/$defs/status")",
     "Triage status on the server. The default is open."},
    {"category", parse_member<&TestFinding::category>, nullptr, R"("$ref": "#/$defs/text")",
     "The server's category."},
    {"repository", parse_member<&TestFinding::repository>, nullptr, R"("$ref": "#/$defs/text")",
     "owner/name of the source repository."},
    {"cwe", parse_cwe, nullptr, R"("$ref": "#/$defs/numbers")", "CWE numbers."},
    {"owasp", parse_owasp, nullptr, R"("$ref": "#/$defs/words")", "OWASP categories, as A03:2021."},
    {"cvss", parse_cvss, nullptr, R"("type": "number", "minimum": 0, "maximum": 10)", "The CVSS score."},
    {"age",
     [](const Node& value, TestFinding& finding, Reader& reader) {
       finding.age = reader.read_duration(value, "age");
     },
     nullptr, R"("$ref": "#/$defs/duration")", "How long ago it was first detected. The default is unknown."},
    {"new",
     [](const Node& value, TestFinding& finding, Reader& reader) {
       finding.is_new = reader.read_boolean(value, "new").value_or(true);
     },
     nullptr, R"("type": "boolean")", "false: the baseline holds it. The default is true."},
    {"count", parse_count, nullptr, R"("type": "integer", "minimum": 1, "maximum": 10000)",
     "So many of them, each of its own. The default is 1."},
}};

std::vector<TestFinding> parse_findings(const Node& value, std::string_view key, Reader& reader) {
  std::vector<TestFinding> out;
  if (value.kind == Node::Kind::sequence && value.items.empty()) return out;
  std::uint64_t total = 0;
  for (const auto* item : reader.read_list(value, key)) {
    TestFinding finding;
    finding.pos = item->pos;
    read_keys(*item, "finding", finding_rows(), finding, reader);
    total += finding.count;
    out.push_back(std::move(finding));
  }
  if (total > most_findings)
    reader.error(value, "a test may have at most " + std::to_string(most_findings) + " findings");
  return out;
}

void parse_batch(const Node& value, TestCase& test, Reader& reader) {
  if (value.kind != Node::Kind::map) {
    if (const auto word = reader.read_word(value, "batch", test_batch_names))
      test.batch = static_cast<TestBatch>(*word);
    return;
  }
  for (const auto& [key, word] : value.entries) {
    const auto types = read_scan_types(key, "batch", reader);
    const auto known = reader.read_word(word, "batch", test_batch_names);
    if (!types.empty() && known) test.batches.emplace_back(types.front(), static_cast<TestBatch>(*known));
  }
}

void parse_baseline(const Node& value, TestCase& test, Reader& reader) {
  if (value.kind == Node::Kind::scalar && value.text == "none") {
    test.no_baseline = true;
  } else if (value.kind != Node::Kind::sequence) {
    reader.error(value, "'baseline' must list what it holds, or be none",
                 "write [{fingerprint: f, severity: high}], [] or none");
  } else {
    test.baseline = parse_findings(value, "baseline", reader);
  }
}

/// "src/a.c", or with lines: "src/a.c:7" and "src/a.c:3-9".
std::optional<ChangedFile> parse_changed_file(const std::string& text) {
  ChangedFile file{.path = text, .lines_known = false};
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return file;
  const auto lines = std::string_view(text).substr(colon + 1);
  const auto dash = lines.find('-');
  const auto first = parse_decimal(lines.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_decimal(lines.substr(dash + 1));
  if (!first || !last || *first < 1 || *last < *first || *last > 100'000'000) return std::nullopt;
  file.path = text.substr(0, colon);
  file.lines_known = true;
  file.lines = {{static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(*last)}};
  return file;
}

void parse_changed(const Node& value, TestCase& test, Reader& reader) {
  auto& changed = test.changed.emplace();
  for (const auto* item : reader.read_words(value, "changed", Reader::Empty::allowed)) {
    auto file = parse_changed_file(item->text);
    if (!file || file->path.empty()) {
      reader.error(*item, quoted(item->text) + " is no changed file",
                   "write src/a.c, src/a.c:7 or src/a.c:3-9");
      continue;
    }
    const auto same = std::find_if(changed.begin(), changed.end(),
                                   [&](const ChangedFile& other) { return other.path == file->path; });
    if (same == changed.end()) {
      changed.push_back(std::move(*file));
    } else {
      same->lines_known = same->lines_known && file->lines_known;
      same->lines.insert(same->lines.end(), file->lines.begin(), file->lines.end());
    }
  }
  for (auto& file : changed) {
    std::sort(file.lines.begin(), file.lines.end(),
              [](const LineRange& a, const LineRange& b) { return a.first < b.first; });
  }
  std::sort(changed.begin(), changed.end(),
            [](const ChangedFile& a, const ChangedFile& b) { return a.path < b.path; });
}

constexpr std::array<Key<TestCase>, 7> given_table{{
    {"findings",
     [](const Node& value, TestCase& test, Reader& reader) {
       test.findings = parse_findings(value, "findings", reader);
     },
     nullptr, R"("type": "array", "items": {"$ref": "#/$defs/test_finding"})", "What the scans report."},
    {"batch", parse_batch, nullptr,
     R"("anyOf": [{"$ref": "#/$defs/test_batch"}, {"type": "object", "minProperties": 1, "propertyNames": {"$ref": "#/$defs/scan_type"}, "additionalProperties": {"$ref": "#/$defs/test_batch"}}])",
     "How the scans ended, all or by scan type. The default is complete."},
    {"baseline", parse_baseline, nullptr,
     R"("anyOf": [{"const": "none"}, {"type": "array", "items": {"$ref": "#/$defs/test_finding"}}])",
     "What the baseline holds beside the findings that are not new; none: there is no baseline yet."},
    {"changed", parse_changed, nullptr,
     R"("anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "uniqueItems": true, "items": {"type": "string", "minLength": 1}}])",
     "The files that the merge request changes, with lines as src/a.c:3-9. Left out, that is not known."},
    {"at",
     [](const Node& value, TestCase& test, Reader& reader) {
       if (const auto moment = read_moment(value, "at", reader)) test.at = moment->at;
     },
     nullptr, R"("$ref": "#/$defs/moment")", "When the verdict is reached. The default is now."},
    {"branch",
     [](const Node& value, TestCase& test, Reader& reader) {
       test.branch = reader.read_text(value, "branch").value_or("");
     },
     nullptr, R"("$ref": "#/$defs/text")", "The branch that is judged."},
    {"target_branch",
     [](const Node& value, TestCase& test, Reader& reader) {
       test.target_branch = reader.read_text(value, "target_branch").value_or("");
     },
     nullptr, R"("$ref": "#/$defs/text")", "The branch that a merge request goes to; only then it is one."},
}};

void parse_exit(const Node& value, TestCase& test, Reader& reader) {
  const auto code = reader.read_number(value, "exit");
  if (!code) return;
  if (std::find(exit_codes.begin(), exit_codes.end(),
                static_cast<int>(std::min<std::uint64_t>(*code, 255))) == exit_codes.end()) {
    reader.error(value, "no verdict ends with exit code " + std::to_string(*code),
                 "0 passes, 1 fails, 3, 5, 6 and 7 are incomplete");
    return;
  }
  test.exit = static_cast<int>(*code);
}

void parse_rules(const Node& value, TestCase& test, Reader& reader) {
  auto& rules = test.rules.emplace();
  for (const auto* item : reader.read_words(value, "rules", Reader::Empty::allowed))
    rules.push_back({item->text, item->pos});
}

constexpr std::array<Key<TestCase>, 3> expect_table{{
    {"verdict",
     [](const Node& value, TestCase& test, Reader& reader) {
       if (const auto word = reader.read_word(value, "verdict", verdict_words))
         test.verdict = verdict_words[*word];
     },
     nullptr, R"("enum": ["pass", "warn", "allowed_incomplete", "incomplete", "fail"])", "The outcome."},
    {"rules", parse_rules, nullptr,
     R"("anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "uniqueItems": true, "items": {"type": "string", "minLength": 1}}])",
     "The rules that are broken, all of them and no other, whatever their mode."},
    {"exit", parse_exit, nullptr, R"("enum": [0, 1, 3, 5, 6, 7])", "The exit code of such a run."},
}};

void parse_expect(const Node& value, TestCase& test, Reader& reader) {
  read_keys(value, "expect", expect_rows(), test, reader);
  if (value.kind == Node::Kind::map && value.entries.empty())
    reader.error(value, "this test expects nothing", "name the verdict, the broken rules or the exit code");
}

constexpr std::array<Key<TestCase>, 3> test_table{{
    {"name",
     [](const Node& value, TestCase& test, Reader& reader) {
       test.name = reader.read_text(value, "name").value_or("");
     },
     nullptr, R"("$ref": "#/$defs/text")", "What it shows; a test is called by it."},
    {"given",
     [](const Node& value, TestCase& test, Reader& reader) {
       read_keys(value, "given", given_rows(), test, reader);
     },
     nullptr, R"("$ref": "#/$defs/given")", "What is supposed. Without it: no finding, every scan complete."},
    {"expect", parse_expect, nullptr, R"("$ref": "#/$defs/expect")", "What must come of it."},
}};

TestCase parse_test(const Node& node, Reader& reader) {
  TestCase test;
  test.pos = node.pos;
  read_keys(node, "test", test_rows(), test, reader);
  if (node.kind != Node::Kind::map) return test;
  if (const auto* name = node.find("name")) {
    test.pos = name->pos;
  } else {
    reader.error(node, "this test has no 'name'", "say what it shows");
  }
  if (!node.find("expect")) reader.error(node, "this test has no 'expect'", "say what must come of it");
  return test;
}

class TestLinter {
 public:
  TestLinter(const Policy& policy, Reader& reader) : policy_(policy), reader_(reader) {
    for (const auto& rule : policy.rules) rule_ids_.emplace_back(rule.id);
    severities_.assign(severity_names.begin(), severity_names.end());
    for (const auto& alias : policy.severity.aliases) severities_.emplace_back(alias.first);
    severities_.emplace_back("unknown");
  }

  void check(const TestCase& test) {
    check_baseline(test);
    for (const auto& finding : test.findings) {
      check(finding);
      check_reported(finding, test);
    }
    for (const auto& entry : test.baseline.value_or(std::vector<TestFinding>{})) check(entry);
    for (const auto& [type, batch] : test.batches) check_type(type, test.pos);
    for (const auto& rule : test.rules.value_or(std::vector<TestRule>{})) {
      if (std::find(rule_ids_.begin(), rule_ids_.end(), rule.id) != rule_ids_.end()) continue;
      error(rule.pos, "there is no rule " + quoted(rule.id), suggest(rule.id, rule_ids_), rule.id.size());
    }
  }

 private:
  void check(const TestFinding& finding) {
    if (std::find(severities_.begin(), severities_.end(), to_lower_ascii(finding.severity)) ==
        severities_.end())
      error(finding.pos, quoted(finding.severity) + " is no severity that this policy knows",
            suggest(finding.severity, severities_));
    if (finding.scan_type) check_type(*finding.scan_type, finding.pos);
  }

  void check_baseline(const TestCase& test) {
    if (!policy_.baseline) {
      const bool old = std::any_of(test.findings.begin(), test.findings.end(),
                                   [](const TestFinding& finding) { return !finding.is_new; });
      if (old || test.baseline || test.no_baseline)
        error(test.pos, "test " + quoted(test.name) + " speaks of a baseline, and the policy has none",
              "add 'baseline', or leave 'new' and 'baseline' out of the test");
    } else if (test.baseline && policy_.baseline->from == BaselineSettings::From::detected_before) {
      error(test.pos, "test " + quoted(test.name) + " fills a baseline that is a date",
            "say 'new: false' or 'age' of its findings");
    }
  }

  void check_reported(const TestFinding& finding, const TestCase& test) {
    const auto type = finding.scan_type.value_or(policy_.scan.types.front());
    const auto own = std::find_if(test.batches.begin(), test.batches.end(),
                                  [&](const auto& entry) { return entry.first == type; });
    if ((own == test.batches.end() ? test.batch : own->second) != TestBatch::missing) return;
    error(finding.pos, "a scan that is missing reports no finding",
          "remove the finding, or give the scan another end");
  }

  void check_type(ScanType type, const SourcePos& pos) {
    const auto& types = policy_.scan.types;
    if (std::find(types.begin(), types.end(), type) != types.end()) return;
    error(pos, std::string(name_of(type)) + " is not in scan.types", "such a scan is never made");
  }

  void error(const SourcePos& pos, std::string message, std::string hint, std::size_t length = 1) {
    reader_.remark(Diagnostic::Level::error, pos, static_cast<int>(std::clamp<std::size_t>(length, 1, 100)),
                   std::move(message), std::move(hint));
  }

  const Policy& policy_;
  Reader& reader_;
  std::vector<std::string_view> rule_ids_;
  std::vector<std::string_view> severities_;
};

}  // namespace

std::span<const Key<TestFinding>> finding_rows() {
  return finding_table;
}
std::span<const Key<TestCase>> given_rows() {
  return given_table;
}
std::span<const Key<TestCase>> expect_rows() {
  return expect_table;
}
std::span<const Key<TestCase>> test_rows() {
  return test_table;
}

std::vector<TestCase> parse_tests(const Node& value, Reader& reader) {
  std::vector<TestCase> out;
  for (const auto* item : reader.read_list(value, "tests")) {
    auto test = parse_test(*item, reader);
    const bool twice =
        std::any_of(out.begin(), out.end(), [&](const TestCase& other) { return other.name == test.name; });
    if (twice && !test.name.empty())
      reader.remark(
          Diagnostic::Level::error, test.pos, static_cast<int>(std::min<std::size_t>(test.name.size(), 100)),
          "test name " + quoted(test.name) + " is used twice", "a report could not tell the two apart");
    out.push_back(std::move(test));
  }
  return out;
}

void lint_tests(const std::vector<TestCase>& tests, const Policy& policy, Reader& reader) {
  TestLinter linter(policy, reader);
  for (const auto& test : tests) linter.check(test);
}

}  // namespace kolega::policy
