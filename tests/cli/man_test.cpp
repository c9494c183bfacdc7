#include "cli/man.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"

using namespace kolega;

namespace {

std::vector<std::string> all_pages() {
  std::vector<std::string> pages{cli::render_man("2026-11-24")};
  for (const auto& command : cli::commands()) pages.push_back(cli::render_man(command, "2026-11-24"));
  return pages;
}

bool is_request(std::string_view line) {
  constexpr std::array<std::string_view, 11> known{".TH", ".SH", ".TP", ".PP", ".RS",  ".RE",
                                                   ".nf", ".fi", ".nh", ".ad", ".\\\""};
  return std::ranges::find(known, line.substr(0, line.find(' '))) != known.end();
}

std::string dashes(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '-' ? std::string("\\-") : std::string(1, c);
  return out;
}

}  // namespace

TEST_CASE("a manual page holds no request of roff that the text brought along") {
  for (const auto& page : all_pages()) {
    for (const auto line : split(page, '\n')) {
      INFO(line);
      if (line.starts_with('.')) CHECK(is_request(line));
      CHECK_FALSE(line.starts_with('\''));
      CHECK(std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; }));
    }
  }
}

TEST_CASE("text that roff would obey is escaped") {
  const cli::Command command{.name = "odd-one",
                             .summary = "a \\fBsummary\\fR",
                             .description = ".so /etc/passwd\n'br\nof `a` ~ and ^ and \"b\"",
                             .examples = {{"run '.x' --a", ".de x"}}};
  const auto page = cli::render_man(command, "2026-11-24");
  CHECK(cli::man_page_name(command) == "kolega-gate-odd-one");
  CHECK(page.find("\n\\&.so /etc/passwd\n") != std::string::npos);
  CHECK(page.find("\n\\(aqbr\n") != std::string::npos);
  CHECK(page.find("a \\efBsummary\\efR\n") != std::string::npos);
  CHECK(page.find("of \\(gaa\\(ga \\(ti and \\(ha and \\(dqb\\(dq\n") != std::string::npos);
  CHECK(page.find("\n\\&.de x:\n") != std::string::npos);
  CHECK(page.find("\nkolega\\-gate run \\(aq.x\\(aq \\-\\-a\n") != std::string::npos);
}

TEST_CASE("the page of a command names every option, and the program's page every command") {
  const auto overview = cli::render_man("2026-11-24");
  for (const auto& command : cli::commands()) {
    INFO(command.name);
    CHECK(overview.find("\\fB" + dashes(command.name) + "\\fR") != std::string::npos);
    const auto page = cli::render_man(command, "2026-11-24");
    for (const auto& option : command.options) {
      for (const auto name : split(option.names, ','))
        CHECK(page.find("\\fB" + dashes(name) + "\\fR") != std::string::npos);
      CHECK(overview.find(option.environment) != std::string::npos);
    }
  }
}

TEST_CASE("the program's page has every exit status that the program knows") {
  const auto overview = cli::render_man("2026-11-24");
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::internal); ++kind) {
    const int code = cli::exit_code(Error(static_cast<ErrorKind>(kind), "failed"));
    INFO(code);
    CHECK(overview.find(".TP\n\\fB" + std::to_string(code) + "\\fR\n") != std::string::npos);
  }
}
