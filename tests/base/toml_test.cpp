// Where the library takes for impossible what a file can hold. What importers make of TOML: policy/import_test.cpp.
#include "base/toml.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace kolega;

namespace {

std::string error_of(const std::string& text) {
  try {
    toml::parse(text, "file");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return {};
}

/// U+00A7, U+0301, U+03C7, U+0416, U+05D0, U+3041, U+FEFE: of the blocks where white space is, but none.
const std::vector<std::string> letters{"\xC2\xA7", "\xCC\x81", "\xCF\x87", "\xD0\x96", "\xD7\x90", "\xE3\x81\x81",
                                       "\xEF\xBB\xBE"};

}  // namespace

TEST_CASE("TOML: a letter beyond ASCII where white space may stand is no white space") {
  for (const auto& letter : letters) {
    CAPTURE(letter);
    const auto root = toml::parse("s = \"\"\"\\\n" + letter + "\"\"\"\n", "file");
    REQUIRE(root.find("s"));
    CHECK(root.find("s")->text == letter);
    for (const std::string before : {"", "a", "a = 1 ", "a = [1 ", "a = {b = 1 ", "[a", "[a] ", "a = 1979-05-27 "}) {
      CAPTURE(before);
      CHECK(error_of(before + letter + "\n") != "");
    }
    CHECK(error_of("# " + letter + "\na = \"" + letter + "\"\n") == "");
  }
}
