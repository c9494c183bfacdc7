#include "gate/normalise.hpp"

#include <doctest/doctest.h>

#include "model/text_pool.hpp"

using namespace kolega;
using gate::rank_of;

TEST_CASE("severity words are folded, then aliases, then the policy's rank for unknown words") {
  policy::SeveritySettings settings;
  settings.aliases = {{"error", Severity::high}, {"moderate", Severity::medium}};
  CHECK(rank_of("critical", settings).severity == Severity::critical);
  CHECK(rank_of("CRITICAL", settings).severity == Severity::critical);
  CHECK(rank_of(" critical ", settings).severity == Severity::critical);
  CHECK_FALSE(rank_of("Critical", settings).unknown);
  CHECK(rank_of("Moderate", settings).severity == Severity::medium);
  CHECK_FALSE(rank_of("ERROR", settings).unknown);
  for (const char* word : {"", "blocker", "crítico", "critical\n!", "5"}) {
    CAPTURE(word);
    CHECK(rank_of(word, settings).unknown);
    CHECK(rank_of(word, settings).severity == Severity::high);
  }
  settings.unknown = Severity::critical;
  CHECK(rank_of("blocker", settings).severity == Severity::critical);
}

TEST_CASE("CWE words become numbers") {
  TextPool pool;
  const std::vector<std::string_view> words{
      "CWE-79: Cross-site Scripting", "cwe_89", "79", "CWE:22", "none", "", "CWE-", "CWE-12345678901"};
  CHECK(gate::cwe_numbers(pool.intern_list(words)) == std::vector<int>{22, 79, 89});
  CHECK(gate::cwe_numbers({}).empty());
}
