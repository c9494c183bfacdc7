// Every hostile text in every field, in every format and sink: whatever a reader obeys must not come from data. The
// outputs are judged by how they are read (support/readers.hpp), not by what the escaping functions would write.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <cctype>
#include <limits>
#include <regex>
#include <set>
#include <sstream>

#include "base/text.hpp"
#include "forge/comment.hpp"
#include "report/ci_commands.hpp"
#include "report/explain.hpp"
#include "report/formats.hpp"
#include "support/hostile.hpp"
#include "support/readers.hpp"

using namespace kolega;
using report::GitlabKind;
using report::SarifProfile;

namespace {

enum class Reader { log, colours, json, sarif, gitlab, junit, markdown, html, github, azure, github_file, azure_values };

struct Sink {
  std::string name{};
  Reader reader{};
  std::function<std::string(const gate::DecisionRecord&)> write{};
};

std::function<std::string(const gate::DecisionRecord&)> format(const std::string& name,
                                                               const report::ReportOptions& options = {}) {
  return [name, options](const gate::DecisionRecord& record) {
    std::ostringstream out;
    report::find_format(name)->write(record, options, out);
    return out.str();
  };
}

std::string explained(const gate::DecisionRecord& record) {
  std::ostringstream out;
  report::write_verdict_explained(record, {.width = 80}, out);
  report::write_findings_explained(record, {0, 1, 2}, {.width = 80}, out);
  return out.str();
}

std::string explained_json(const gate::DecisionRecord& record) {
  std::ostringstream out;
  report::write_findings_explained_json(record, {0, 1, 2}, out);
  return out.str();
}

std::string comment(const gate::DecisionRecord& record) {
  const auto marker = forge::marker_of(record.inputs.subject.ci);
  return marker + "\n" + forge::fit(format("markdown")(record), 20'000);
}

/// With a path of ours that came from outside as well.
std::vector<report::Variable> variables(const gate::DecisionRecord& record) {
  auto out = report::verdict_variables(record);
  out.push_back({"sarif-file", record.inputs.subject.branch});
  return out;
}

const std::vector<Sink>& sinks() {
  static const std::vector<Sink> all{
      {"table", Reader::log, format("table")},
      {"table of 40 columns", Reader::log, format("table", {.width = 40})},
      {"table in colours", Reader::colours, format("table", {.colour = true, .width = 120})},
      {"explain", Reader::log, explained},
      {"explain --json", Reader::json, explained_json},
      {"sarif", Reader::sarif, format("sarif")},
      {"sarif for GitHub", Reader::sarif, format("sarif", {.sarif_profile = SarifProfile::github})},
      {"sarif for Azure", Reader::sarif, format("sarif", {.sarif_profile = SarifProfile::azure})},
      {"junit", Reader::junit, format("junit")},
      {"json", Reader::json, format("json")},
      {"markdown", Reader::markdown, format("markdown")},
      {"comment", Reader::markdown, comment},
      {"html", Reader::html, format("html")},
      {"gitlab sast", Reader::gitlab, format("gitlab", {.gitlab_kind = GitlabKind::sast})},
      {"gitlab secrets", Reader::gitlab, format("gitlab", {.gitlab_kind = GitlabKind::secret_detection})},
      {"gitlab dependencies", Reader::gitlab, format("gitlab", {.gitlab_kind = GitlabKind::dependency_scanning})},
      {"codequality", Reader::json, format("codequality")},
      {"github", Reader::github, format("github")},
      {"azure", Reader::azure, format("azure")},
      {"GITHUB_OUTPUT", Reader::github_file,
       [](const gate::DecisionRecord& record) {
         return report::render_github_outputs(variables(record), "kolega_gate_").str();
       }},
      {"values for Azure", Reader::azure_values,
       [](const gate::DecisionRecord& record) {
         return report::render_azure_variables(variables(record)).str() +
                report::render_azure_summary(record.inputs.subject.branch).str();
       }},
  };
  return all;
}

/// Name and properties of each command of a log, and what of it is not meant.
std::string find_github_fault(const std::string& log, const std::set<std::string>& meant) {
  static const std::set<std::string> properties{"file", "line", "endLine", "title"};
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    const auto command = test::read_github_line(line);
    if (!command) continue;
    if (!meant.contains(command->name)) return "GitHub obeys " + line.substr(0, 80);
    for (const auto& [name, value] : command->properties) {
      if (!properties.contains(name)) return "GitHub's property " + name;
      if (value.find_first_of("\r\n") != std::string::npos) return "a line end in " + name;
    }
    if (command->data.find_first_of("\r\n") != std::string::npos) return "a line end in data";
    if (line.find("##[") != std::string::npos) return "a second command in " + line.substr(0, 80);
  }
  return {};
}

std::string find_azure_fault(const std::string& log, const std::set<std::string>& meant) {
  static const std::set<std::string> properties{"type", "sourcepath", "linenumber", "code", "variable", "isOutput"};
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    const auto command = test::read_azure_line(line);
    if (!command) continue;
    if (!meant.contains(command->name)) return "Azure obeys " + line.substr(0, 80);
    std::set<std::string> seen;
    for (const auto& [name, value] : command->properties) {
      if (!properties.contains(name) || !seen.insert(name).second) return "Azure's property " + name;
      if (value.find_first_of("\r\n") != std::string::npos) return "a line end in " + name;
    }
    if (test::read_azure_line(std::string_view(line).substr(line.find('#') + 2))) return "a second command";
  }
  return {};
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1])) &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 2]));
    out += escape ? static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)) : text[i];
    if (escape) i += 2;
  }
  return out;
}

