#include "cli/fleet_watch.hpp"

#include <cmath>

#include "base/text.hpp"
#include "gate/phrases.hpp"

namespace kolega::cli {

namespace {

constexpr Duration log_interval = std::chrono::seconds(10);
constexpr std::size_t most_notes = 20;
constexpr std::size_t most_rules = 3;

std::string broken_rules(const fleet::Result& result) {
  std::string out;
  std::size_t count = 0;
  for (const auto& rule : result.rules) {
    if (rule.state != gate::RuleState::broken) continue;
    if (++count > most_rules) continue;
    out += (out.empty() ? "" : ", ") + rule.id + " (" + std::to_string(rule.count) + ")";
  }
  if (count > most_rules) out += " and " + plural(count - most_rules, "more rule");
  return out;
}

std::string why(const fleet::Result& result) {
  if (result.outcome == gate::Outcome::fail) return broken_rules(result);
  for (const auto& cause : result.causes) {
    if (!cause.allowed) return std::string(name_of(cause.cause)) + ": " + cause.detail;
  }
  return result.error;
}

}  // namespace

std::string FleetWatch::phrase_of(const fleet::Progress& progress) const {
  auto out = std::to_string(progress.ended) + " of " + plural(progress.total, "repository") + " done, " +
             std::to_string(progress.running) + " running, " +
             std::to_string(progress.total - progress.ended - progress.running) + " waiting; " +
             std::to_string(std::lround(progress.sent_rate)) + " requests/s";
  if (progress.rate) out += " of " + std::to_string(std::lround(*progress.rate));
  if (progress.refused > 0) out += ", " + std::to_string(progress.refused) + " refused (429)";
  if (progress.paused) out += ", the server asks to wait " + render_duration(*progress.paused);
  if (broken_ > 0) out += ", " + std::to_string(broken_) + " broken";
  if (unproven_ > 0) out += ", " + std::to_string(unproven_) + " incomplete";
  if (progress.eta) out += ", about " + render_duration(*progress.eta) + " left";
  return out;
}

void FleetWatch::on(const fleet::Progress& progress) {
  if (printer_.live()) return printer_.progress(phrase_of(progress));
  if (progress.elapsed - last_line_ < log_interval) return;
  last_line_ = progress.elapsed;
  printer_.note(phrase_of(progress));
}

void FleetWatch::on(const fleet::Result& result) {
  if (result.exit_code == 0) return;
  result.outcome == gate::Outcome::fail ? ++broken_ : ++unproven_;
  printer_.note(result.repository + ": " + gate::headline(result.outcome) + ": " + why(result));
}

void FleetWatch::note(const std::string& text) {
  if (++notes_ <= most_notes) return printer_.note(text);
  if (notes_ == most_notes + 1) printer_.note("further notes of this kind are shown with --verbose");
  printer_.detail(text);
}

}  // namespace kolega::cli
