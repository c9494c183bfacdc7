// Policies that attack the reader: each ends in exit 2, within bounds that the kernel keeps.
#include <doctest/doctest.h>

#include "e2e/harness.hpp"

using kolega::test::World;

namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

std::string repeated(const std::string& part, const std::string& head = "gate: v1\n") {
  std::string out = head;
  while (out.size() + part.size() <= mebibyte) out += part;
  return out;
}

std::string numbered(const std::string& before, const std::string& after) {
  std::string out = "gate: v1\nrules:\n";
  for (int i = 0; out.size() + 100 < mebibyte; ++i) out += before + std::to_string(i) + after;
  return out;
}

}  // namespace

TEST_CASE("a policy of 1 MiB that attacks the reader ends in exit 2 within 2 s of CPU and bounded memory") {
  World world;
  const std::string rule = "  - {id: r";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"deep lists", repeated("[")},
      {"deep maps", repeated("{a: ")},
      {"an open list", repeated("a,", "gate: v1\nrules: [")},
      {"a list in one line", repeated("a,", "[")},
      {"maps in one line", repeated("{},", "[")},
      {"many keys", numbered("k", ": 1\n")},
      {"one key again and again", repeated("k: 1\n")},
      {"many rules", numbered(rule, ", enabled: false}\n")},
      {"many aliases", repeated("*a,", "gate: v1\nrules: [")},
      {"an anchor bomb", "gate: v1\na: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"},
      {"a quote that never ends", repeated("x", "gate: v1\nname: \"")},
      {"many quoted pairs", repeated("\"a\":b,", "[")},
      {"many documents", repeated("---\n", "")},
      {"many list items", repeated("- a\n", "gate: v1\nrules:\n")},
      {"colons", repeated(":")},
      {"more than 1 MiB", std::string(mebibyte + 1, ' ')},
  };
  for (const auto& [name, text] : cases) {
    CAPTURE(name);
    world.write("hostile.yaml", text);
    // The address space holds the program itself too; the debug build is many times slower than the released
    // one.
    const auto result =
        world.run_in_shell("ulimit -v 196608 -t 10; exec \"$@\"", {"policy", "check", "hostile.yaml"});
    CAPTURE(result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.err.find("error: ") != std::string::npos);
  }
}