/// A place in the repository, or http(s).
std::string find_uri_fault(std::string_view uri) {
  if (uri.starts_with("https://") || uri.starts_with("http://")) {
    return uri.find_first_of(" \"<>\\^`{|}\n") == std::string_view::npos ? std::string{} : "URL " + std::string(uri);
  }
  static const std::regex scheme("^[A-Za-z][A-Za-z0-9+.-]*:");
  auto path = std::string(uri);
  for (int times = 0; times < 4; ++times) {
    for (const auto segment : split(path, '/')) {
      if (segment == "..") return "climbs: " + std::string(uri);
    }
    if (path.starts_with('/') || path.find('\\') != std::string::npos) return "absolute: " + std::string(uri);
    if (times == 0 && std::regex_search(path, scheme)) return "has a scheme: " + std::string(uri);
    path = decoded(path);
  }
  return {};
}

std::string find_value_fault(Reader reader, std::string_view key, std::string_view text) {
  if (reader == Reader::sarif && (key == "uri" || key == "helpUri" || key == "informationUri")) return find_uri_fault(text);
  if (reader == Reader::sarif && key == "security-severity") {
    const auto number = std::stod(std::string(text));
    return number >= 0 && number <= 10 ? std::string{} : "severity " + std::string(text);
  }
  if (reader == Reader::sarif && key == "text") {
    static const std::regex link("(^|[^\\\\])(\\\\\\\\)*\\[[^\\]]*[^\\\\]\\]\\(");
    const std::string content(text.substr(0, 4000));
    return std::regex_search(content, link) ? "a link in " + content.substr(0, 60) : std::string{};
  }
  if (reader == Reader::gitlab && key == "file") return find_uri_fault(text);
  if (reader == Reader::gitlab && key == "url") return text.starts_with("http") ? std::string{} : "link " + std::string(text);
  // GitLab renders it. Our own line ends in it part paragraphs.
  if (reader == Reader::gitlab && key == "description") return test::find_markdown_fault(std::string(text));
  return {};
}

std::string find_json_fault(Reader reader, std::string_view key, const boost::json::value& value) {
  if (const auto* text = value.if_string()) return find_value_fault(reader, key, {text->data(), text->size()});
  if (const auto* object = value.if_object()) {
    for (const auto& [name, member] : *object) {
      if (auto fault = find_json_fault(reader, {name.data(), name.size()}, member); !fault.empty()) return fault;
    }
  }
  if (const auto* array = value.if_array()) {
    for (const auto& member : *array) {
      if (auto fault = find_json_fault(reader, key, member); !fault.empty()) return fault;
    }
  }
  return {};
}

