#include "cli/checkup.hpp"

#include <algorithm>
#include <array>
#include <ostream>

#include "base/json_writer.hpp"
#include "cli/exit_code.hpp"

namespace kolega::cli {

namespace {

constexpr std::array<std::string_view, 4> state_names{"ok", "warn", "FAIL", "skipped"};

std::string_view name_of(Check::State state) {
  return state_names[static_cast<std::size_t>(state)];
}

LogText padded(std::string_view text, std::size_t width) {
  return log_line(text) + LogSink::blanks(width - std::min(width, text.size()));
}

/// Time is the network's here: nobody waited for a scan.
int code_of(const Error& error) {
  return error.kind() == ErrorKind::timeout ? kolega::cli::exit_code(Error(ErrorKind::network, {}))
                                            : kolega::cli::exit_code(error);
}

}  // namespace

void Checkup::ok(std::string_view name, std::string detail) {
  checks_.push_back({name, Check::State::ok, std::move(detail), {}, 0});
}

void Checkup::warn(std::string_view name, std::string detail, std::string remedy) {
  checks_.push_back({name, Check::State::warn, std::move(detail), std::move(remedy), 0});
}

void Checkup::fail(std::string_view name, const Error& error) {
  const auto place = error.pos() ? describe(*error.pos()) + ": " : "";
  fail(name, place + error.message(), error.hint(), code_of(error));
}

void Checkup::fail(std::string_view name, std::string detail, std::string remedy, int exit_code) {
  checks_.push_back({name, Check::State::fail, std::move(detail), std::move(remedy), exit_code});
}

void Checkup::skip(std::string_view name, std::string why) {
  checks_.push_back({name, Check::State::skipped, std::move(why), {}, 0});
}

int Checkup::exit_code() const {
  const auto first = std::ranges::find(checks_, Check::State::fail, &Check::state);
  return first == checks_.end() ? 0 : first->exit_code;
}

void Checkup::write_text(const LogOut& out) const {
  for (const auto& check : checks_) {
    out.line(padded(name_of(check.state), 8) + padded(check.name, 11) + log_line(check.detail));
    if (!check.remedy.empty()) out.line(padded("", 19) + "-> " + log_line(check.remedy));
  }
}

void Checkup::write_json(std::ostream& out) const {
  JsonWriter json(out, JsonWriter::Style::pretty);
  json.begin_object().key("checks").begin_array();
  for (const auto& check : checks_) {
    json.one_line().begin_object();
    json.member("name", check.name).member("state", name_of(check.state)).member("detail", check.detail);
    json.member("remedy", check.remedy).end_object();
  }
  json.end_array().member("exit_code", exit_code()).end_object();
  json.finish();
}

}  // namespace kolega::cli
