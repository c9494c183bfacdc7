#include "report/explain.hpp"

#include <algorithm>
#include <ostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "gate/explain.hpp"
#include "gate/phrases.hpp"
#include "gate/remedy.hpp"
#include "report/escape.hpp"
#include "report/view.hpp"
#include "report/wrap.hpp"

namespace kolega::report {

namespace {

constexpr std::size_t most_findings = 20;
constexpr std::size_t narrowest = 40;
constexpr std::size_t widest = 120;

/// Lines for people: a heading, and entries of a label with wrapped text behind it.
class Page {
 public:
  Page(std::ostream& out, std::size_t width) : out_(out), width_(std::clamp(width, narrowest, widest)) {}

  void heading(Literal text) {
    out_.line();
    out_.line(text);
  }
  void entry(std::size_t indent, std::string_view label, std::string_view text) {
    std::string start(indent, ' ');
    start += wrap(label, width_ - indent).empty() ? std::string{} : wrap(label, width_ - indent).front();
    if (!label.empty()) start += "  ";
    const auto margin = std::min(display_width(start), width_ / 2);
    bool first = true;
    for (const auto& words : wrap(text, width_ - margin)) {
      line((first ? start : std::string(margin, ' ')) + words);
      first = false;
    }
    if (first) line(start);
  }
  void text(std::size_t indent, std::string_view text) { entry(indent, {}, text); }
  void finish() {
    if (!out_.bytes()) throw Error(ErrorKind::output, "writing failed: the stream is broken or the disk is full");
  }

 private:
  /// Folding may have put a CI command at the start of a line.
  void line(std::string_view text) { out_.line(log_line(text, width_)); }

  LogOut out_;
  std::size_t width_;
};

std::string at(const SourcePos& pos) {
  const auto place = describe(pos);
  return place.empty() ? std::string{} : " (" + place + ")";
}

/// "severity high, src/a.c:3, check, fingerprint": enough to find it again.
std::string describe_finding(const gate::DecisionRecord& record, std::uint32_t row) {
  const auto& finding = record.inputs.findings.rows[row];
  std::string out(name_of(record.verdict.findings[row].severity));
  out += "  " + cut(describe_place(finding), 200) + "  " + cut(check_name(finding), 100);
  if (!finding.fingerprint.empty()) out += "  " + cut(finding.fingerprint.str(), 100);
  return out;
}

std::vector<std::string> deciding_rules(const gate::DecisionRecord& record, const gate::Remedy& remedy,
                                        std::uint32_t row) {
  std::vector<std::string> out;
  for (const auto& excess : remedy.rules) {
    const auto& rule = record.verdict.rules[excess.rule];
    if (std::binary_search(rule.counted.begin(), rule.counted.end(), row)) out.push_back(rule.id);
  }
  return out;
}

class VerdictPage {
 public:
  VerdictPage(const gate::DecisionRecord& record, std::ostream& out, std::size_t width)
      : record_(record), remedy_(gate::find_remedy(record)), page_(out, width) {}

  void write() {
    const auto& inputs = record_.inputs;
    page_.text(0, gate::headline(record_.verdict.outcome) + ": " + gate::summary(record_));
    page_.text(0, "decided as of " + format_instant(inputs.at) + " by kolega-gate " + record_.tool_version +
                      ", " + describe_policy(record_));
    write_sources();
    write_rules();
    write_waivers();
    write_incomplete();
    write_remedy();
    page_.finish();
  }

 private:
  void write_sources() {
    if (!record_.inputs.policy) return;
    for (const auto& source : record_.inputs.policy->sources)
      page_.entry(0, "policy file", source.name + ", sha256 " + source.sha256);
  }

  void write_rules() {
    if (!record_.inputs.policy) return;
    page_.heading("Rules");
    const auto& rules = record_.inputs.policy->rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const auto& verdict = record_.verdict.rules[i];
      page_.entry(2, gate::name_of(verdict.state),
                  gate::describe_rule(rules[i], verdict) + "; mode " +
                      std::string(policy::name_of(verdict.mode)) + at(rules[i].pos));
      page_.text(4, "counts " + policy::describe(rules[i].when));
      if (!rules[i].why.empty()) page_.text(4, "because " + rules[i].why);
      write_excess(i);
    }
  }

  void write_excess(std::size_t index) {
    for (const auto& excess : remedy_.rules) {
      if (excess.rule != index) continue;
      std::vector<std::string> parts;
      for (const auto& [severity, count] : excess.by_severity)
        parts.push_back(std::to_string(count) + " " + std::string(name_of(severity)));
      auto text = std::to_string(excess.count) + " of " + plural(excess.candidates, "finding") + " must go";
      if (parts.size() > 1) text += " (" + join(parts, ", ") + ")";
      if (excess.limit) text += "; it would hold with " + gate::describe_limit(*excess.limit);
      page_.text(4, text);
    }
  }