std::string find_json_fault(Reader reader, const std::string& document) {
  boost::system::error_code problem;
  const auto value = boost::json::parse(document, problem);
  return problem ? "no JSON: " + problem.message() : find_json_fault(reader, {}, value);
}

std::string find_file_fault(const std::string& file) {
  static const std::set<std::string> meant{"verdict", "batch-ids", "total", "critical", "high", "medium",
                                           "low", "new", "waived", "sarif-file"};
  try {
    const auto values = test::read_github_file(file);
    std::set<std::string> seen;
    for (const auto& [name, value] : values) {
      if (!meant.contains(name) || !seen.insert(name).second) return "sets " + name;
      if (value.find('\n') != std::string::npos) return "a line end in " + name;
    }
    return seen == meant ? std::string{} : "a value is missing";
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// Any output may be printed in the log of a job, so all are read as one.
std::string find_fault(const Sink& sink, const std::string& output) {
  const std::set<std::string> none;
  auto fault = find_github_fault(output, sink.reader == Reader::github ? std::set<std::string>{"error", "warning", "notice"} : none);
  if (!fault.empty()) return fault;
  fault = find_azure_fault(output, sink.reader == Reader::azure          ? std::set<std::string>{"task.logissue"}
                                   : sink.reader == Reader::azure_values ? std::set<std::string>{"task.setvariable", "task.uploadsummary"}
                                                                         : none);
  if (!fault.empty()) return fault;
  switch (sink.reader) {
    case Reader::log:
    case Reader::github:
    case Reader::azure:
    case Reader::azure_values:
      return test::find_terminal_harm(output);
    case Reader::colours:
      return test::find_terminal_harm(output, true);
    case Reader::github_file:
      return find_file_fault(output) + test::find_terminal_harm(output);
    case Reader::json:
    case Reader::sarif:
    case Reader::gitlab:
      return find_json_fault(sink.reader, output);
    case Reader::junit:
      return test::find_junit_fault(output);
    case Reader::html:
      return test::find_html_fault(output) + test::find_terminal_harm(output);
    case Reader::markdown:
      return output.size() < 65'000 ? test::find_markdown_fault(output) + test::find_terminal_harm(output) : "too long";
  }
  return "no reader";
}

std::size_t check(const gate::DecisionRecord& record, const std::string& attack) {
  for (const auto& sink : sinks()) {
    const auto shown = printable(attack, 60);
    CAPTURE(shown);
    CAPTURE(sink.name);
    CHECK(find_fault(sink, sink.write(record)) == "");
  }
  return sinks().size();
}

}  // namespace

TEST_CASE("every field is attacked where some sink shows it") {
  const std::string marker = "zqmark";
  std::size_t pairs = 0;
  for (const auto& field : test::hostile_fields()) {
    auto inputs = test::full_inputs();
    field.set(inputs, marker);
    const auto record = test::decide_full(inputs);
    std::size_t shown = 0;
    for (const auto& sink : sinks()) shown += sink.write(record).find(marker) != std::string::npos ? 1 : 0;
    CAPTURE(field.name);
    CHECK((shown > 0) == field.shown);
    pairs += shown;
  }
  MESSAGE("fields: ", test::hostile_fields().size(), ", sinks: ", sinks().size(), ", pairs of field and sink: ", pairs,
          ", hostile texts: ", test::all_attacks().size(), ", in all: ", pairs * test::all_attacks().size());
}

TEST_CASE("no sink lets hostile text forge what its reader obeys") {
  std::size_t outputs = 0;
  for (const auto& attack : test::all_attacks()) outputs += check(test::hostile_record(attack), attack);
  CHECK(outputs == sinks().size() * test::all_attacks().size());
}

TEST_CASE("words that decide what is shown are attacked by themselves") {
  for (const auto& field : test::hostile_fields()) {
    if (field.name != "finding.severity" && field.name != "scan.status" && !field.name.starts_with("bypass.")) continue;
    for (std::size_t i = 0; i < 20; ++i) {
      auto inputs = test::full_inputs();
      field.set(inputs, test::all_attacks()[i]);
      check(test::decide_full(inputs), test::all_attacks()[i]);
    }
  }
}

TEST_CASE("numbers that are none, or out of every range, are written as numbers") {
  for (const double score : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity(), -1.0, 10.04, 250.0, 1e308, 5e-324}) {
    auto inputs = test::full_inputs();
    inputs.findings.rows.change_all([&](Finding& row) {
      auto details = *row.details;
      details.cvss_score = score;
      row.details = inputs.findings.pool->store(details);
      row.line = std::numeric_limits<std::uint32_t>::max();
      row.end_line = 1;
    });
    check(test::decide_full(inputs), std::to_string(score));
  }
}

