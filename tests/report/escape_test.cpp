#include "report/escape.hpp"

#include <doctest/doctest.h>

#include <cctype>

#include "base/text.hpp"
#include "support/sample_records.hpp"

using namespace kolega;
using namespace kolega::report;
using namespace std::string_literals;

namespace {

/// The hostile texts, every C0 and C1 control, and each text behind each of a few prefixes.
std::vector<std::string> attacks() {
  std::vector<std::string> out = test::hostile_texts();
  for (char32_t c = 0; c < 0xA0; ++c) {
    std::string text = "a";
    append_utf8(text, c);
    out.push_back(text + "::error::b");
    out.push_back(text.substr(1) + "::error::b");
  }
  for (char32_t c : {0x200EU, 0x202AU, 0x202EU, 0x2066U, 0x2069U, 0x061CU, 0xFEFFU, 0xFFFEU, 0x2028U, 0x2029U,
                     0x3000U, 0xA0U}) {
    std::string text;
    append_utf8(text, c);
    out.push_back(text + "::warning::x" + text);
  }
  for (const auto& text : test::hostile_texts()) {
    for (const auto* prefix : {" ", "\t", "#", "\\", "[", "x/"}) out.push_back(prefix + text);
  }
  return out;
}

bool has_control(std::string_view text) {
  while (!text.empty()) {
    const auto point = decode_utf8(text);
    if (point.value < 0x20 || (point.value >= 0x7F && point.value < 0xA0)) return true;
    text.remove_prefix(point.length);
  }
  return false;
}

/// As the GitHub runner reads a line: white space of .NET trimmed, then the prefix.
bool is_runner_command(std::string_view line) {
  while (!line.empty()) {
    const auto point = decode_utf8(line);
    const auto c = point.value;
    const bool space = (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xA0 || c == 0x1680 ||
                       (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
                       c == 0x205F || c == 0x3000;
    if (!space) break;
    line.remove_prefix(point.length);
  }
  return line.starts_with("::") || line.find("##[") != std::string_view::npos;
}

}  // namespace

TEST_CASE("a log line is one line without controls and no command of any CI") {
  for (const auto& attack : attacks()) {
    CAPTURE(attack);
    for (const auto& line :
         {log_line(attack).str(), log_line(attack, 40).str(), log_line("  " + attack, 13).str()}) {
      CHECK_FALSE(has_control(line));
      CHECK_FALSE(is_runner_command(line));
      CHECK(to_lower_ascii(line).find("##vso[") == std::string::npos);
      CHECK_FALSE(find_invalid_utf8(line));
    }
    CHECK(display_width(log_line(attack, 10).view()) <= 10);
    CHECK(log_line(log_line(attack).view()) == log_line(attack));
  }
}

TEST_CASE("a log line keeps plain text as it is") {
  CHECK(log_line("src/a.c: 100% of std::string, ## heading, naïve") ==
        "src/a.c: 100% of std::string, ## heading, naïve");
  CHECK(log_line("::error::x") == ": :error::x");
  CHECK(log_line("x ##vso[a]") == "x # #vso[a]");
  CHECK(log_line("###[x") == "## #[x");
  CHECK(log_line(std::string(9'000'000, 'a'), 8) == "aaaaa...");
}

TEST_CASE("XML holds nothing that XML 1.0 forbids and nothing that ends its place") {
  for (const auto& attack : attacks()) {
    CAPTURE(attack);
    const auto text = xml(attack);
    CHECK(text.find_first_of("<>\"'") == std::string::npos);
    CHECK_FALSE(has_control(text));
    CHECK_FALSE(find_invalid_utf8(text));
    CHECK(text.find("\xEF\xBF\xBE") == std::string::npos);
  }
  CHECK(xml("a&b<c>]]>\"'") == "a&amp;b&lt;c&gt;]]&gt;&quot;&apos;");
  CHECK(xml("\t\n\r") == "&#9;&#10;&#13;");
  CHECK(xml("\0\x1b"s) == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(xml("\xF0\x9F\x98\x80 \xED\xA0\x80") == "\xF0\x9F\x98\x80 \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("Markdown text has no punctuation but that of its entities") {
  for (const auto& attack : attacks()) {
    CAPTURE(attack);
    for (const auto& text :
         {markdown(attack).str(), markdown_code(attack).str().substr(6, markdown_code(attack).size() - 13)}) {
      CHECK_FALSE(has_control(text));
      for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '&') {
          i = text.find(';', i);  // an entity: &#NN;
          continue;
        }
        CHECK_FALSE(std::ispunct(static_cast<unsigned char>(text[i])));
      }
    }
  }
}

TEST_CASE("Markdown mentions and references are broken") {
  CHECK(markdown("@octocat") == "&#64;&#8203;octocat");
  CHECK(markdown("a # b") == "a &#35; b");
  CHECK(markdown("one\n\n  two") == "one two");
  CHECK(markdown_code("a`b|c") == "<code>a&#96;b&#124;c</code>");
}

TEST_CASE("words of the gate stay as they are in Markdown, and only what means nothing there does") {
  for (const std::string plain : {"2 high, 1 low", "semgrep_scan", "at most 3, as the baseline (new ones)",
                                  "2026-11-28T06:30:36Z", "kolega-gate"}) {
    CHECK(markdown_words(plain) == plain);
  }
  for (const std::string other : {"_a_", "a_", "GH-7", "- a", ":x:", "[a](b)", "a|b", "<b>", "`a`", "@a",
                                  "www.evil.test", "http://a", "#1", "a\nb", "*a*", "~a~", "a\\b"}) {
    CAPTURE(other);
    CHECK(markdown_words(other) == markdown(other));
  }
  for (const auto& attack : attacks()) {
    CAPTURE(attack);
    CHECK((markdown_words(attack) == attack || markdown_words(attack) == markdown(attack)));
    CHECK_FALSE(has_control(markdown_words(attack).str()));
  }
}

TEST_CASE("a link is one to http(s), or none") {
  CHECK(markdown_link("run", "https://ci.test/1?a=b") == "[run](<https://ci.test/1?a=b>)");
  for (const std::string none : {"javascript:alert(1)", "https://a/>x", "https://a b", "//a", ""})
    CHECK(markdown_link("run", none).empty());
}

TEST_CASE("a relative URI names a place below the root or nothing") {
  CHECK(relative_uri("src/app.py") == "src/app.py");
  CHECK(relative_uri("./src//a/./b/../c.py") == "src/a/c.py");
  CHECK(relative_uri("src\\win\\x.cs") == "src/win/x.cs");
  CHECK(relative_uri("a b#c?d%20é.py") == "a%20b%23c%3Fd%2520%C3%A9.py");
  CHECK(relative_uri("app/[id]/(g)/@slot/x+y.tsx") == "app/%5Bid%5D/(g)/@slot/x+y.tsx");
  CHECK(relative_uri("bad\xFFname") == "bad%EF%BF%BDname");
  CHECK(relative_uri("a:b") == "");
  CHECK(relative_uri("1:b") == "1%3Ab");
  CHECK(relative_uri("src/a:b") == "src/a%3Ab");
  CHECK(relative_uri("..foo/.bar...") == "..foo/.bar...");
}

TEST_CASE("a path that is absolute, has a scheme or climbs has no relative URI") {
  for (const auto* path : {"",
                           ".",
                           "/",
                           "/etc/passwd",
                           "..",
                           "../x",
                           "a/../../x",
                           "..\\x",
                           "C:\\x",
                           "c:/x",
                           "C:x",
                           "\\\\server\\share",
                           "//host/x",
                           "file:///etc/passwd",
                           "javascript:alert(1)",
                           "https://evil.example/x",
                           "%2e%2e/x",
                           "a/%2E./x",
                           "a/%252e%252e/x",
                           "a/%2e%2e%2fx",
                           "a/..%5cx",
                           "%2e"}) {
    CAPTURE(path);
    CHECK(relative_uri(path) == "");
  }
  CHECK(relative_uri("a\0b"s) == "");
  CHECK(relative_uri(std::string(5000, 'a')) == "");
}

TEST_CASE("whatever the path, its URI is a clean reference") {
  for (const auto& attack : attacks()) {
    const auto uri = relative_uri(attack);
    CAPTURE(attack);
    CAPTURE(uri);
    CHECK(uri.find_first_not_of(
              "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&()*+,;=@/%") ==
          std::string::npos);
    CHECK_FALSE(uri.starts_with('/'));
    for (const auto segment : split(uri, '/')) CHECK_FALSE((segment == ".." || segment == "."));
  }
}

TEST_CASE("SARIF text holds no link and no control") {
  CHECK(sarif_text("[x](1)") == "\\[x\\](1)");
  CHECK(sarif_text("a \\ b \\[x\\](1)") == "a \\ b \\\\\\[x\\\\\\](1)");
  CHECK(sarif_text("one\ntwo\tthree") == "one\ntwo\tthree");
  CHECK(sarif_text("\x1b[0m") == "\\u001B\\[0m");
  for (const auto& attack : attacks()) {
    CAPTURE(attack);
    const auto text = sarif_text(attack);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '[' && text[i] != ']') continue;
      std::size_t slashes = 0;
      while (slashes < i && text[i - 1 - slashes] == '\\') ++slashes;
      CHECK(slashes % 2 == 1);
    }
  }
  CHECK(sarif_text(std::string(1'000'000, '\\')).size() == 1'000'000);
}

