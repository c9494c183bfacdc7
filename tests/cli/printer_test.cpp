#include "cli/printer.hpp"

#include <doctest/doctest.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "support/cli_run.hpp"

using namespace kolega;

namespace {

std::string said(const std::vector<std::pair<std::string, std::string>>& options, bool terminal,
                 const std::function<void(cli::Printer&)>& talk,
                 std::map<std::string, std::string> environment = {}) {
  const test::FakeSystem fake;
  auto system = fake.system();
  system.environment = sys::Environment(std::move(environment));
  system.terminal = terminal;
  system.columns = 30;
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in;
  cli::Arguments arguments;
  for (const auto& [name, value] : options)
    arguments.add(name, value.empty() ? std::vector<std::string>{} : std::vector{value});
  {
    cli::Printer printer({out, err, in}, system, arguments);
    talk(printer);
  }
  CHECK(out.str().empty());
  return err.str();
}

void talk(cli::Printer& printer) {
  printer.detail("detail");
  printer.note("note");
  printer.warning("careful");
  printer.error(Error(ErrorKind::usage, "wrong", "do right"));
}

}  // namespace

TEST_CASE("quiet, plain and verbose") {
  CHECK(said({}, false, talk) == "note\nwarning: careful\nerror: wrong\nhint: do right\n");
  CHECK(said({{"quiet", ""}}, false, talk) == "warning: careful\nerror: wrong\nhint: do right\n");
  CHECK(said({{"verbose", ""}}, false, talk) ==
        "detail\nnote\nwarning: careful\nerror: wrong\nhint: do right\n");
}

TEST_CASE("JSON lines: one document a line, with level and time") {
  const auto text = said({{"log-format", "json"}}, true, [](cli::Printer& printer) {
    printer.note("a\nb \x1b[31m \"q\"");
    printer.error(Error(ErrorKind::usage, "wrong", "do right"));
  });
  const auto lines = split(text, '\n');
  REQUIRE(lines.size() == 3);
  const auto first = parse_json(lines[0], "line", ErrorKind::input);
  CHECK(first.at("level").as_string() == "note");
  CHECK(first.at("message").as_string() == "a\nb \x1b[31m \"q\"");
  CHECK(first.at("time").as_string() == "2026-06-01T12:00:00Z");
  CHECK(parse_json(lines[1], "line", ErrorKind::input).at("message").as_string() == "wrong\nhint: do right");
}

TEST_CASE("text from outside cannot forge a line, a command or a colour") {
  const auto text = said({}, false, [](cli::Printer& printer) {
    printer.note("x\r\x1b[2Jy");
    printer.note("::error::forged");
    printer.note("a ##[error]b ##vso[task.complete]");
  });
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(text.find("\n::error") == std::string::npos);
  CHECK(text.find("##[") == std::string::npos);
  CHECK(text.find("##vso[") == std::string::npos);
}

TEST_CASE("the live line is cut to the terminal and gone before anything else is said") {
  const auto text = said({}, true, [](cli::Printer& printer) {
    CHECK(printer.live());
    printer.progress(std::string(100, 'x'));
    printer.note("note");
    printer.progress("again");
  });
  CHECK(text == "\r\x1b[K" + std::string(26, 'x') + "...\r\x1b[Knote\n\r\x1b[Kagain\r\x1b[K");
}

TEST_CASE("colour and the live line are for terminals") {
  const auto colour = [](std::vector<std::pair<std::string, std::string>> options, bool terminal,
                         std::map<std::string, std::string> environment = {}) {
    bool out = false;
    said(
        options, terminal, [&out](cli::Printer& printer) { out = printer.colour(); }, std::move(environment));
    return out;
  };
  CHECK(colour({}, true));
  CHECK_FALSE(colour({}, false));
  CHECK_FALSE(colour({}, true, {{"NO_COLOR", "1"}}));
  CHECK_FALSE(colour({}, true, {{"TERM", "dumb"}}));
  CHECK(colour({{"color", "always"}}, false, {{"NO_COLOR", "1"}}));
  CHECK_FALSE(colour({{"color", "never"}}, true));
  said({}, false, [](cli::Printer& printer) { CHECK_FALSE(printer.live()); });
  said({{"quiet", ""}}, true, [](cli::Printer& printer) { CHECK_FALSE(printer.live()); });
}
