// A summary for a merge request comment or a job summary. Under 60 KB whatever the record holds: GitHub drops
// a step summary over 1 MiB whole and cuts a comment at 65,536 characters.
#include <algorithm>
#include <ostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "gate/phrases.hpp"
#include "report/escape.hpp"
#include "report/fixes.hpp"
#include "report/formats.hpp"
#include "report/view.hpp"

namespace kolega::report {

namespace {

constexpr std::size_t most_findings = 50;
constexpr std::size_t most_pull_requests = 3;
/// How far the page may have grown when a section's rows end, in bytes. A row has at most some 6 KB (every
/// character an entity), so the page ends below 60,000.
constexpr std::size_t incompleteness_end = 10'000;
constexpr std::size_t rules_end = 22'000;
constexpr std::size_t findings_end = 40'000;
constexpr std::size_t waivers_end = 42'000;
constexpr std::size_t fixes_end = 44'000;
constexpr std::size_t notices_end = 46'000;
constexpr std::size_t scans_end = 48'000;

Markdown text(std::string_view hostile, std::size_t limit) {
  return markdown(cut(hostile, limit));
}
Markdown code(std::string_view hostile, std::size_t limit) {
  return markdown_code(cut(hostile, limit));
}

class MarkdownPage {
 public:
  explicit MarkdownPage(const gate::DecisionRecord& record) : record_(record) {}

  Markdown make() {
    add_verdict();
    add_incompleteness();
    add_rules();
    add_counts();
    add_findings();
    add_waivers();
    add_fixes();
    add_notices();
    add_scans();
    add_footer();
    return std::move(page_);
  }

 private:
  /// Writes rows from `row(i)` until the page has grown to `end`, then says how many are left.
  template <class Row>
  void add_rows(std::size_t count, std::size_t end, std::string_view noun, Row row) {
    std::size_t i = 0;
    for (; i < count && page_.size() < end; ++i) page_ += row(i) + "\n";
    if (i < count) page_ += "\n… and " + markdown_words(plural(count - i, "more " + std::string(noun))) + "\n";
  }

  void add_verdict() {
    const auto outcome = record_.verdict.outcome;
    page_ += "## " + Markdown(outcome_sign(outcome)) + " " + name() + ": " +
             markdown(gate::headline(outcome)) + "\n\n" + text(gate::summary(record_), 600) + "\n";
    if (record_.inputs.origin == gate::Origin::sandbox) {
      page_ += "\n**Sandbox run:** this verdict is about the sandbox, not about the Kolega service.\n";
    }
  }

  void add_incompleteness() {
    const auto& entries = record_.verdict.incomplete;
    if (entries.empty()) return;
    page_ += "\n### What is missing\n\n";
    add_rows(entries.size(), incompleteness_end, "gap", [&](std::size_t i) {
      const auto& entry = entries[i];
      auto row = "- **" + markdown_words(name_of(entry.cause)) + "**" +
                 (entry.allowed ? Literal(" (allowed by the policy)") : Literal("")) + ": " + text(entry.detail, 400);
      if (!entry.hint.empty()) row += "<br>What to do: " + text(entry.hint, 300);
      return row;
    });
  }

  void add_rules() {
    const auto& rules = record_.verdict.rules;
    if (rules.empty() || !record_.inputs.policy) return;
    page_ += "\n### Rules\n\n| Rule | State | Found | Limit | Mode |\n|---|---|---|---|---|\n";
    add_rows(rules.size(), rules_end, "rule", [&](std::size_t i) {
      const auto& rule = rules[i];
      auto state = markdown_words(name_of(rule.state));
      if (rule.state == gate::RuleState::broken || rule.state == gate::RuleState::undecided)
        state = "**" + state + "**";
      Markdown found(rule.count);
      if (rule.count > 0) found += " (" + markdown_words(gate::describe_counts(rule.by_severity)) + ")";
      if (!rule.needs.empty()) found += ", " + text(join(rule.needs, "; "), 200);
      return "| " + code(rule.id, 80) + " | " + state + " | " + found + " | " +
             markdown_words(gate::describe_limit(record_.inputs.policy->rules[i], rule)) + " | " +
             markdown_words(name_of(rule.mode)) + " |";
    });
  }

  void add_counts() {
    const auto& tally = record_.verdict.tally;
    page_ += "\n### Findings\n\n|";
    for (auto i = all_severities.size(); i-- > 0;) page_ += " " + markdown_words(severity_names[i]) + " |";
    page_ += "\n|--:|--:|--:|--:|--:|\n|";
    for (auto i = all_severities.size(); i-- > 0;) page_ += " " + Markdown(tally.by_severity[i]) + " |";
    const auto removals = describe_removals(record_);
    page_ += "\n\n" + markdown_words(plural(tally.total, "finding")) + " in all" +
             (removals.empty() ? Markdown() : ", of these " + markdown_words(removals)) + ".\n";
    if (const auto compared = describe_comparison(record_); !compared.empty())
      page_ += "\nAgainst the baseline: " + text(compared, 400) + ".\n";
  }

