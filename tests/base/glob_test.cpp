#include "base/glob.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "base/text.hpp"

using namespace kolega;

TEST_CASE("globs: what matches and what does not") {
  struct Case {
    const char* pattern;
    const char* text;
    bool expected;
  };
  const std::vector<Case> cases{
      {"a", "a", true},
      {"a", "b", false},
      {"a", "ab", false},
      {"a", "", false},
      {"src/*.py", "src/a.py", true},
      {"src/*.py", "src/x/a.py", false},
      {"*", "a/b", false},
      {"*", "", true},
      {"?", "a", true},
      {"?", "\xC3\xA9", true},
      {"?", "/", false},
      {"a?c", "a/c", false},
      {"src/**", "src/a", true},
      {"src/**", "src/a/b/c.py", true},
      {"src/**", "src", false},
      {"src/**", "srcs/a", false},
      {"**/x", "x", true},
      {"**/x", "a/x", true},
      {"**/x", "a/b/x", true},
      {"**/x", "ax", false},
      {"**/x", "a/bx", false},
      {"**/x/*.c", "q/x/y/x/a.c", true},
      {"a/**/b", "a/b", true},
      {"a/**/b", "a/x/y/b", true},
      {"a/**/b", "axb", false},
      {"a/**/b", "a/xb", false},
      {"**", "anything/at/all", true},
      {"**/*", "a", true},
      {"***", "a/b", true},
      {"a**z", "a/b/z", true},
      {"**/test_*.py", "t/test_a/test_b.py", true},
      {"**/testdata/**", "a/testdata/x/y", true},
      {"**/testdata/**", "testdata/x", true},
      {"**/testdata/**", "a/mytestdata/x", false},
      {"[abc]", "b", true},
      {"[abc]", "d", false},
      {"[!abc]", "d", true},
      {"[!abc]", "a", false},
      {"[!a]", "/", false},
      {"[a-c]x", "bx", true},
      {"[a-c]x", "dx", false},
      {"[]]", "]", true},
      {"[!]]", "a", true},
      {"[a-]", "-", true},
      {"[\\]]", "]", true},
      {"[\xC3\xA0-\xC3\xBF]", "\xC3\xA9", true},
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"a\\[b", "a[b", true},
      {"python.*.debug", "python.flask.debug", true},
      {"a*b*c", "a1b2b3c", true},
      {"a*b*c", "a1b2b3d", false},
      {"**/a*b/c*d", "x/a1b/zz/a2b/c3d", true},
      {"src/{a,b}/**", "src/a/x", true},
      {"src/{a,b}/**", "src/b/x/y", true},
      {"src/{a,b}/**", "src/c/x", false},
      {"src/{a,b}/**", "src/{a,b}/x", false},
      {"*.{js,ts{,x}}", "a.js", true},
      {"*.{js,ts{,x}}", "a.ts", true},
      {"*.{js,ts{,x}}", "a.tsx", true},
      {"*.{js,ts{,x}}", "a.jsx", false},
      {"{a,b}{c,d}", "bd", true},
      {"{a,b}{c,d}", "ba", false},
      {"{[,}],x}y", "}y", true},
      {"{a\\,b,c}", "a,b", true},
      {"\\{a,b\\}", "{a,b}", true},
      {"\\{a,b\\}", "a", false},
      {"[{]a,b[}]", "{a,b}", true},
      {"{**/,}x", "a/b/x", true},
  };
  for (const auto& c : cases) {
    CAPTURE(c.pattern);
    CAPTURE(c.text);
    CHECK(glob_match(c.pattern, c.text) == c.expected);
  }
}

