// JUnit XML as GitLab, Azure, Jenkins and the GitHub reporters read it: three suites (rules, findings,
// scans), every case named uniquely with one outcome, message and text in each failure, counts that add up.
// Shape: https://github.com/jenkinsci/xunit-plugin junit-10.xsd (and testcase/@file, which GitLab links).
#include <algorithm>
#include <map>
#include <ostream>
#include <tuple>
#include <unordered_map>

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "gate/phrases.hpp"
#include "report/escape.hpp"
#include "report/fixes.hpp"
#include "report/formats.hpp"
#include "report/junit_xml.hpp"
#include "report/view.hpp"

namespace kolega::report {

using namespace junit;

namespace {

// GitLab reads files up to 30 MB and 250,000 XML objects (elements and attributes; a case here has up to
// nine).
constexpr std::size_t most_finding_cases = 20'000;
constexpr std::size_t most_finding_bytes = 24'000'000;
constexpr std::size_t most_repositories = 1000;
constexpr std::size_t longest_path = 1024;

using Cases = std::vector<Case>;

// -- the rules: each one is a case --

constexpr std::string_view rules_class = "kolega-gate.rules";

Case rule_case(const policy::Rule& rule, const gate::RuleVerdict& verdict) {
  Case entry{.classname = std::string(rules_class), .name = shown(rule.id, longest_name)};
  const auto phrase = gate::describe_rule(rule, verdict);
  switch (verdict.state) {
    case gate::RuleState::kept:
      return entry;
    case gate::RuleState::skipped:
      entry.state = CaseState::skipped;
      entry.type = "skipped";
      entry.message = "skipped: " + join(verdict.needs, "; ");
      return entry;
    case gate::RuleState::undecided:
      entry.state = CaseState::error;
      entry.type = "undecided";
      entry.message = "undecided: " + phrase;
      break;
    case gate::RuleState::broken:
      entry.state = verdict.mode == policy::Mode::block ? CaseState::failed : CaseState::skipped;
      entry.type = "broken";
      entry.message = "broken, mode " + std::string(name_of(verdict.mode)) + ": " + phrase;
      break;
  }
  if (!rule.why.empty()) entry.lines.push_back("Why this rule: " + rule.why);
  return entry;
}

Cases rule_cases(const gate::DecisionRecord& record) {
  Cases cases;
  if (!record.inputs.policy) return cases;
  UniqueNames names;
  for (std::size_t i = 0; i < record.verdict.rules.size(); ++i) {
    cases.push_back(rule_case(record.inputs.policy->rules[i], record.verdict.rules[i]));
    names.make_unique(cases.back());
  }
  if (auto bypass = gate::describe_bypass(record); !bypass.empty()) {
    cases.push_back({.classname = std::string(rules_class),
                     .name = "(bypass)",  // no id of a rule
                     .state = CaseState::skipped,
                     .type = "bypassed",
                     .message = std::move(bypass)});
  }
  return cases;
}

// -- the scans: each batch, each repository that did not finish, each gap --

constexpr std::string_view scans_class = "kolega-gate.scans";

std::string batch_name(const ScanBatch& batch) {
  return std::string(name_of(batch.type)) + (batch.id.empty() ? "" : " batch " + batch.id);
}

Duration time_of(const ScanBatch& batch) {
  constexpr Duration longest = std::chrono::hours{24 * 365};
  if (!batch.started_at || !batch.completed_at) return {};
  const auto time = std::chrono::duration_cast<Duration>(*batch.completed_at - *batch.started_at);
  return std::clamp(time, Duration{}, longest);  // the server's clock may say anything
}

void add_repositories(Cases& cases, const ScanBatch& batch) {
  std::size_t left_out = 0;
  std::size_t written = 0;
  for (const auto& repository : batch.repositories) {
    if (!unfinished(repository)) continue;
    if (written == most_repositories) {
      ++left_out;
      continue;
    }
    ++written;
    const auto status = repository.status.empty() ? "of unknown status" : repository.status;
    const auto reason = repository.status_reason.empty() ? "no reason was given" : repository.status_reason;
    cases.push_back(
        {.classname = std::string(scans_class),
         .name = shown(batch_name(batch) + ": " + repository.name, longest_name),
         .state = CaseState::error,
         .type = "repository",
         .message = "repository " + repository.name + " did not finish, it is " + status + ": " + reason});
  }
  if (left_out == 0) return;
  const auto rest = "and " + std::to_string(left_out) + " more repositories that did not finish";
  cases.push_back({.classname = std::string(scans_class),
                   .name = shown(batch_name(batch) + ": " + rest, longest_name),
                   .state = CaseState::error,
                   .type = "repository",
                   .message = rest});
}

/// An incomplete batch is an entry of the verdict's list, and a case already.
bool is_batch_case(const gate::DecisionRecord& record, const gate::Incompleteness& entry) {
  for (std::size_t i = 0; i < record.inputs.batches.size(); ++i) {
    const auto& reasons = record.verdict.batches[i].reasons;
    if (entry.detail == batch_name(record.inputs.batches[i]) + ": " + join(reasons, "; ")) return true;
  }
  return false;
}

void add_incompleteness(Cases& cases, const gate::DecisionRecord& record) {
  for (const auto& entry : record.verdict.incomplete) {
    if (is_batch_case(record, entry)) continue;
    Case gap{.classname = std::string(scans_class),
             .name = shown(std::string(name_of(entry.cause)) + ": " + entry.detail, longest_name),
             .state = CaseState::error,
             .type = std::string(name_of(entry.cause)),
             .message = entry.detail};
    if (!entry.hint.empty()) gap.lines.push_back("hint: " + entry.hint);
    if (entry.allowed) gap.lines.push_back("The policy allows this incompleteness.");
    cases.push_back(std::move(gap));
  }
}

Cases scan_cases(const gate::DecisionRecord& record) {
  Cases cases;
  for (std::size_t i = 0; i < record.inputs.batches.size(); ++i) {
    const auto& batch = record.inputs.batches[i];
    const auto& verdict = record.verdict.batches[i];
    Case entry{.classname = std::string(scans_class),
               .name = shown(batch_name(batch), longest_name),
               .time = time_of(batch)};
    if (verdict.grade != gate::Grade::complete) {
      entry.state = CaseState::error;
      entry.type = std::string(name_of(verdict.grade));
      entry.message = gate::describe_batch(batch, verdict);
    }
    cases.push_back(std::move(entry));
    add_repositories(cases, batch);
  }
  add_incompleteness(cases, record);
  UniqueNames names;
  for (auto& entry : cases) names.make_unique(entry);
  return cases;
}

// -- the findings: made one at a time, twice: first to be counted, then to be written --

class FindingCases {
 public:
  explicit FindingCases(const gate::DecisionRecord& record)
      : record_(record),
        weights_(weights(record)),
        bits_(counting_rules(record)),
        fixes_(record),
        rows_(sorted_rows(record, true)) {
    std::erase_if(rows_, [&](std::uint32_t row) {
      return weights_[row] == Weight::uncounted || weights_[row] == Weight::duplicate;
    });
    count_cases();
    if (fitting_ < rows_.size()) counts_.add(rest());
  }

