// docs/commands.md: the part below its mark is --help of every command.
// KOLEGA_UPDATE_DOCS=1 writes it anew; read the difference before you commit it.
#include <doctest/doctest.h>

#include <cstdlib>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "support/files.hpp"

using namespace kolega;

namespace {

constexpr std::string_view mark = "<!-- below: --help of every command -->\n";

std::string reference() {
  std::string out;
  for (const auto& command : cli::commands()) {
    out += "\n## " + std::string(command.name) + "\n\n```\n" + cli::render_help(command) + "```\n";
  }
  return out;
}

}  // namespace

TEST_CASE("docs/commands.md shows the help of every command as it is") {
  const auto path = test::source_dir() / "docs/commands.md";
  const auto page = test::slurp(path);
  const auto at = page.find(mark);
  REQUIRE(at != std::string::npos);
  const auto head = page.substr(0, at + mark.size());
  if (std::getenv("KOLEGA_UPDATE_DOCS")) std::ofstream(path, std::ios::binary) << head << reference();
  INFO("write it anew with KOLEGA_UPDATE_DOCS=1 unit_tests --test-case='docs/commands.md*'");
  CHECK((test::slurp(path) == head + reference()));
}
