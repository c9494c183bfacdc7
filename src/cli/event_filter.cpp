#include "cli/event_filter.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kolega::cli {

namespace {

/// A new type of the server must be usable, but a slip of the pen would look like "no events".
std::string event_type(const Invocation& invocation) {
  const auto word = resolve_text(invocation, "event-type");
  const auto known = event_type_words();
  if (word.empty() || std::ranges::find(known, word) != known.end()) return word;
  const bool shaped = word.size() <= 64 &&
                      std::ranges::all_of(word, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  const auto nearest = find_nearest(word, known);
  if (!shaped || nearest) {
    throw Error(ErrorKind::usage, "--event-type: unknown type '" + printable(word, 60) + "'",
                suggest(word, known));
  }
  invocation.printer.warning("--event-type: '" + word + "' is not a known type; asked for all the same");
  return word;
}

std::optional<Instant> resolve_moment(const Invocation& invocation, std::string_view option) {
  const auto text = invocation.arguments.find(option);
  if (!text) return std::nullopt;
  return parse_moment(*text, option, invocation.system.now());
}

}  // namespace

std::vector<std::string_view> event_type_words() {
  return {"detected",   "resolved_auto",  "resolved_manual", "resolved_pr_merged", "resolved_pr_linked",
          "reopened",   "status_changed", "fix_created",     "fix_started",        "fix_completed",
          "fix_failed", "fix_cancelled",  "fix_pr_created",  "fix_pr_updated"};
}

Instant parse_moment(const std::string& text, std::string_view option, Instant now) {
  if (const auto date = parse_date(text)) return *date;
  if (const auto at = parse_instant(text)) return *at;
  const auto ago = parse_duration(text);
  const auto longest = std::chrono::days(365 * 50);
  if (ago && *ago > Duration::zero() && *ago < longest) return now - *ago;
  throw Error(ErrorKind::usage, "--" + std::string(option) + ": '" + printable(text, 60) + "' is no time",
              "for example 2027-01-31T08:00:00Z, 2027-01-31, or 2h or 7d ago");
}

EventFilter resolve_event_filter(const Invocation& invocation) {
  EventFilter filter;
  filter.query = {{"finding_id", resolve_id(invocation, "finding")},
                  {"scan_type", resolve_scan_type(invocation)},
                  {"severity", resolve_word(invocation, "severity", severity_words())},
                  {"event_type", event_type(invocation)}};
  filter.since = resolve_moment(invocation, "since");
  filter.until = resolve_moment(invocation, "until");
  if (filter.since && filter.until && *filter.since > *filter.until) {
    throw Error(ErrorKind::usage, "--since is after --until: there is nothing in between",
                "since " + format_instant(*filter.since) + ", until " + format_instant(*filter.until));
  }
  return filter;
}

}  // namespace kolega::cli