  const Counts& counts() const { return counts_; }

  void write(BufferedWriter& out) {
    out.write(kept_);
    for (auto i = kept_rows_; i < fitting_; ++i) {
      prefetch(i);
      const auto& about = begin(rows_[i]);
      if (const auto numbered = numbers_.find(i); numbered != numbers_.end()) append_number(name_, numbered->second);
      append(out.pending(), about, rows_[i]);
      out.flush_full();
    }
    if (fitting_ == rows_.size()) return;
    append_case(out.pending(), rest());
    out.flush_full();
  }

 private:
  /// What the cases of one check, severity and set of rules have in common, escaped.
  struct Common {
    std::string classname{};      ///< not escaped
    std::string head{};           ///< the element up to the name
    std::string outcome{};        ///< from the file on: time, inner element, type, start of the message
    std::string counted_by{};     ///< a line of the text, as the next
    std::string check{};
    std::string_view close{};
    std::string message_start{};  ///< "high: "
  };
  using CommonKey = std::tuple<const void*, Severity, Weight, std::uint64_t, ScanType>;

  /// How many fit, and how they are called. The first of them are kept as they are written: few findings are made once.
  void count_cases() {
    constexpr std::size_t most_kept = 512 * 1024;
    UniqueNames names;
    std::string text;
    std::size_t bytes = 0;
    for (; fitting_ < std::min(most_finding_cases, rows_.size()); ++fitting_) {
      const auto row = rows_[fitting_];
      prefetch(fitting_);
      const auto& about = begin(row);
      if (const auto number = names.number_of(about.classname, name_); number > 1) {
        numbers_.emplace(fitting_, number);
        append_number(name_, number);
      }
      text.clear();
      append(text, about, row);
      bytes += text.size();
      if (bytes > most_finding_bytes) return;
      ++counts_.tests;
      ++(weights_[row] == Weight::blocks ? counts_.failures : counts_.skipped);
      if (kept_rows_ < fitting_ || bytes > most_kept) continue;
      kept_ += text;
      ++kept_rows_;
    }
  }

