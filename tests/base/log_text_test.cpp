#include "base/log_text.hpp"

#include <doctest/doctest.h>

#include <regex>
#include <sstream>

#include "base/error.hpp"

using namespace kolega;

namespace {

/// What GitHub's runner and Azure's agent obey in a line, by their own rules: white space trimmed, then `::x`;
/// `##[x]` and `##vso[x]` anywhere.
bool is_obeyed(std::string line) {
  static const std::regex white("^(?: |\xC2\xA0|\xE3\x80\x80|\xE2\x80[\x80-\x8A])+");
  line = std::regex_replace(line, white, "");
  return line.starts_with("::") || std::regex_search(line, std::regex("##(vso)?\\[", std::regex::icase));
}

}  // namespace

TEST_CASE("no command comes to be where two texts meet") {
  for (const std::string attack :
       {"##[error]x", "##vso[task.complete]x", "##VsO[x]", "###[x]", "####vso[x]", "::error::x", "  ::x::y",
        "\xC2\xA0\xE3\x80\x80::warning::x", "a##vso[##vso[x]"}) {
    for (std::size_t i = 0; i <= attack.size(); ++i) {
      for (std::size_t j = i; j <= attack.size(); ++j) {
        const auto joined = log_line(attack.substr(0, i)) + log_line(attack.substr(i, j - i)) +
                            log_line(attack.substr(j));
        CAPTURE(joined.str());
        CHECK_FALSE(is_obeyed(joined.str()));
      }
    }
  }
  CHECK(is_obeyed("##[x"));  // the check can fail
  CHECK(is_obeyed("\xE3\x80\x80::x"));
}

TEST_CASE("what is ours stays as it is") {
  CHECK(("a#" + log_line("b") + ": " + log_line(":c") + "\n" + LogText(3)) == "a#b: :c\n3");
  CHECK(("\x1b[1m" + log_line("\x1b[2J") + "\x1b[0m") == "\x1b[1m\\u001B[2J\x1b[0m");
}

TEST_CASE("lines of a stream") {
  std::ostringstream out;
  const LogOut lines(out);
  lines.line("a " + log_line("x\ny"));
  lines.line();
  lines.put(log_line("\r::x"));
  CHECK(out.str() == "a x\\u000Ay\n\n\\u000D::x");
  CHECK_NOTHROW(lines.flush());
  out.setstate(std::ios::badbit);
  CHECK_THROWS_AS(lines.flush(), Error);
}