  void write_waivers() {
    const auto& policy = record_.inputs.policy;
    if (!policy || !policy->waivers || policy->waivers->list.empty()) return;
    page_.heading("Waivers");
    const auto& list = policy->waivers->list;
    for (std::size_t i = 0; i < list.size(); ++i)
      page_.text(2, gate::describe_waiver(list[i], record_.verdict.waivers[i]) + at(list[i].pos));
  }

  void write_incomplete() {
    if (record_.verdict.incomplete.empty()) return;
    page_.heading("Missing");
    for (const auto& entry : record_.verdict.incomplete) {
      page_.entry(2, name_of(entry.cause), entry.detail + (entry.allowed ? " (the policy allows it)" : ""));
      if (!entry.hint.empty()) page_.entry(4, "remedy:", entry.hint);
    }
  }

  void write_remedy() {
    if (remedy_.rules.empty() && remedy_.ways.empty()) return;
    page_.heading("What would turn it");
    std::vector<bool> told(remedy_.ways.size());
    for (std::size_t i = 0; i < remedy_.ways.size(); ++i) {
      if (told[i]) continue;
      std::vector<std::string> means;
      for (std::size_t j = i; j < remedy_.ways.size(); ++j) {
        if (!same(remedy_.ways[i], remedy_.ways[j])) continue;
        told[j] = true;
        means.push_back(describe(remedy_.ways[j].means));
      }
      write_way(remedy_.ways[i], means);
    }
    for (const auto& [means, why] : remedy_.closed)
      page_.text(2, "Not by the way to " + describe(means) + ": " + why);
  }

  static bool same(const gate::Way& a, const gate::Way& b) {
    return a.rows == b.rows && a.outcome == b.outcome && a.unused_waivers == b.unused_waivers;
  }

  std::string describe(gate::Means means) const {
    switch (means) {
      case gate::Means::fix:
        return "fix";
      case gate::Means::waive:
        return "waive";
      case gate::Means::triage: {
        const auto words = gate::describe_honored(*record_.inputs.policy);
        return words.empty() ? "triage" : "mark as " + words;
      }
    }
    return {};
  }

  void write_way(const gate::Way& way, const std::vector<std::string>& means) {
    const auto then = ", and the verdict is " + std::string(gate::name_of(way.outcome));
    const auto waivers = way.unused_waivers.empty()
                             ? std::string{}
                             : "remove the unused " +
                                   std::string(way.unused_waivers.size() == 1 ? "waiver " : "waivers ") +
                                   join(way.unused_waivers, ", ");
    if (way.rows.empty()) {
      page_.text(2, "Policy: " + waivers + then);
      return;
    }
    page_.text(2, "Either " + join(means, ", or ") + " " +
                      (way.findings == 1 ? "this finding" : "these " + plural(way.findings, "finding")) +
                      (waivers.empty() ? "" : ", and " + waivers) + then + ":");
    for (std::size_t i = 0; i < std::min(way.rows.size(), most_findings); ++i)
      page_.text(4, describe_finding(record_, way.rows[i]) + counting_rules(way.rows[i]));
    if (way.rows.size() > most_findings)
      page_.text(4, "... and " + plural(way.rows.size() - most_findings, "more row") + "; --json lists all");
  }

  /// Which of the rules that decided count it, where there are several.
  std::string counting_rules(std::uint32_t row) const {
    if (remedy_.rules.size() < 2) return {};
    return "  (" + join(deciding_rules(record_, remedy_, row), ", ") + ")";
  }

  const gate::DecisionRecord& record_;
  gate::Remedy remedy_;
  Page page_;
};

std::string joined(TextList words) {
  std::vector<std::string> out;
  for (const auto word : words) out.push_back(cut(word.view(), 100));
  return join(out, ", ");
}

class FindingPage {
 public:
  FindingPage(const gate::DecisionRecord& record, std::uint32_t row, Page& page)
      : record_(record),
        finding_(record.inputs.findings.rows[row]),
        answer_(gate::explain_finding(record, row)),
        page_(page) {}

  void write() {
    page_.text(0, describe_finding(record_, answer_.row));
    page_.text(2, message_of(finding_, 1000));
    write_facts();
    write_rules();
    write_waivers();
  }

 private:
  void fact(std::string_view label, const std::string& value) {
    if (!value.empty()) page_.entry(2, std::string(label) + ":", value);
  }