  /// Rows are in the order of paths, their texts in the order in which they came.
  void prefetch(std::size_t position) const {
    constexpr std::size_t ahead = 8;
    if (position + ahead >= rows_.size()) return;
    const auto& findings = record_.inputs.findings.rows;
    const auto row = rows_[position + ahead];
    findings.path(row).prefetch();
    findings.message(row).prefetch();
    findings.fingerprint(row).prefetch();
  }

  /// No line in the name: it would make a new test of every finding that moves. The fingerprint tells
  /// findings apart.
  const Common& begin(std::uint32_t row) {
    finding_ = record_.inputs.findings.rows[row];
    const auto& finding = finding_;
    plain_ = check_name(finding);
    plain_ += ": ";
    plain_ += finding.path.empty() ? std::string_view("(no path)") : finding.path.view();
    name_.clear();
    append_printable(name_, plain_.size() <= longest_name ? std::string_view(plain_) : cut(plain_, longest_name));
    if (const auto key = finding.fingerprint.text(fingerprint_).substr(0, 12); !key.empty()) {
      name_ += " (";
      append_printable(name_, key);
      name_ += ')';
    }
    return common(row);
  }

  const Common& common(std::uint32_t row) {
    const auto& finding = finding_;
    const auto severity = record_.verdict.findings[row].severity;
    // The last of the bits stands for several rules (rules_of): then only the row tells which.
    const auto bits = record_.verdict.rules.size() > 63 ? row : bits_[row];
    const CommonKey key{finding.check_id.place(), severity, weights_[row], bits, finding.scan_type};
    constexpr std::size_t most_kept = 4096;  // what is made of 63 rules and more is hardly met again
    if (common_.size() > most_kept) common_.clear();
    const auto known = common_.find(key);
    return known != common_.end() ? known->second : common_.emplace(key, make_common(row)).first->second;
  }

  Common make_common(std::uint32_t row) const {
    const auto& finding = finding_;
    const std::string severity(name_of(record_.verdict.findings[row].severity));
    const bool blocks = weights_[row] == Weight::blocks;
    Common out;
    out.classname = shown(blocks ? blocking_rule(row) : std::string(check_name(finding)), longest_name);
    out.head = "    <testcase";
    append_attribute(out.head, "classname", out.classname);
    const std::string_view element = blocks ? "failure" : "skipped";
    append_attribute(out.outcome, "time", "0.000");
    out.outcome += ">\n      <" + std::string(element);
    append_attribute(out.outcome, "type", severity);
    out.outcome += " message=\"";
    append_shown(out.counted_by, "counted by: " + rule_ids(row), longest_text);
    append_shown(out.check, "check: " + std::string(check_name(finding)) + ", " + std::string(name_of(finding.scan_type)),
                 longest_text);
    out.close = blocks ? "</failure>\n    </testcase>\n" : "\"/>\n    </testcase>\n";
    out.message_start = severity + (blocks ? ": " : ", ");
    return out;
  }

  void append(std::string& out, const Common& about, std::uint32_t row) {
    const auto& finding = finding_;
    out += about.head;
    append_attribute(out, "name", name_);
    if (is_relative(finding.path)) {
      out += " file=\"";
      append_shown(out, finding.path, longest_path);
      out += '"';
    }
    out += about.outcome;
    plain_ = about.message_start;
    if (weights_[row] != Weight::blocks) {
      plain_ += why_skipped(row);
      append_shown(out, plain_, longest_message);
      out += about.close;
      return;
    }
    if (finding.message.empty()) {
      plain_ += "(no message)";
    } else if (finding.message.view().size() <= longest_text) {
      plain_ += finding.message;
    } else {
      plain_ += cut(finding.message, longest_text);
    }
    if (plain_.size() > longest_text) plain_ = cut(plain_, longest_text);
    append_message(out, plain_);
    append_lines(out, about, row);
    out += about.close;
  }

  /// The attribute and the text behind it begin alike, so that is escaped once.
  static void append_message(std::string& out, std::string_view message) {
    constexpr std::string_view dots = "...";
    const bool whole = message.size() <= longest_message;
    const auto shared = whole ? message.size() : cut(message, longest_message).size() - dots.size();
    const auto begin = out.size();
    append_shown(out, message.substr(0, shared), longest_message);
    const auto length = out.size() - begin;
    if (!whole) out += dots;
    out += "\">";
    out.append(out, begin, length);
    append_shown(out, message.substr(shared), longest_text);
  }

  /// Their ends are real ones, where append_xml would write a reference.
  void append_lines(std::string& out, const Common& about, std::uint32_t row) const {
    const auto& finding = finding_;
    out += "\nwhere: ";
    append_shown(out, describe_place(finding), longest_text);
    if (finding.line_assigned) out += " (line assigned)";
    out += '\n';
    out += about.counted_by;
    for (const auto& line : {describe_expired(record_, row), fixes_.describe(finding)}) {
      if (line.empty()) continue;
      out += '\n';
      append_shown(out, line, longest_text);
    }
    out += '\n';
    out += about.check;
    if (finding.fingerprint.empty()) return;
    out += "\nfingerprint: ";
    append_shown(out, fingerprint_, 255);
  }

