#include "cli/api_command.hpp"

#include <algorithm>

#include "api/wire.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/json_output.hpp"
#include "model/severity.hpp"
#include "model/triage.hpp"

namespace kolega::cli {

api::ListOptions resolve_list(const Invocation& invocation) {
  api::ListOptions options;
  options.all = invocation.arguments.has("all");
  if (const auto limit = invocation.arguments.find("limit")) {
    if (options.all)
      throw Error(ErrorKind::usage, "--limit and --all contradict each other", "give one of them");
    options.limit = parse_count(*limit, "limit", 1'000'000);
  }
  return options;
}

std::string require_id(const std::string& text, std::string_view what) {
  if (api::usable_id(text)) return text;
  throw Error(ErrorKind::usage, std::string(what) + ": '" + printable(text, 60) + "' is no id",
              "ids are letters, digits, '.', '_' and '-', as the API shows them");
}

std::string resolve_id(const Invocation& invocation, std::string_view option) {
  const auto text = invocation.arguments.find(option);
  return text ? require_id(*text, "--" + std::string(option)) : std::string{};
}

std::string resolve_word(const Invocation& invocation, std::string_view option,
                         const std::vector<std::string_view>& words) {
  const auto text = invocation.arguments.find(option);
  if (!text) return {};
  if (std::ranges::find(words, *text) != words.end()) return *text;
  throw Error(ErrorKind::usage, "--" + std::string(option) + ": unknown word '" + printable(*text, 60) + "'",
              suggest(*text, words));
}

std::string resolve_text(const Invocation& invocation, std::string_view option) {
  const auto text = invocation.arguments.find(option);
  if (!text) return {};
  if (trim(*text).empty()) throw Error(ErrorKind::usage, "--" + std::string(option) + ": the value is empty");
  return *text;
}

std::string resolve_scan_type(const Invocation& invocation) {
  const auto word = invocation.arguments.find("scan-type");
  return word ? std::string(name_of(parse_scan_type(*word))) : std::string{};
}

std::vector<std::string_view> severity_words() {
  return {severity_names.begin(), severity_names.end()};
}

std::vector<std::string_view> triage_words() {
  return {triage_names.begin(), triage_names.end()};
}

std::string repository_path(const std::string& repository_id, const std::string& tail) {
  return "/api/v1/repositories/" + net::path_segment(repository_id, "the repository id") + tail;
}

int print_document(const Invocation& invocation, api::Client& client, const std::string& target) {
  write_json_value(invocation.streams.out.bytes(), client.get_document(target));
  return 0;
}

int print_items(const Invocation& invocation, api::Client& client, const std::string& path, Query query) {
  write_json_value(invocation.streams.out.bytes(),
                   client.get_items(path, std::move(query), resolve_list(invocation)));
  return 0;
}

boost::json::value send_change(api::Client& client, const std::string& method, const std::string& target,
                               std::string body, const std::string& what, const std::string& doubt) {
  try {
    return client.change_document(method, target, std::move(body), what);
  } catch (const net::TransportError& error) {
    if (!error.maybe_sent()) throw;
    throw Error(error.kind(), error.message(), doubt);
  } catch (const api::HttpError& error) {
    if (error.status() < 500) throw;
    throw Error(error.kind(), error.message(), doubt);
  }
}

void require_about(const JsonView& document, std::string_view key, const std::string& id) {
  const auto about = document.require_string(key);
  if (about != id) document.require(key).fail("the answer is about another, '" + printable(about, 80) + "'");
}

std::string shown_text(const JsonView& object, std::string_view key) {
  return std::string(object.optional_string(key).value_or(""));
}

std::string shown_time(const JsonView& object, std::string_view key) {
  const auto text = shown_text(object, key);
  const auto at = parse_instant(text);
  return at ? format_instant_seconds(*at) : text;
}

std::string shown_list(const JsonView& object, std::string_view key) {
  std::string out;
  for (const auto word : object.optional_strings(key)) out += (out.empty() ? "" : ", ") + std::string(word);
  return out;
}

std::size_t table_columns(const sys::System& system) {
  constexpr std::size_t unlimited = 1'000'000;
  return system.stdout_terminal ? system.columns : unlimited;
}

std::string render_time(const std::optional<Instant>& at) {
  return at ? format_instant_seconds(*at) : std::string{};
}

void note_limit(const Invocation& invocation, const api::ListOptions& options, std::size_t shown) {
  if (options.all || shown < static_cast<std::size_t>(options.limit)) return;
  invocation.printer.note("the first " + std::to_string(shown) + "; see more with --limit N or --all");
}

}  // namespace kolega::cli