TEST_CASE("the readers see what is forged") {
  CHECK(test::read_github_line("\xE3\x80\x80::error file=a::x%0Ay")->data == "x\ny");
  CHECK(test::read_github_line("a ##[group]b")->name == "group");
  CHECK_FALSE(test::read_github_line("a ::error::x"));
  CHECK(test::read_azure_line("a ##VSO[task.complete result=Failed;]b")->properties.at(0).second == "Failed");
  CHECK(test::read_github_file("a=1\nb<<E\nx\ny\nE\n") == test::Pairs{{"a", "1"}, {"b", "x\ny"}});
  CHECK_THROWS(test::read_github_file("a<<E\nx\n"));
  for (const auto* text : {"\x1b[2J", "\r", "a\xC2\x9B", "\xE2\x80\xAE", "\xEF\xBB\xBF", "\xFF", "\xED\xA0\x80", "\x1b[1m"})
    CHECK(test::find_terminal_harm(text) != "");
  CHECK(test::find_terminal_harm("\x1b[1;31mx\x1b[0m\n\xC3\xA9", true) == "");
  for (const auto* text : {"<testsuites><x/></testsuites>", "<testsuites>\x01</testsuites>", "<testsuites>",
                           "<!DOCTYPE a><testsuites/>", "<testsuites>\xEF\xBF\xBE</testsuites>"})
    CHECK(test::find_junit_fault(text) != "");
  CHECK(test::find_junit_fault("<testsuites><testsuite name=\"a\"/></testsuites>") == "");
  for (const auto* text : {"<p>", "<p onclick=\"x\"></p>", "<img src=\"x\">", "<a href=\"javascript:x\">y</a>", "<p class=a></p>",
                           "<!-- x -->", "<b></p>", "<a href=\"https://x\" style=\"a\">y</a>", "<code></code></div>"})
    CHECK(test::find_html_fault(text) != "");
  CHECK(test::find_html_fault("<p class=\"a\">&lt;x&gt;<br></p>") == "");
  for (const auto* text : {"@team", "![x](y)", "[x](javascript:y)", "<b>", "`x`", "| a |\n| b | c |\n", "a | b", "&#35;12", "GH&#45;1",
                           "https://x", "[run](<javascript:x>)", "</code>"})
    CHECK(test::find_markdown_fault(text) != "");
  CHECK(test::find_markdown_fault("| <code>&#124;</code> | &#64;&#8203;x |\n[run](<https://x>)<br>") == "");
  for (const auto* text : {"../x", "a/%2e%2e/b", "%252e%252e/x", "/etc", "C:/x", "file:///x", "javascript:x", "a\\b", "http://a b"})
    CHECK(find_uri_fault(text) != "");
  CHECK(find_uri_fault("src/a%20b.py") == "");
}

TEST_CASE("signs of a reference are parted from their word, and only there") {
  const auto page = format("markdown")(test::hostile_record("mail a@b, GH-7, no-op, https://x, a: b"));
  const auto contains = [&](std::string_view part) { return page.find(part) != std::string::npos; };
  CHECK(contains("&#64;&#8203;b"));
  CHECK(contains("GH&#45;&#8203;7"));
  CHECK(contains("no&#45;op"));
  CHECK(contains("https&#58;&#47;&#47;x"));  // shows where it leads, and can be copied
}