  std::string rule_ids(std::uint32_t row) const {
    std::vector<std::string> ids;
    for (const auto rule : rules_of(record_, row, bits_[row])) ids.push_back(record_.verdict.rules[rule].id);
    return (ids.size() == 1 ? "rule " : "rules ") + join(ids, ", ");
  }

  std::string blocking_rule(std::uint32_t row) const {
    for (const auto i : rules_of(record_, row, bits_[row])) {
      const auto& rule = record_.verdict.rules[i];
      if (rule.mode == policy::Mode::block && breaks(rule, record_.verdict.findings[row].severity))
        return rule.id;
    }
    return {};
  }

  std::string why_skipped(std::uint32_t row) const {
    switch (weights_[row]) {
      case Weight::warns:
        return "warns only: " + rule_ids(row);
      case Weight::observed:
        return "observed only: " + rule_ids(row);
      case Weight::within:
        return "within the limit of " + rule_ids(row);
      case Weight::triaged:
      case Weight::excluded:
      case Weight::waived:
        return describe_removal(record_, row);
      case Weight::blocks:
      case Weight::uncounted:
      case Weight::duplicate:
        break;
    }
    return "not counted";
  }

  Case rest() const {
    const auto left_out = rows_.size() - fitting_;
    const bool blocks = weights_[rows_[fitting_]] == Weight::blocks;  // the heaviest come first
    return {
        .classname = "kolega-gate.findings",
        .name = "and " + std::to_string(left_out) + " more findings",
        .state = blocks ? CaseState::failed : CaseState::skipped,
        .type = "left-out",
        .message = plural(left_out, "finding") + " left out of this file to keep within what readers accept"};
  }

  const gate::DecisionRecord& record_;
  std::vector<Weight> weights_;
  CountingRules bits_;
  FixIndex fixes_;
  std::vector<std::uint32_t> rows_;
  std::size_t fitting_{};
  Counts counts_{};
  std::map<CommonKey, Common> common_;
  std::unordered_map<std::size_t, std::size_t> numbers_;  ///< by position in rows_: of names that others had already
  Finding finding_;  ///< of the row that was begun
  std::string name_;
  std::string plain_;  ///< scratch, as the next
  std::string fingerprint_;  ///< of finding_
  std::string kept_;
  std::size_t kept_rows_{};  ///< how many from the front are in kept_
};

// -- the document --

std::string properties(const gate::DecisionRecord& record) {
  const auto& subject = record.inputs.subject;
  std::string out = "    <properties>\n";
  append_property(out, "verdict", name_of(record.verdict.outcome));
  append_property(out, "summary", gate::summary(record));
  append_property(out, "policy", describe_policy(record));
  append_property(out, "repository", subject.repository);
  append_property(out, "commit", subject.commit);
  append_property(out, "taken out", describe_removals(record));
  append_property(out, "against the baseline", describe_comparison(record));
  for (const auto& fix : describe_fixes(record)) append_property(out, "fix", fix);
  append_property(out, "sandbox", record.inputs.origin == gate::Origin::sandbox ? "true" : "");
  return out + "    </properties>\n";
}

std::string suite_head(std::string_view name, const Counts& counts, const gate::DecisionRecord& record) {
  std::string out;
  append_suite_head(out, std::string(program_name) + " " + std::string(name), counts, record.inputs.at);
  return out;
}

void write_suite(BufferedWriter& out, const std::string& head, const Cases& cases) {
  if (cases.empty()) return;
  auto text = head;
  for (const auto& entry : cases) append_case(text, entry);
  out.write(text + "  </testsuite>\n");
}

}  // namespace

void write_junit(const gate::DecisionRecord& record, const ReportOptions&, std::ostream& stream) {
  const auto rules = rule_cases(record);
  const auto scans = scan_cases(record);
  FindingCases findings(record);
  auto total = count(rules);
  total.add(findings.counts());
  total.add(count(scans));

  BufferedWriter out(stream);
  std::string head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  append_root_head(head, program_name, total);
  out.write(head);
  write_suite(out, suite_head("rules", count(rules), record) + properties(record), rules);
  if (findings.counts().tests > 0) {
    out.write(suite_head("findings", findings.counts(), record));
    findings.write(out);
    out.write("  </testsuite>\n");
  }
  write_suite(out, suite_head("scans", count(scans), record), scans);
  out.write("</testsuites>\n");
  out.flush();
}

}  // namespace kolega::report