  void add_findings() {
    const auto weight = weights(record_);
    auto rows = sorted_rows(record_, true);
    std::erase_if(rows, [&](std::uint32_t row) { return weight[row] > Weight::warns; });
    if (rows.empty()) return;
    const auto bits = counting_rules(record_);
    page_ += "\n### Over a limit\n\n| Severity | Where | Check | Message | Rules |\n|---|---|---|---|---|\n";
    const auto shown = std::min(rows.size(), most_findings);
    const auto before = page_.size();
    std::size_t written = 0;
    for (; written < shown && page_.size() < findings_end; ++written)
      page_ += finding_row(rows[written], bits);
    if (page_.size() > before && written < rows.size()) {
      page_ += "\n… and " + markdown_words(plural(rows.size() - written, "more finding")) + "\n";
    }
  }

  Markdown finding_row(std::uint32_t row, const CountingRules& bits) const {
    const auto& finding = record_.inputs.findings.rows[row];
    std::vector<std::string> ids;
    for (const auto rule : rules_of(record_, row, bits[row])) ids.push_back(record_.verdict.rules[rule].id);
    return "| " + markdown_words(name_of(record_.verdict.findings[row].severity)) + " | " +
           code(describe_place(finding), 120) + " | " + code(check_name(finding), 80) + " | " +
           text(finding.message, 160) + expired_note(row) + " | " + text(join(ids, ", "), 80) + " |\n";
  }

  Markdown expired_note(std::uint32_t row) const {
    const auto expired = describe_expired(record_, row);
    return expired.empty() ? Markdown() : "<br>" + text(expired, 150);
  }

  void add_waivers() {
    const auto waivers = describe_waivers(record_);
    if (waivers.empty()) return;
    page_ += "\n### Waivers\n\n";
    add_rows(waivers.size(), waivers_end, "waiver",
             [&](std::size_t i) { return "- " + text(waivers[i], 300); });
  }

  void add_fixes() {
    const auto& fixes = record_.inputs.fixes;
    if (fixes.empty()) return;
    page_ += "\n### Fixes\n\n";
    add_rows(fixes.size(), fixes_end, "fix", [&](std::size_t i) { return "- " + fix_row(fixes[i]); });
  }

  Markdown fix_row(const gate::Fix& fix) const {
    auto row = code(fix.place, 120) + ": ";
    row += fix.id.empty() ? Markdown("no fix") : "fix " + code(fix.id, 60);
    if (!fix.status.empty()) row += " " + text(fix.status, 40);
    if (!fix.detail.empty()) row += ", " + text(fix.detail, 200);
    if (const auto diff = describe_diff(record_, fix); !diff.empty()) row += ", diff: " + code(diff, 200);
    for (std::size_t i = 0; i < std::min(fix.pull_requests.size(), most_pull_requests); ++i) {
      const auto link = markdown_link("pull request", fix.pull_requests[i]);
      row += ", " + (link.empty() ? text(fix.pull_requests[i], 200) : link);
    }
    return row;
  }

  void add_notices() {
    const auto& notices = record_.verdict.notices;
    const auto& notes = record_.inputs.notes;
    if (notices.empty() && notes.empty()) return;
    page_ += "\n### Notices\n\n";
    add_rows(notices.size() + notes.size(), notices_end, "notice", [&](std::size_t i) {
      return "- " + text(i < notices.size() ? notices[i] : notes[i - notices.size()], 400);
    });
  }

  void add_scans() {
    const auto& batches = record_.inputs.batches;
    if (batches.empty()) return;
    page_ += "\n### Scans\n\n";
    // The reasons of an incomplete batch stand under what is missing.
    add_rows(batches.size(), scans_end, "scan", [&](std::size_t i) {
      auto row = "- " + text(gate::describe_batch(batches[i], {record_.verdict.batches[i].grade, {}}), 300);
      if (const auto scanned = describe_scanned(batches[i]); !scanned.empty())
        row += "<br>" + text(scanned, 150);
      return row;
    });
  }

  void add_footer() {
    const auto& subject = record_.inputs.subject;
    page_ += "\n---\n" + text(describe_policy(record_), 150);
    if (!subject.repository.empty()) page_ += " · " + text(subject.repository, 100);
    if (!subject.commit.empty()) page_ += " at " + code(subject.commit.substr(0, 12), 12);
    page_ += " · " + markdown_words(format_instant_seconds(record_.inputs.at)) + " · " + name() + " " +
             text(record_.tool_version, 40);
    if (const auto link = markdown_link("run", subject.run_url); !link.empty()) page_ += " · " + link;
    page_ += "\n";
  }

  static Markdown name() { return markdown_words(program_name); }

  const gate::DecisionRecord& record_;
  Markdown page_;
};

}  // namespace

void write_markdown(const gate::DecisionRecord& record, const ReportOptions&, std::ostream& out) {
  const auto page = MarkdownPage(record).make();
  out << page.view();
  if (!out) throw Error(ErrorKind::output, "writing failed: the stream is broken or the disk is full");
}

}  // namespace kolega::report