  void write_facts() {
    const auto& judged = record_.verdict.findings[answer_.row];
    const auto* details = finding_.details;
    page_.heading("Facts");
    fact("severity", cut(finding_.severity_word.view(), 60) + ", ranks as " +
                         std::string(name_of(judged.severity)) +
                         (judged.unknown_severity ? " (the word is unknown)" : ""));
    fact("became of it", removal(judged));
    fact("scan", batch());
    if (judged.is_new) fact("in the baseline", *judged.is_new ? "no: it is new" : "yes");
    if (judged.in_changed_file) fact("changed here", changed(judged));
    fact("CWE", joined(finding_.cwe));
    fact("OWASP", joined(finding_.owasp));
    if (!details) {
      fact("on the server", "not known: it could not be joined with the server's finding list");
    } else {
      fact("status", cut(details->status, 60));
      if (details->cvss_score) fact("CVSS", format_score(*details->cvss_score));
      fact("category", cut(details->category, 100));
      if (details->first_detected_at) fact("first detected", format_instant(*details->first_detected_at));
      fact("finding id", cut(details->id, 100));
    }
    if (answer_.twins > 1) {
      fact("twins",
           std::to_string(answer_.twins) +
               " findings of one check, path and message: which status, age and line belong to which "
               "fingerprint is not known" +
               (finding_.line_assigned ? "; the line was dealt out" : ""));
    }
    fact("expired waiver", describe_expired(record_, answer_.row));
  }

  static std::string format_score(double score) {
    auto text = std::to_string(score);
    return text.substr(0, text.find('.') + 2);
  }

  std::string removal(const gate::FindingVerdict& judged) const {
    const auto removed = describe_removal(record_, answer_.row);
    return removed.empty() ? std::string(gate::name_of(judged.disposition)) : removed;
  }

  static std::string changed(const gate::FindingVerdict& judged) {
    if (judged.on_changed_line && *judged.on_changed_line) return "its line";
    return *judged.in_changed_file ? "its file, not its line" : "neither its file nor its line";
  }

  std::string batch() const {
    const auto& batch = record_.inputs.batches[finding_.batch];
    std::string out(name_of(batch.type));
    if (!batch.id.empty()) out += " batch " + batch.id;
    if (!finding_.repository.empty()) out += ", repository " + cut(finding_.repository.view(), 200);
    return out;
  }

  void write_rules() {
    page_.heading("Rules");
    const auto& rules = record_.inputs.policy->rules;
    for (const auto& answer : answer_.rules) {
      const auto& rule = rules[answer.rule];
      const auto& verdict = record_.verdict.rules[answer.rule];
      auto text = rule.id + at(rule.pos);
      if (!answer.why.empty()) text += ": " + join(answer.why, "; ");
      if (answer.answer == gate::Answer::counted) {
        text += "; the rule is " + std::string(gate::name_of(verdict.state)) + ", mode " +
                std::string(policy::name_of(verdict.mode)) + ", " + std::to_string(verdict.count) +
                " found, " + gate::describe_limit(rule, verdict);
      }
      page_.entry(2, words(answer.answer), text);
    }
  }

  static std::string_view words(gate::Answer answer) {
    switch (answer) {
      case gate::Answer::counted:
        return "counted    ";
      case gate::Answer::may_count:
        return "may count  ";
      case gate::Answer::not_counted:
        return "not counted";
    }
    return {};
  }

  void write_waivers() {
    if (answer_.waivers.empty()) return;
    page_.heading("Waivers that match");
    for (const auto& answer : answer_.waivers) {
      const auto& waiver = record_.inputs.policy->waivers->list[answer.waiver];
      const auto& verdict = record_.verdict.waivers[answer.waiver];
      page_.entry(2, answer.took_it ? "took it" : "did not",
                  (answer.why.empty() ? "" : answer.why + "; ") + gate::describe_waiver(waiver, verdict) +
                      at(waiver.pos));
    }
  }

  const gate::DecisionRecord& record_;
  Finding finding_;
  gate::FindingAnswer answer_;
  Page& page_;
};

}  // namespace

void write_verdict_explained(const gate::DecisionRecord& record, const ReportOptions& options,
                             std::ostream& out) {
  VerdictPage(record, out, options.width).write();
}

void write_findings_explained(const gate::DecisionRecord& record, const std::vector<std::uint32_t>& rows,
                              const ReportOptions& options, std::ostream& out) {
  Page page(out, options.width);
  bool first = true;
  for (const auto row : rows) {
    if (!first) page.heading("");
    FindingPage(record, row, page).write();
    first = false;
  }
  page.finish();
}

}  // namespace kolega::report
