// One hostile text in every field at once, every format: whatever a sink obeys must not come from data.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <regex>
#include <sstream>

#include "base/text.hpp"
#include "report/formats.hpp"
#include "support/builders.hpp"
#include "support/sample_records.hpp"

using namespace kolega;
using report::GitlabKind;
using report::SarifProfile;
using namespace std::string_literals;

namespace {

std::vector<std::string> attacks() {
  auto out = test::hostile_texts();
  const std::vector<std::string> more{
      "$(touch pwned) `touch pwned` ; touch pwned",
      "a\n::error::forged\n##vso[task.complete result=Succeeded;]done\n##[error]x",
      "###[add-mask]x ####vso[task.setvariable variable=PATH]y",
      "%0A::add-mask::x%0D%25 %AZP0A##vso[x]",
      "@team @acme/owners #12 GH-12 !3 [vulnerability:4] &5 ~bug %v1 https://evil.test www.evil.test "
      "a@evil.test",
      "![x](https://evil.test/p.png) [y](javascript:alert(1)) <https://evil.test> [z]: https://evil.test",
      "| a | b |\n|---|---|\n# heading\n- item\n> quote\n***bold*** ~~~ <details><summary>x</summary>",
      "<!-- --> <svg onload=alert(1)> <a href=\"javascript:alert(1)\">x</a> &lt;script&gt; <%= 1 %> {{7*7}}",
      "' onmouseover='alert(1) \" autofocus onfocus=\"alert(1)",
      "]]>]]&gt;<!ENTITY x SYSTEM \"file:///etc/passwd\"><?xml version=\"1.0\"?><testcase/>",
      "[[ATTACHMENT|/etc/passwd]]",
      "zero\xE2\x80\x8B"
      "width\xEF\xBB\xBF soft\xC2\xADhyphen filler\xE3\x85\xA4 tag\xF3\xA0\x81\x81",
      "\xE2\x80\xAE"
      "detrevo \xE2\x81\xA6isolate\xE2\x81\xA9",
      "\x1b]8;;https://evil.test\x07link\x1b]8;;\x07 \x1b[2J\x9b"
      "31m",
      "a\0b\xff\xfe\xed\xa0\x80"s,
      std::string(200'000, 'x'),
      std::string(3000, '@') + "all",
      "=HYPERLINK(\"https://evil.test\")",
      "",
  };
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

/// Everything that comes from outside is `text`.
gate::DecisionRecord record_of(const std::string& text) {
  auto builder = test::record();
  auto& inputs = builder.inputs();
  inputs.policy->name = text;
  inputs.subject = {.repository_id = text,
                    .repository = text,
                    .branch = text,
                    .commit = text,
                    .change = text,
                    .target_branch = text,
                    .ci = text,
                    .run_url = text,
                    .azure = AzureRun{text, text, text, text, text, text, text, text}};
  inputs.api_url = text;
  inputs.notes = {text};
  inputs.files = {{text, text, text, text}};
  inputs.policy->excludes.push_back({.paths = {text}, .reason = text});
  builder.rule(test::rule("r" + text).severity({Severity::high, Severity::critical}).most(0).why(text));
  auto batch = test::complete_batch(ScanType::semgrep_scan, text);
  batch.repository_id = batch.error_message = batch.status = batch.ending_detail = text;
  batch.repositories = {{.name = text, .branch = text, .status = text}};
  builder.batch(std::move(batch));
  for (const auto* severity : {"high", "critical", "low"}) {
    builder.finding(test::finding(severity + text)
                        .severity(severity)
                        .check(text)
                        .path(text)
                        .message(text)
                        .title(text)
                        .cwe({text})
                        .owasp({text})
                        .lines(3));
  }
  builder.waiver({.id = text, .owner = text, .reason = text, .ticket = text, .justification = text});
  builder.gap({.cause = Cause::api, .detail = text, .hint = text});
  return builder.decide();
}

struct Sink {
  std::string name{};
  std::string format{};
  report::ReportOptions options{};
};

const std::vector<Sink> sinks{
    {"table", "table", {}},
    {"table 40", "table", {.colour = false, .width = 40}},
    {"sarif", "sarif", {}},
    {"sarif github", "sarif", {.sarif_profile = SarifProfile::github}},
    {"sarif azure", "sarif", {.sarif_profile = SarifProfile::azure}},
    {"junit", "junit", {}},
    {"json", "json", {}},
    {"markdown", "markdown", {}},
    {"html", "html", {}},
    {"gitlab sast", "gitlab", {.gitlab_kind = GitlabKind::sast}},
    {"gitlab secrets", "gitlab", {.gitlab_kind = GitlabKind::secret_detection}},
    {"gitlab dependencies", "gitlab", {.gitlab_kind = GitlabKind::dependency_scanning}},
    {"codequality", "codequality", {}},
    {"github", "github", {}},
    {"azure", "azure", {}},
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Any report may be printed in the log of a job. What obeys there: `::` at the start of a line, `##[` and
/// `##vso[` anywhere; escapes of a terminal.
void check_log(const Sink& sink, const std::string& report) {
  std::istringstream lines(report);
  for (std::string line; std::getline(lines, line);) {
    const auto lower = to_lower_ascii(line);
    auto start = trim(line);
    const bool own_github = sink.format == "github" &&
                            std::regex_search(line.substr(0, 20), std::regex("^::(error|warning|notice) "));
    const bool own_azure = sink.format == "azure" && line.starts_with("##vso[task.logissue type=");
    if (!own_github) CHECK_FALSE(start.starts_with("::"));
    CHECK_FALSE(contains(lower.substr(own_azure ? 2 : 0), "##vso["));
    CHECK_FALSE(contains(lower, "##["));
  }
  for (const auto* control : {"\x1b", "\x9b\x33", "\x07", "\r"}) CHECK_FALSE(contains(report, control));
  CHECK(report.find('\0') == std::string::npos);
  CHECK_FALSE(find_invalid_utf8(report));
}

void check_json(const std::string& report) {
  boost::system::error_code ec;
  boost::json::parse(report, ec);
  CHECK_FALSE(ec);
}

void check_xml(const std::string& report) {
  std::istringstream in(report);
  boost::property_tree::ptree tree;
  CHECK_NOTHROW(boost::property_tree::read_xml(in, tree));
  CHECK_FALSE(contains(report, "<!ENTITY"));
  CHECK_FALSE(contains(report, "<system-out"));  // where readers look for [[ATTACHMENT|...]]
}

/// The page has graphics of its own, but no handlers, images, frames or comments.
void check_html(const std::string& report) {
  static const std::regex tag("<(/?[a-zA-Z!?][^>]*)>");
  for (std::sregex_iterator at(report.begin(), report.end(), tag), end; at != end; ++at) {
    const auto inside = to_lower_ascii((*at)[1].str());
    for (const auto* bad : {"img", "iframe", "!--", "!entity", "testcase", "%="})
      CHECK_FALSE(inside.starts_with(bad));
    CHECK_FALSE(contains(inside, " on"));
    CHECK_FALSE(contains(inside, "javascript:"));
    CHECK_FALSE(contains(inside, "autofocus"));
  }
  CHECK_FALSE(contains(report, "alert(1)</script>"));
}

/// All of GitHub's, GitLab's and Azure's readings: no markup of data, no mention, no reference, no image, no
/// HTML.
void check_markdown(const std::string& report) {
  for (const auto* bad :
       {"@", "`", "![", "](http", "](java", "<script", "<svg", "<img", "<a ", "<details", "<!--", "$("})
    CHECK_FALSE(contains(report, bad));
  static const std::regex tag("<(/?[a-z]+)");
  for (std::sregex_iterator at(report.begin(), report.end(), tag), end; at != end; ++at) {
    const auto name = (*at)[1].str();
    CHECK((name == "br" || name == "code" || name == "/code"));
  }
  // What a reader sees once entities are read: a sign that starts a reference is never next to its word. In
  // code neither GitHub nor GitLab looks for any.
  const auto prose = std::regex_replace(report, std::regex("<code>[^<]*</code>"), "");
  CHECK_FALSE(std::regex_search(prose, std::regex("&#(64|33|91|126|37|38);[A-Za-z0-9]")));
  CHECK_FALSE(std::regex_search(prose, std::regex("(GH|gh)&#45;[0-9]")));
}

void check_invisible(const std::string& report) {
  for (const auto* mark :
       {"\xE2\x80\xAE", "\xE2\x81\xA6", "\xEF\xBB\xBF", "\xC2\xAD", "\xE3\x85\xA4", "\xF3\xA0\x81\x81"})
    CHECK_FALSE(contains(report, mark));
}

}  // namespace

TEST_CASE("no format lets hostile text forge what its reader obeys") {
  for (const auto& attack : attacks()) {
    const auto record = record_of(attack);
    for (const auto& sink : sinks) {
      const auto shown = printable(attack, 60);
      CAPTURE(shown);
      CAPTURE(sink.name);
      std::ostringstream out;
      report::find_format(sink.format)->write(record, sink.options, out);
      const auto report = out.str();
      check_log(sink, report);
      if (sink.format == "junit") {
        check_xml(report);
      } else if (sink.format == "html") {
        check_html(report);
        check_invisible(report);
      } else if (sink.format == "markdown") {
        check_markdown(report);
        check_invisible(report);
        CHECK(report.size() < 65'000);
      } else if (sink.format == "table" || sink.format == "github" || sink.format == "azure") {
        check_invisible(report);
      } else {
        check_json(report);
      }
    }
  }
}

TEST_CASE("signs of a reference are parted from their word, and only there") {
  std::ostringstream out;
  report::find_format("markdown")->write(record_of("mail a@b, GH-7, no-op, https://x, a: b"), {}, out);
  const auto page = out.str();
  CHECK(contains(page, "&#64;&#8203;b"));
  CHECK(contains(page, "GH&#45;&#8203;7"));
  CHECK(contains(page, "no&#45;op"));
  CHECK(contains(page, "https&#58;&#47;&#47;x"));  // shows where it leads, and can be copied
}
