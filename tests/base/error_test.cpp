#include "base/error.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"

using namespace kolega;

TEST_CASE("error: places") {
  CHECK(describe(SourcePos{"f", 3, 7}) == "f:3:7");
  CHECK(describe(SourcePos{"f", 3, 0}) == "f:3");
  CHECK(describe(SourcePos{"f", 0, 7}) == "f");
}

TEST_CASE("error: what a person reads") {
  Error error(ErrorKind::input, "reading failed: no such file", "check the path");
  CHECK(std::string(error.what()) == "reading failed: no such file");
  CHECK(render(error) == "reading failed: no such file\nhint: check the path");
  error.within("a.sarif").with_excerpt("  | x").with_signal(15);
  CHECK(render(error) == "a.sarif: reading failed: no such file\n  | x\nhint: check the path");
  CHECK(error.signal() == 15);
  const Error placed(ErrorKind::policy, "bad", {}, SourcePos{"p", 2, 1});
  CHECK(std::string(placed.what()) == "p:2:1: bad");
}

TEST_CASE("error: remarks with their line") {
  const std::string source = "first\nsecond line\r\n\tthird\n";
  CHECK(render(Diagnostic{.pos = {"f", 2, 8}, .message = "m", .hint = "h", .length = 4}, source) ==
        "f:2:8: error: m\n  | second line\n  |        ^~~~\n  hint: h");
  CHECK(render(Diagnostic{.level = Diagnostic::Level::warning, .pos = {"f", 1, 1}, .message = "m"}, source) ==
        "f:1:1: warning: m\n  | first\n  | ^");
  // The underline stops at the end of the line, and sits right behind an escaped character.
  CHECK(render(Diagnostic{.pos = {"f", 3, 2}, .message = "m", .length = 50}, source) ==
        "f:3:2: error: m\n  | \\u0009third\n  |       ^~~~~");
  CHECK(render(Diagnostic{.pos = {"f", 9, 1}, .message = "m"}, source) == "f:9:1: error: m");
  CHECK(render(Diagnostic{.pos = {"f", 2, 99}, .message = "m"}, source) ==
        "f:2:99: error: m\n  | second line\n  |            ^");
  CHECK(render(Diagnostic{.pos = {"f", 1, 1}, .message = "m"}, "") == "f:1:1: error: m");
}

TEST_CASE("error: a line that fits is shown whole, a longer one in a window around the place") {
  const std::string fits(100, 'x');
  CHECK(render(Diagnostic{.pos = {"f", 1, 90}, .message = "m"}, fits) ==
        "f:1:90: error: m\n  | " + fits + "\n  | " + std::string(89, ' ') + "^");
  const std::string source = std::string(500, 'a') + "HERE" + std::string(500'000, 'b');
  const auto shown = render(Diagnostic{.pos = {"f", 1, 501}, .message = "m", .length = 4}, source);
  CHECK(shown == "f:1:501: error: m\n  | ..." + std::string(60, 'a') + "HERE" + std::string(36, 'b') +
                     "\n  | " + std::string(63, ' ') + "^~~~");
}

TEST_CASE("error: a window never cuts a character in two") {
  std::string source;
  for (int i = 0; i < 200; ++i) source += "\xC3\xA9";
  for (int column = 1; column < 400; column += 7) {
    CAPTURE(column);
    const auto shown = render(Diagnostic{.pos = {"f", 1, column}, .message = "m"}, source);
    CHECK(find_invalid_utf8(shown) == std::nullopt);
    // A window that begins or ends inside a character would show a byte of it as an escape.
    CHECK(shown.find("\\u00") == std::string::npos);
  }
}

TEST_CASE("error: warnings are no errors") {
  CHECK_FALSE(has_errors({}));
  CHECK_FALSE(has_errors({{.level = Diagnostic::Level::warning}}));
  CHECK(has_errors({{.level = Diagnostic::Level::warning}, {.level = Diagnostic::Level::error}}));
}
