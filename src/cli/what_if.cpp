#include "cli/what_if.hpp"

#include <algorithm>
#include <ostream>

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/batch_groups.hpp"
#include "cli/text_table.hpp"
#include "gate/phrases.hpp"

namespace kolega::cli {

std::string repository_name(const Repository& repository) {
  return repository.sources.empty() ? repository.name : repository.sources.front().full_name;
}

namespace {

std::vector<std::string> missing_types(const policy::Policy& policy, const PastRun& group) {
  std::vector<std::string> out;
  for (const auto type : policy.scan.types) {
    const bool there = std::ranges::find(group.batches, type, &ScanBatch::type) != group.batches.end();
    if (!there) out.emplace_back(name_of(type));
  }
  return out;
}

/// "fail: serious 3, secrets 1".
std::string describe_verdict(const std::optional<gate::DecisionRecord>& record) {
  if (!record) return "-";
  const auto& verdict = record->verdict;
  std::string out(gate::name_of(verdict.outcome));
  std::vector<std::string> parts;
  for (const auto& rule : verdict.rules) {
    if (rule.state == gate::RuleState::broken && rule.mode != policy::Mode::observe)
      parts.push_back(rule.id + " " + std::to_string(rule.count));
  }
  if (parts.empty()) {
    for (const auto& entry : verdict.incomplete) parts.emplace_back(name_of(entry.cause));
  }
  return parts.empty() ? out : out + ": " + join(parts, ", ");
}

/// Less than 0: the new policy is milder.
int compare(const JudgedRun& judged) {
  if (!judged.current || !judged.proposed) return 0;
  const auto one = static_cast<int>(judged.current->verdict.outcome);
  const auto other = static_cast<int>(judged.proposed->verdict.outcome);
  return other < one ? -1 : other > one ? 1 : 0;
}

std::string_view change_of(const JudgedRun& judged) {
  if (!judged.current || !judged.proposed) return "";
  const int order = compare(judged);
  return order < 0 ? "milder" : order > 0 ? "stricter" : "same";
}

struct Counts {
  std::size_t same{};
  std::size_t milder{};
  std::size_t stricter{};
  std::size_t not_compared{};
};

Counts count(const std::vector<JudgedRun>& all) {
  Counts out;
  for (const auto& judged : all) {
    if (!judged.current || !judged.proposed) {
      ++out.not_compared;
    } else {
      const int order = compare(judged);
      ++(order < 0 ? out.milder : order > 0 ? out.stricter : out.same);
    }
  }
  return out;
}

}  // namespace

void write_what_if(const LogOut& out, const std::vector<JudgedRun>& all, const PolicyPair& policies,
                   std::size_t columns) {
  std::vector<Row> rows{{"SCANNED", "REPOSITORY", "SCANS", "FINDINGS", "CURRENT", "NEW", "CHANGE"}};
  for (const auto& judged : all) {
    std::vector<std::string> scans;
    for (const auto& batch : judged.run.batches)
      scans.emplace_back(scan_type_short_names[static_cast<std::size_t>(batch.type)]);
    auto missing = missing_types(policies.current, judged.run);
    for (auto& type : missing_types(policies.proposed, judged.run)) {
      if (std::ranges::find(missing, type) == missing.end()) missing.push_back(std::move(type));
    }
    rows.push_back({format_instant_seconds(time_of(judged.run.batches.front())),
                    repository_name(judged.run.repository),
                    join(scans, "+") + (missing.empty() ? "" : ", without " + join(missing, ", ")),
                    std::to_string(judged.findings), describe_verdict(judged.current),
                    describe_verdict(judged.proposed), std::string(change_of(judged))});
  }
  write_rows(out, rows, columns);
  const auto counts = count(all);
  auto sums = LogText(all.size()) + " judged: " + LogText(counts.same) + " the same, " +
              LogText(counts.stricter) + " stricter, " + LogText(counts.milder) + " milder";
  if (counts.not_compared > 0) sums += ", " + LogText(counts.not_compared) + " not compared";
  out.line(sums);
}

namespace {

class JsonPage {
 public:
  explicit JsonPage(std::ostream& out) : json_(out, JsonWriter::Style::pretty) {}

  void write(const std::vector<JudgedRun>& all, const PolicyPair& policies, Instant at) {
    json_.begin_object();
    text("at", format_instant(at));
    text("note", std::string(triage_note));
    write_policy("current", policies.current);
    write_policy("new", policies.proposed);
    const auto counts = count(all);
    json_.key("summary").one_line().begin_object();
    json_.member("judged", static_cast<std::uint64_t>(all.size()));
    json_.member("same", static_cast<std::uint64_t>(counts.same));
    json_.member("stricter", static_cast<std::uint64_t>(counts.stricter));
    json_.member("milder", static_cast<std::uint64_t>(counts.milder));
    json_.member("not_compared", static_cast<std::uint64_t>(counts.not_compared)).end_object();
    json_.key("runs").begin_array();
    for (const auto& judged : all) write_run(judged, policies);
    json_.end_array().end_object();
    json_.finish();
  }

 private:
  void text(std::string_view key, const std::string& value) { json_.member(key, std::string_view(value)); }
  void texts(std::string_view key, const std::vector<std::string>& values) {
    json_.key(key).one_line().begin_array();
    for (const auto& value : values) json_.value(std::string_view(value));
    json_.end_array();
  }
  void write_policy(std::string_view key, const policy::Policy& policy) {
    json_.key(key).one_line().begin_object();
    text("name", policy.name);
    text("sha256", policy::digest(policy));
    json_.end_object();
  }

  void write_run(const JudgedRun& judged, const PolicyPair& policies) {
    json_.begin_object();
    text("repository_id", judged.run.repository.id);
    text("repository", repository_name(judged.run.repository));
    json_.key("batches").begin_array();
    for (const auto& batch : judged.run.batches) {
      json_.one_line().begin_object();
      text("batch_id", batch.id);
      json_.member("scan_type", name_of(batch.type));
      if (batch.completed_at) text("completed_at", format_instant(*batch.completed_at));
      json_.end_object();
    }
    json_.end_array();
    json_.member("findings", static_cast<std::uint64_t>(judged.findings));
    json_.member("change", change_of(judged));
    write_verdict("current", judged.current, missing_types(policies.current, judged.run));
    write_verdict("new", judged.proposed, missing_types(policies.proposed, judged.run));
    json_.end_object();
  }

  void write_verdict(std::string_view key, const std::optional<gate::DecisionRecord>& record,
                     const std::vector<std::string>& missing) {
    json_.key(key);
    if (!record) {
      json_.null();
      return;
    }
    json_.begin_object().member("outcome", gate::name_of(record->verdict.outcome));
    text("summary", gate::summary(*record));
    texts("without", missing);
    json_.key("rules").begin_array();
    for (const auto& rule : record->verdict.rules) {
      json_.one_line().begin_object();
      text("id", rule.id);
      json_.member("mode", policy::name_of(rule.mode)).member("state", gate::name_of(rule.state));
      json_.member("count", rule.count).end_object();
    }
    json_.end_array().end_object();
  }

  JsonWriter json_;
};

}  // namespace

void write_what_if_json(std::ostream& out, const std::vector<JudgedRun>& all, const PolicyPair& policies,
                        Instant at) {
  JsonPage(out).write(all, policies, at);
}

}  // namespace kolega::cli
