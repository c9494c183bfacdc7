#include "base/glob_reach.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "base/glob.hpp"
#include "base/path.hpp"
#include "base/text.hpp"

using namespace kolega;

namespace {

using Patterns = std::vector<std::string>;

PathSearch search(const Patterns& patterns, bool matched = true) {
  const std::vector<PathWish> wishes{{patterns, matched}};
  return find_path(wishes);
}

std::string random_pattern(std::mt19937& random) {
  static const std::vector<std::string> parts{"a", "b", "/", "/", "*", "**", "**/", "?", "[ab]", "[!a]", "{a,b/a}", ".", "{,a}b"};
  std::string out;
  for (auto n = 1 + random() % 4; n > 0; --n) out += parts[random() % parts.size()];
  return out;
}

/// Every folded path of at most five of these characters.
Patterns all_short_paths() {
  Patterns out;
  Patterns layer{""};
  for (int length = 0; length < 5; ++length) {
    Patterns next;
    for (const auto& text : layer) {
      for (const char c : {'a', 'b', '/', '.', 'x'}) next.push_back(text + c);
    }
    for (const auto& text : next) {
      if (folded_path(text) == text && !text.ends_with("..") && text != "/") out.push_back(text);
    }
    layer = std::move(next);
  }
  return out;
}

}  // namespace

TEST_CASE("reach of globs: lists that leave no path") {
  for (const auto& patterns : std::vector<Patterns>{{"src/**", "!src/**"},
                                                    {"src/a.c", "!src/**"},
                                                    {"src/**", "!src/**/*"},
                                                    {"src/**/a.c", "!**/a.c"},
                                                    {"src/**", "!**/src/**"},
                                                    {"!*/**", "!*"},
                                                    {"**", "!**/*"},
                                                    {"{a,b}/**", "!a/**", "!b/*", "!b/*/**"},
                                                    {"src/./a"},
                                                    {"src/../a"},
                                                    {"[ab]/x", "![a-c]/?"},
                                                    {"*.c", "!?.c", "!??*.c", "!.c"},
                                                    {"!*a*", "!**/a/**", "!*[!a]*", "!**"}}) {
    CAPTURE(patterns);
    CHECK(search(patterns).none());
  }
}

TEST_CASE("reach of globs: lists that leave some") {
  for (const auto& patterns : std::vector<Patterns>{{"**", "!src/**"},
                                                    {"!src/**"},
                                                    {"src/**", "!src/*/**"},
                                                    {"src/**", "!src/**", "src/b"},
                                                    {"*.c", "!?.c", "!??*.c"},
                                                    {"[ab]/x", "![b-c]/?"},
                                                    {"**", "!a*", "!b*", "![c-z]*", "!*/**"},
                                                    {"../x/*"},
                                                    {"src/**", "!src/[a-z]*", "!src/[A-Z]*"}}) {
    CAPTURE(patterns);
    const auto found = search(patterns);
    REQUIRE(found.path);
    CHECK(glob_list_match(patterns, *found.path));
    CHECK(folded_path(*found.path) == *found.path);
  }
}

TEST_CASE("reach of globs: several lists at once") {
  const Patterns code{"src/**"};
  const Patterns tests{"**/test/**"};
  const Patterns both{"src/test/*", "src/[!t]*/**", "src/test/*/**"};
  const auto answer = [](std::vector<PathWish> wishes) { return find_path(wishes).none(); };
  CHECK_FALSE(answer({{code}, {tests}}));
  CHECK_FALSE(answer({{code}, {tests, false}}));
  CHECK(answer({{both}, {code, false}}));
  CHECK(answer({{code}, {tests}, {code, false}}));
  CHECK_FALSE(answer({{code}, {both, false}}));
}

TEST_CASE("reach of globs: the answer is that of trying every short path") {
  const auto paths = all_short_paths();
  std::mt19937 random(7);
  int none = 0;
  for (int round = 0; round < 3000; ++round) {
    Patterns patterns;
    for (auto n = 1 + random() % 3; n > 0; --n) patterns.push_back((random() % 2 ? "!" : "") + random_pattern(random));
    bool wrong = false;
    for (const auto& pattern : patterns)
      wrong = wrong || find_glob_error(std::string_view(pattern).substr(pattern[0] == '!' ? 1 : 0));
    if (wrong) continue;
    const bool matched = random() % 2 == 0;
    CAPTURE(patterns);
    CAPTURE(matched);
    const auto found = search(patterns, matched);
    REQUIRE_FALSE(found.exhausted);
    if (found.path) {
      REQUIRE(glob_list_match(patterns, *found.path) == matched);
      REQUIRE(folded_path(*found.path) == *found.path);
      continue;
    }
    ++none;
    for (const auto& path : paths) {
      CAPTURE(path);
      REQUIRE(glob_list_match(patterns, path) != matched);
    }
  }
  CHECK(none > 100);
}

TEST_CASE("reach of globs: patterns made to cost much end the search") {
  Patterns patterns{"**"};
  for (char c = 'a'; c <= 'z'; ++c) patterns.push_back(std::string("!**/*") + c + "*?????????????????");
  patterns.push_back("!*");
  patterns.push_back("!*/*");
  patterns.push_back("!*/*/**");
  CHECK_FALSE(search(patterns).path);
}

TEST_CASE("reach of globs: a set that ends before the surrogates leaves what is behind them") {
  const auto found = search({"[!\x01-\xED\x9F\xBF]"});
  CHECK(found.path.has_value());
}

TEST_CASE("reach of globs: choices and sets cost what they are, and are bounded") {
  std::string pair = "{a,b,c,d,e,f,g,h,i,j,k,l,m,n}";
  const Patterns many(26, pair + pair + "/x");
  CHECK(search(many).exhausted);
  std::string set = "!**/[";
  for (int i = 0; i < 2000; ++i) append_utf8(set, static_cast<char32_t>(0x4E00 + 2 * i));
  const auto wide = search({"**", set + "]", "!**/*[!x]", "!**x"});
  CHECK_FALSE(wide.path);
  CHECK(wide.steps > 100'000);
}
