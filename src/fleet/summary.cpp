#include "fleet/summary.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "base/text.hpp"

namespace kolega::fleet {

namespace {

constexpr int incomplete_code = 6;  // docs/exit-codes.md

/// Worst first. Bypassed stands before what the policy allows: somebody took it on themselves.
int rank(gate::Outcome outcome) {
  switch (outcome) {
    case gate::Outcome::fail:
      return 0;
    case gate::Outcome::incomplete:
      return 1;
    case gate::Outcome::bypassed:
      return 2;
    case gate::Outcome::allowed_incomplete:
      return 3;
    case gate::Outcome::warn:
      return 4;
    case gate::Outcome::pass:
      return 5;
  }
  return 0;
}

bool is_worse(const Row& a, const Row& b, Stricter stricter) {
  if (a.outcome != b.outcome) return rank(a.outcome) < rank(b.outcome);
  if (a.exit_code != b.exit_code) return stricter(a.exit_code, b.exit_code) == a.exit_code;
  static constexpr std::array<std::uint64_t, 5> none{};
  const auto& x = a.result ? a.result->by_severity : none;
  const auto& y = b.result ? b.result->by_severity : none;
  for (auto i = x.size(); i-- > 0;) {
    if (x[i] != y[i]) return x[i] > y[i];
  }
  return std::tie(a.selected->name, a.selected->id) < std::tie(b.selected->name, b.selected->id);
}

class RuleTotals {
 public:
  void add(const Result& result) {
    for (const auto& rule : result.rules) {
      auto& total = totals_[{result.policy ? result.policy->name : std::string{}, rule.id}];
      total.count += rule.count;
      switch (rule.state) {
        case gate::RuleState::broken:
          ++total.broken;
          break;
        case gate::RuleState::undecided:
          ++total.undecided;
          break;
        case gate::RuleState::kept:
          ++total.kept;
          break;
        case gate::RuleState::skipped:
          ++total.skipped;
          break;
      }
    }
  }
  std::vector<RuleTotal> take() {
    std::vector<RuleTotal> out;
    for (auto& [key, total] : totals_) {
      std::tie(total.policy, total.id) = key;
      out.push_back(std::move(total));
    }
    std::ranges::stable_sort(out, [](const RuleTotal& a, const RuleTotal& b) {
      return std::tie(a.broken, a.undecided, a.count) > std::tie(b.broken, b.undecided, b.count);
    });
    return out;
  }

 private:
  std::map<std::pair<std::string, std::string>, RuleTotal> totals_;
};

void add(std::array<std::uint64_t, 5>& to, const std::array<std::uint64_t, 5>& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

std::string are(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string describe_rules(const Result& result) {
  std::vector<std::string> broken;
  for (const auto& rule : result.rules) {
    if (rule.state == gate::RuleState::broken && rule.mode != policy::Mode::observe)
      broken.push_back(rule.id + " broken (" + std::to_string(rule.count) + ")");
  }
  return join(broken, ", ");
}

std::string describe_causes(const Result& result) {
  std::vector<std::string> causes;
  for (const auto& entry : result.causes) causes.push_back(std::string(name_of(entry.cause)) + ": " + entry.detail);
  return join(causes, "; ");
}

}  // namespace

Fleet fleet_of(const std::string& folder, const Header& header, std::vector<Result> results,
               std::vector<std::string> notes) {
  Fleet fleet;
  fleet.api_url = header.api_url;
  fleet.origin = header.origin;
  fleet.digest = selection_digest(header.selection);
  fleet.shards = header.shard.of;
  fleet.policies = header.policies;
  fleet.parts.push_back({folder, header.shard, header.tool_version, header.started_at});
  fleet.results = std::move(results);
  fleet.notes = std::move(notes);
  for (const auto& entry : header.selection) {
    if (entry.shard == header.shard.number) fleet.selected.push_back(entry);
  }
  return fleet;
}

const std::string& folder_of(const Fleet& fleet, std::uint32_t shard) {
  const auto found = std::ranges::find_if(fleet.parts, [&](const Part& part) { return part.shard.number == shard; });
  if (found == fleet.parts.end()) throw Error(ErrorKind::internal, "no folder of shard " + std::to_string(shard));
  return found->folder;
}

Summary summarise(const Fleet& fleet, Stricter stricter) {
  std::unordered_map<std::string_view, const Result*> results;
  for (const auto& result : fleet.results) results.emplace(result.repository_id, &result);
  Summary out;
  RuleTotals rules;
  bool first = true;
  for (const auto& selected : fleet.selected) {
    const auto found = results.find(selected.id);
    Row row{.selected = &selected, .result = found == results.end() ? nullptr : found->second, .exit_code = incomplete_code};
    if (row.result) {
      row.outcome = row.result->outcome;
      row.exit_code = row.result->exit_code;
      out.without_verdict += row.result->state == State::judged ? 0 : 1;
      out.findings += row.result->findings;
      add(out.by_severity, row.result->by_severity);
      add(out.by_disposition, row.result->by_disposition);
      rules.add(*row.result);
    } else {
      ++out.without_result;
    }
    ++out.outcomes[static_cast<std::size_t>(row.outcome)];
    out.exit_code = first ? row.exit_code : stricter(out.exit_code, row.exit_code);
    out.outcome = first || rank(row.outcome) < rank(out.outcome) ? row.outcome : out.outcome;
    first = false;
    out.rows.push_back(row);
  }
  if (first) out.exit_code = incomplete_code;
  std::ranges::sort(out.rows, [&](const Row& a, const Row& b) { return is_worse(a, b, stricter); });
  out.rules = rules.take();
  return out;
}

std::string describe(const Summary& summary) {
  if (summary.rows.empty()) return "no repository falls to this part, so nothing is proven";
  const auto count = [&](gate::Outcome outcome) { return summary.outcomes[static_cast<std::size_t>(outcome)]; };
  std::vector<std::string> parts;
  const auto add_part = [&](std::uint64_t number, std::string_view one, std::string_view many) {
    if (number > 0) parts.push_back(are(number, one, many));
  };
  add_part(count(gate::Outcome::fail), "fails", "fail");
  add_part(count(gate::Outcome::incomplete), "is incomplete", "are incomplete");
  add_part(count(gate::Outcome::bypassed), "is bypassed", "are bypassed");
  add_part(count(gate::Outcome::allowed_incomplete), "is incomplete and allowed", "are incomplete and allowed");
  add_part(count(gate::Outcome::warn), "warns", "warn");
  add_part(count(gate::Outcome::pass), "passes", "pass");
  return "of " + plural(summary.rows.size(), "repository") + " " + join(parts, ", ");
}

std::string describe(const Fleet& fleet, const Row& row) {
  if (!row.result) {
    const bool absent = std::ranges::find(fleet.missing, row.selected->shard) != fleet.missing.end();
    if (absent) return "no result: shard " + std::to_string(row.selected->shard) + " is missing";
    return "no result: the run ended before it had one";
  }
  if (row.result->state == State::not_started) return "not started: " + row.result->error;
  if (row.result->state == State::failed) return row.result->error;
  const auto rules = describe_rules(*row.result);
  const auto causes = describe_causes(*row.result);
  return rules.empty() || causes.empty() ? rules + causes : rules + "; " + causes;
}

std::string_view name_of(const Row& row) {
  return row.selected->name.empty() ? row.selected->id : row.selected->name;
}

std::string describe(const Part& part) {
  return "shard " + describe(part.shard) + ", started " + format_instant_seconds(part.started_at) + ", version " +
         part.tool_version;
}

}  // namespace kolega::fleet
