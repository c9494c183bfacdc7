#include "cli/printer.hpp"

#include <array>
#include <ostream>
#include <sstream>

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace kolega::cli {

namespace {

std::vector<std::string_view> colour_words() {
  return {"auto", "always", "never"};
}
std::vector<std::string_view> log_format_words() {
  return {"text", "json"};
}

std::string word_of(const Arguments& arguments, std::string_view option,
                    std::vector<std::string_view> (*words)()) {
  const auto allowed = words();
  const auto given = arguments.find(option);
  if (!given) return std::string(allowed.front());
  for (const auto word : allowed) {
    if (word == *given) return *given;
  }
  throw Error(ErrorKind::usage, "--" + std::string(option) + ": unknown word '" + printable(*given, 60) + "'",
              suggest(*given, allowed));
}

/// https://no-color.org: any value that is not empty switches colour off; `--color` is the stronger wish.
bool wants_colour(const std::string& word, const sys::System& system) {
  if (word != "auto") return word == "always";
  if (system.environment.find("NO_COLOR") || system.environment.find("TERM") == "dumb") return false;
  return system.terminal;
}

}  // namespace

std::vector<Option> output_options() {
  return {
      {.names = "-q,--quiet", .help = "say only warnings and errors"},
      {.names = "-v,--verbose", .help = "say more; the token is never shown"},
      {.names = "--log-format",
       .value = "FORMAT",
       .help = "text or json, for what is said on standard error",
       .choices = log_format_words},
      {.names = "--color",
       .value = "WHEN",
       .help = "auto, always or never; NO_COLOR is respected",
       .choices = colour_words},
  };
}

Printer::Printer(const sys::Streams& streams, const sys::System& system, const Arguments& arguments)
    : err_(streams.err),
      system_(system),
      quiet_(arguments.has("quiet")),
      verbose_(arguments.has("verbose")),
      json_(word_of(arguments, "log-format", log_format_words) == "json"),
      colour_(wants_colour(word_of(arguments, "color", colour_words), system_)),
      live_(system_.terminal && !quiet_ && !json_ && system_.environment.find("TERM") != "dumb") {
  if (quiet_ && verbose_) {
    throw Error(ErrorKind::usage, "--quiet and --verbose contradict each other", "give one of them");
  }
}

Printer::~Printer() {
  clear_progress();
}

void Printer::error(const Error& error) {
  lines("error", json_ ? render(error) : "error: " + render(error));
}

void Printer::remark(std::string_view text) {
  lines("warning", text);
}

void Printer::warning(std::string_view text) {
  line("warning", json_ ? std::string(text) : "warning: " + std::string(text));
}

void Printer::note(std::string_view text) {
  if (!quiet_) line("note", text);
}

void Printer::detail(std::string_view text) {
  if (verbose_) line("detail", text);
}

void Printer::lines(std::string_view level, std::string_view text) {
  if (json_) return line(level, text);
  for (const auto part : split(text, '\n')) line(level, part);
}

void Printer::line(std::string_view level, std::string_view text) {
  clear_progress();
  if (json_) {
    std::ostringstream document;
    JsonWriter writer(document, JsonWriter::Style::compact);
    writer.begin_object();
    writer.member("time", format_instant(system_.now())).member("level", level).member("message", text);
    writer.end_object();
    writer.finish();
    err_.bytes() << document.str() << std::endl;
  } else {
    err_.line(log_line(text));
    err_.bytes().flush();
  }
}

void Printer::progress(std::string_view text) {
  err_.put("\r\x1b[K" + log_line(text, system_.columns > 1 ? system_.columns - 1 : 1));
  err_.bytes().flush();
  progress_shown_ = true;
}

void Printer::clear_progress() {
  if (!progress_shown_) return;
  err_.put(Literal("\r\x1b[K"));
  err_.bytes().flush();
  progress_shown_ = false;
}

}  // namespace kolega::cli
