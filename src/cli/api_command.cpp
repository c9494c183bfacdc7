#include "cli/api_command.hpp"

#include "base/error.hpp"
#include "cli/json_output.hpp"

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

int print_document(const Invocation& invocation, api::Client& client, const std::string& target) {
  write_json_value(invocation.streams.out, client.get_document(target));
  return 0;
}

int print_items(const Invocation& invocation, api::Client& client, const std::string& path,
                std::vector<std::pair<std::string, std::string>> query) {
  write_json_value(invocation.streams.out,
                   client.get_items(path, std::move(query), resolve_list(invocation)));
  return 0;
}

std::size_t table_columns(const sys::System& system) {
  constexpr std::size_t unlimited = 1'000'000;
  return system.stdout_terminal ? system.columns : unlimited;
}

std::string render_time(const std::optional<Instant>& at) {
  return at ? format_instant_seconds(*at) : std::string{};
}

}  // namespace kolega::cli
