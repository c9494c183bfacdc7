#include "base/shell_word.hpp"

#include <doctest/doctest.h>

using kolega::shell_word;

TEST_CASE("a word of a shell's command line") {
  CHECK(shell_word("ci/policy.yaml") == "ci/policy.yaml");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("a b") == "'a b'");
  CHECK(shell_word("it's $(x)") == "'it'\\''s $(x)'");
}
