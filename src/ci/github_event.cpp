#include "ci/github_event.hpp"

#include "base/json.hpp"
#include "sys/files.hpp"

namespace kolega::ci {

namespace {

constexpr std::uint64_t largest_event = 32ULL << 20;

/// https://docs.github.com/en/webhooks/webhook-events-and-payloads: a comment's event calls the pull request
/// an issue, which then has a member "pull_request".
std::optional<JsonView> find_pull_request(const JsonView& event) {
  if (auto found = event.find("pull_request")) return found;
  auto issue = event.find("issue");
  return issue && issue->find("pull_request") ? issue : std::nullopt;
}

}  // namespace

std::optional<std::string> pull_request_of_event(const sys::Environment& environment) {
  const auto path = environment.find("GITHUB_EVENT_PATH");
  if (!path) return std::nullopt;
  try {
    const auto document =
        parse_json(sys::read_file(*path, ErrorKind::context, largest_event), *path, ErrorKind::context);
    const auto found = find_pull_request(JsonView(document, *path, ErrorKind::context));
    if (!found) return std::nullopt;
    const auto number = found->require_integer("number");
    return number > 0 ? std::optional(std::to_string(number)) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;  // no number, no comment: the caller says so
  }
}

}  // namespace kolega::ci