TEST_CASE("globs: what is wrong with a pattern") {
  CHECK(find_glob_error("") == "the pattern is empty");
  CHECK(find_glob_error("a[b") == "'[' is never closed; write '\\[' for the character itself");
  CHECK(find_glob_error("a[") == "'[' is never closed; write '\\[' for the character itself");
  CHECK(find_glob_error("a[]") == "'[' is never closed; write '\\[' for the character itself");
  CHECK(find_glob_error("[^a]") == "'[^' is not known here; write '[!' to negate");
  CHECK(find_glob_error("[z-a]") == "a range in '[...]' runs backwards");
  CHECK(find_glob_error("a\\") == "'\\' at the end escapes nothing");
  CHECK(find_glob_error("src\\app") == "'\\a' escapes nothing; folders are separated by '/'");
  CHECK(find_glob_error("src/{a,b") == "'{' is never closed; write '\\{' for the character itself");
  CHECK(find_glob_error("src/a,b}") == "'}' closes nothing; write '\\}' for the character itself");
  CHECK(find_glob_error("{a,b}}") == "'}' closes nothing; write '\\}' for the character itself");
  const std::string no_choice =
      "'{...}' without a comma is no choice; write '{one,other}', or '\\{' for the character itself";
  CHECK(find_glob_error("${DIR}/x") == no_choice);
  CHECK(find_glob_error("{1..3}") == no_choice);
  CHECK(find_glob_error("{a,{b}}") == no_choice);
  CHECK(find_glob_error("{a,}") == "one choice of its braces is empty");
  CHECK(find_glob_error("{a,b,c,d,e,f}{a,b,c,d,e,f}{a,b,c,d,e,f}") == "its braces stand for more than 200 patterns");
  CHECK(find_glob_error(std::string(100'000, '{')) == "it has more than 20 '{'");
  for (const auto* fine : {"a{,b}", "{a,b}", "\\{x\\}", "[{]", "a", "**", "[]]", "[!]a]", "[a-z-]", "\\[a", "[\\]]", "a/**/b", "[a\\-z]"}) {
    CAPTURE(fine);
    CHECK(find_glob_error(fine) == std::nullopt);
  }
}

TEST_CASE("glob lists: the last match wins") {
  const std::vector<std::string> list{"src/**", "!src/legacy/**", "src/legacy/keep.py"};
  CHECK(glob_list_match(list, "src/a.py"));
  CHECK_FALSE(glob_list_match(list, "src/legacy/a.py"));
  CHECK(glob_list_match(list, "src/legacy/keep.py"));
  CHECK_FALSE(glob_list_match(list, "docs/a.md"));
  const std::vector<std::string> only_excluded{"!docs/**"};
  CHECK(glob_list_match(only_excluded, "src/a.py"));
  CHECK_FALSE(glob_list_match(only_excluded, "docs/a.md"));
  CHECK_FALSE(glob_list_match(std::vector<std::string>{}, "a"));
}

namespace {

/// The meaning written down as plainly as possible, exponential as it is.
bool plainly(std::string_view pattern, std::string_view text, bool segment_start) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    const auto stars = std::min(pattern.find_first_not_of('*'), pattern.size());
    const auto rest = pattern.substr(stars);
    if (stars == 1) {
      if (plainly(rest, text, false)) return true;
      return !text.empty() && text[0] != '/' && plainly(pattern, text.substr(1), false);
    }
    if (segment_start && rest.starts_with('/')) {
      if (plainly(rest.substr(1), text, true)) return true;
      const auto slash = text.find('/');
      return slash != std::string_view::npos && plainly(pattern, text.substr(slash + 1), true);
    }
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (plainly(rest, text.substr(i), false)) return true;
    }
    return false;
  }
  if (text.empty()) return false;
  const bool one = pattern[0] == '?' ? text[0] != '/' : pattern[0] == text[0];
  return one && plainly(pattern.substr(1), text.substr(1), pattern[0] == '/');
}

std::string random_text(std::mt19937& random, std::string_view alphabet, std::size_t longest) {
  std::string out;
  for (auto n = random() % (longest + 1); n > 0; --n) out += alphabet[random() % alphabet.size()];
  return out;
}

}  // namespace

TEST_CASE("globs agree with the plain definition on random patterns") {
  std::mt19937 random(20270131);
  int matched = 0;
  for (int i = 0; i < 60'000; ++i) {
    const auto pattern = random_text(random, "ab/**?*", 9);
    const auto text = random_text(random, "aab/", 9);
    CAPTURE(pattern);
    CAPTURE(text);
    const bool expected = plainly(pattern, text, true);
    matched += expected ? 1 : 0;
    REQUIRE(glob_match(pattern, text) == expected);
  }
  CHECK(matched > 2000);
}

TEST_CASE("globs never take long, however they are made") {
  std::string stars;
  for (int i = 0; i < 200; ++i) stars += "*a";
  std::string double_stars;
  for (int i = 0; i < 200; ++i) double_stars += "**a*";
  const std::string long_text(20'000, 'a');
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "a/";
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(glob_match(stars + "b", long_text));
  CHECK_FALSE(glob_match(double_stars + "b", long_text));
  CHECK_FALSE(glob_match("**/" + stars + "b", deep));
  CHECK_FALSE(glob_match("**/*a*/**/*a*/b", deep));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}
