// Expected values: the pairs that github/codeql-action tests its own uploader with
// (src/fingerprints.test.ts).
#include "ingest/line_hash.hpp"

#include <doctest/doctest.h>

using kolega::ingest::format_line_hash;
using kolega::ingest::line_hashes;

namespace {

std::vector<std::string> hashes(std::string_view text) {
  std::vector<std::string> out;
  for (const auto& hash : line_hashes(text)) out.push_back(format_line_hash(hash));
  return out;
}

const std::vector<std::string> greetings{"e9496ae3ebfced30:1", "fb7c023a8b9ccb3f:1", "ce8ba1a563dcdaca:1",
                                         "e20e36e16fcb0cc8:1", "b3edc88f2938467e:1", "c8e28b0b4002a3a0:1",
                                         "c129715d7a2bc9a3:1"};

}  // namespace

TEST_CASE("an empty file has one line") {
  CHECK(hashes("") == std::vector<std::string>{"c129715d7a2bc9a3:1"});
}

TEST_CASE("blanks and tabs do not count") {
  CHECK(hashes(" a\nb\n  \t\tc\n d") == std::vector<std::string>{"271789c17abda88f:1", "54703d4cd895b18:1",
                                                                 "180aee12dab6264:1", "a23a3dc5e078b07b:1"});
  CHECK(hashes(" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End") ==
        std::vector<std::string>{"8b7cf3e952e7aeb2:1", "b1ae1287ec4718d9:1", "bff680108adb0fcc:1",
                                 "c6805c5e1288b612:1", "b86d3392aea1be30:1", "e6ceba753e1a442:1"});
}

TEST_CASE("every kind of line break is one") {
  CHECK(hashes(" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n") == greetings);
  CHECK(hashes(" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r") == greetings);
  CHECK(hashes(" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n") == greetings);
  CHECK(hashes(" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n") == greetings);
}

TEST_CASE("lines that look alike are counted") {
  std::string text;
  for (int i = 0; i < 10; ++i) text += "Lorem ipsum dolor sit amet.\n";
  CHECK(hashes(text) ==
        std::vector<std::string>{"a7f2ff13bc495cf2:1", "a7f2ff13bc495cf2:2", "a7f2ff13bc495cf2:3",
                                 "a7f2ff13bc495cf2:4", "a7f2ff13bc495cf2:5", "a7f2ff13bc495cf2:6",
                                 "a7f2ff1481e87703:1", "a9cf91f7bbf1862b:1", "55ec222b86bcae53:1",
                                 "cc97dc7b1d7d8f7b:1", "c129715d7a2bc9a3:1"});
}

TEST_CASE("malformed and astral characters do not stop it") {
  CHECK(hashes("\xF0\x9F\x98\x80\n\xFF\n").size() == 3);
  CHECK(hashes("\xF0\x9F\x98\x80") != hashes("\xFF"));
}
