#include "base/text.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace kolega;

TEST_CASE("text: trim, split, join, case") {
  CHECK(trim(" \t\r\n a b \v\f") == "a b");
  CHECK(trim("   ") == "");
  CHECK(to_lower_ascii("HiGH \xC3\x89") == "high \xC3\x89");
  CHECK(iequals_ascii("Null", "nULL"));
  CHECK_FALSE(iequals_ascii("a", "ab"));
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
  CHECK(join(std::vector<std::string>{"a", "b", "c"}, ", ") == "a, b, c");
  CHECK(join(std::vector<std::string>{"", "b", ""}, ",") == ",b,");
  CHECK(join(std::vector<std::string>{}, ",") == "");
  CHECK(collapse_white_space("  a \n\t b  c ") == "a b c");
}

TEST_CASE("text: UTF-8 that is not well formed") {
  CHECK(find_invalid_utf8("abc \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80") == std::nullopt);
  CHECK(find_invalid_utf8("\xEF\xBF\xBD") == std::nullopt);  // U+FFFD itself
  CHECK(find_invalid_utf8("ab\xFF") == 2);
  CHECK(find_invalid_utf8("\xC0\x80") == 0);          // overlong
  CHECK(find_invalid_utf8("\xE0\x80\x80") == 0);      // overlong
  CHECK(find_invalid_utf8("\xF0\x80\x80\x80") == 0);  // overlong
  CHECK(find_invalid_utf8("\xED\xA0\x80") == 0);      // surrogate
  CHECK(find_invalid_utf8("\xF4\x90\x80\x80") == 0);  // beyond U+10FFFF
  CHECK(find_invalid_utf8("a\xE2\x82") == 1);         // cut off
  CHECK(find_invalid_utf8("a\x80") == 1);             // stray continuation
}

TEST_CASE("text: code points there and back") {
  for (const char32_t c : {U'a', U'\u00E9', U'\u20AC', U'\U0001F600', U'\U0010FFFF'}) {
    std::string text;
    append_utf8(text, c);
    const auto point = decode_utf8(text);
    CHECK(point.value == c);
    CHECK(point.length == text.size());
  }
  CHECK(decode_utf8("").length == 0);
}

TEST_CASE("text: what may be shown on a line of a terminal") {
  CHECK(printable("plain \xC3\xA9") == "plain \xC3\xA9");
  CHECK(printable("\x1b[31mred\n") == "\\u001B[31mred\\u000A");
  CHECK(printable("\xC2\x9B") == "\\u009B");
  CHECK(printable("\xE2\x80\xAE") == "\\u202E");
  CHECK(printable("\xE2\x80\xA8") == "\\u2028");
  CHECK(printable("\xFF") == "\\u00FF");
  CHECK(printable("\xF3\xA0\x81\x81") == "\\u0E0041");
  CHECK(printable(std::string(1, '\0')) == "\\u0000");
}

TEST_CASE("text: cut to a width") {
  CHECK(printable("abcdef", 6) == "abcdef");
  CHECK(printable("abcdefg", 6) == "abc...");
  CHECK(printable("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 4) == "\xC3\xA9...");
  CHECK(printable("abcdef", 2) == "ab");
  CHECK(printable(std::string(1'000'000, '\n'), 10) == "\\u000A\\...");
  CHECK(display_width("\xC3\xA9\xE2\x82\xAC"
                      "a") == 3);
}

TEST_CASE("text: the nearest name") {
  const std::array<std::string_view, 4> names{"severity", "scan", "rules", "thresholds"};
  CHECK(find_nearest("severty", names) == "severity");
  CHECK(find_nearest("SCAN", names) == "scan");
  CHECK(find_nearest("threshold", names) == "thresholds");
  CHECK(find_nearest("zzz", names) == std::nullopt);
  CHECK(find_nearest("", names) == std::nullopt);
  CHECK(find_nearest(std::string(65, 's'), names) == std::nullopt);
  CHECK(suggest("rule", names) == "did you mean 'rules'?");
  CHECK(suggest("xxxxxx", names) == "use severity, scan, rules or thresholds");
  const std::array<std::string_view, 1> one{"all"};
  CHECK(suggest("nothing", one) == "use all");
}

TEST_CASE("text: plurals") {
  CHECK(plural(1, "finding") == "1 finding");
  CHECK(plural(0, "finding") == "0 findings");
  CHECK(plural(2, "batch") == "2 batches");
  CHECK(plural(2, "repository") == "2 repositories");
  CHECK(plural(2, "key") == "2 keys");
  CHECK(plural(3, "class") == "3 classes");
  CHECK(plural(2, "day") == "2 days");
}

TEST_CASE("text: decimals") {
  CHECK(parse_decimal("0") == 0);
  CHECK(parse_decimal("9223372036854775807") == 9223372036854775807LL);
  for (const auto* bad : {"", "-1", "+1", " 1", "1 ", "1_0", "0x1", "1.0", "9223372036854775808"}) {
    CAPTURE(bad);
    CHECK(parse_decimal(bad) == std::nullopt);
  }
}
