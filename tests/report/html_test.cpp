#include <doctest/doctest.h>

#include <sstream>

#include "base/text.hpp"
#include "report/escape.hpp"
#include "report/formats.hpp"
#include "report/html/assets.hpp"
#include "support/builders.hpp"
#include "support/sample_records.hpp"

using namespace kolega;
using test::complete_batch;
using test::finding;

namespace {

std::string page_of(const gate::DecisionRecord& record) {
  std::ostringstream out;
  report::find_format("html")->write(record, {}, out);
  return out.str();
}

/// Without the parts that are ours and the same in every page.
std::string body_of(const gate::DecisionRecord& record) {
  auto page = page_of(record);
  for (const auto asset : {report::html_style().view(), report::html_script().view()}) {
    const auto at = page.find(asset);
    REQUIRE(at != std::string::npos);
    page.erase(at, asset.size());
  }
  return page;
}

std::size_t count(const std::string& text, std::string_view word) {
  std::size_t number = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++number;
  return number;
}

/// The tags of a page, each from its "<" to its ">"; quoted attributes hold neither, they are escaped.
std::vector<std::string> tags_of(const std::string& page) {
  std::vector<std::string> out;
  for (auto at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    const auto end = page.find('>', at);
    REQUIRE(end != std::string::npos);
    out.push_back(page.substr(at, end - at + 1));
  }
  return out;
}

}  // namespace

TEST_CASE("hostile text brings no tag, no attribute and no link of its own") {
  const auto page = body_of(test::sample_record("hostile"));
  CHECK(count(page, "<script>") == 1);
  CHECK(count(page, "<style>") == 1);
  for (const auto& tag : tags_of(page)) {
    CAPTURE(tag);
    const auto lower = to_lower_ascii(tag);
    CHECK_FALSE(lower.starts_with("<img"));
    CHECK_FALSE(lower.starts_with("<b>x"));
    CHECK(lower.find(" on") == std::string::npos);
    CHECK(lower.find("javascript:") == std::string::npos);
    CHECK(lower.find(" style=") == std::string::npos);
    if (const auto at = lower.find("href=\""); at != std::string::npos)
      CHECK(std::string_view(lower).substr(at + 6).starts_with("http"));
  }
  CHECK(page.find('\x1b') == std::string::npos);
  CHECK(page.find("\xE2\x80\xAE") == std::string::npos);
}

TEST_CASE("the security policy allows exactly the style and the script inside, and no request") {
  const auto page = page_of(test::sample_record("pass"));
  CHECK(page.find("default-src 'none'; style-src 'sha256-") != std::string::npos);
  CHECK(page.find("unsafe-inline") == std::string::npos);
  for (const auto* word : {"@import", "url(", "fetch(", "XMLHttpRequest", "innerHTML", "eval("}) {
    CHECK(report::html_style().view().find(word) == std::string_view::npos);
    CHECK(report::html_script().view().find(word) == std::string_view::npos);
  }
  CHECK(count(page, "src=\"") == 0);
  CHECK(count(page, "<link") == 0);
}

TEST_CASE("text and attributes are escaped on one line") {
  CHECK(report::html("<b a=\"x\" c='y'>&\n z") == "&lt;b a=&quot;x&quot; c=&apos;y&apos;&gt;&amp; z");
}

TEST_CASE("the page says why a finding counts or not") {
  const auto page = body_of(test::sample_record("fail"));
  CHECK(page.find("<span class=\"pill bad\">blocks</span> <code>serious</code>, <code>debt</code>") !=
        std::string::npos);
  CHECK(page.find("triaged as false_positive") != std::string::npos);
  CHECK(page.find("excluded by the policy: fixtures") != std::string::npos);
  CHECK(body_of(test::sample_record("incomplete")).find("What to do: run again") != std::string::npos);
  CHECK(body_of(test::sample_record("sandbox")).find("Sandbox run") != std::string::npos);
  CHECK(body_of(test::sample_record("empty")).find("No policy was read") != std::string::npos);
}

TEST_CASE("of very many findings the heaviest are in the table, and the cut is said") {
  auto builder = test::record();
  builder.batch(complete_batch(ScanType::semgrep_scan, "b"));
  builder.rule(test::rule("serious").severity({Severity::critical}).most(0));
  for (int i = 0; i < 3000; ++i)
    builder.finding(finding("f" + std::to_string(i)).severity(i % 300 == 0 ? "critical" : "low"));
  const auto page = body_of(builder.decide());
  CHECK(count(page, "<tr data-") == 2000);
  CHECK(count(page, "data-severity=\"4\"") == 10);
  CHECK(page.find("The first 2000 of 3000 findings") != std::string::npos);
  CHECK(page.size() < 3'000'000);
}