TEST_CASE("only plain http and https URLs become links") {
  CHECK(http_url("https://ci.example.com:8443/runs/17?x=1&y=%20#z") ==
        "https://ci.example.com:8443/runs/17?x=1&y=%20#z");
  CHECK(http_url("HTTP://example.com") == "HTTP://example.com");
  for (const auto* url : {"", "javascript:alert(1)", "//example.com", "ftp://example.com", "https://",
                          "https:///x", "https://user:pw@example.com/", "https://example.com/a b",
                          "https://example.com/<x>", "https://example.com/\"", "https://example.com/\n",
                          "https://exämple.com/", "https://:80/", " https://example.com", "https://[::1]/"}) {
    CAPTURE(url);
    CHECK(http_url(url) == "");
  }
}

TEST_CASE("a path as it is called in the repository") {
  CHECK(relative_path("./src//a b#c?d%20e\xC3\xA9.py") == "src/a b#c?d%20e\xC3\xA9.py");
  CHECK(relative_path("a\\..\\b.c") == "b.c");
  for (const auto* none :
       {"", "/etc/passwd", "../x", "%2e%2e/x", "C:\\x", "file:///x", "a\nb", "a\x1b[0m", "./C:x"}) {
    CAPTURE(none);
    CHECK(relative_path(none).empty());
  }
}

TEST_CASE("data and properties of workflow and logging commands cannot end or begin a command") {
  CHECK(GithubSink::data("100% a:b,c\r\nd") == "100%25 a:b,c\\u000D\\u000Ad");
  CHECK(GithubSink::property("a,title=x:y%") == "a%2Ctitle=x%3Ay%25");
  CHECK(AzureSink::escape("a;b]c%0A") == "a%3Bb%5Dc%AZP250A");
  for (const auto& attack : attacks()) {
    CAPTURE(attack);
    for (const auto& text : {GithubSink::data(attack).str(), GithubSink::property(attack).str(),
                             AzureSink::escape(attack).str()}) {
      CHECK_FALSE(has_control(text));
      CHECK_FALSE(is_runner_command(text));
      CHECK(to_lower_ascii(text).find("##vso[") == std::string::npos);
    }
    CHECK(GithubSink::property(attack).view().find_first_of(",:") == std::string::npos);
    CHECK(AzureSink::escape(attack).view().find_first_of(";]") == std::string::npos);
  }
}
