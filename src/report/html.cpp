// One self-contained page for people. It asks nobody for anything: style and script are inside, and the
// content security policy names them by their hashes, so nothing else could run even if an escape were
// wrong.
#include <algorithm>
#include <ostream>

#include "base/text.hpp"
#include "base/version.hpp"
#include "gate/phrases.hpp"
#include "report/escape.hpp"
#include "report/fixes.hpp"
#include "report/formats.hpp"
#include "report/html_findings.hpp"
#include "report/html_parts.hpp"
#include "report/view.hpp"

namespace kolega::report {

namespace {

constexpr std::size_t most_entries = 200;  // of each list beside the findings
constexpr std::size_t most_repositories = 20;

Literal tone(const gate::RuleVerdict& rule) {
  if (rule.state == gate::RuleState::kept) return "good";
  if (rule.state == gate::RuleState::skipped) return "";
  if (rule.state == gate::RuleState::undecided || rule.mode != policy::Mode::block) return "warn";
  return "bad";
}

/// What the needs of a rule in this state are.
Literal label_of(gate::RuleState state) {
  switch (state) {
    case gate::RuleState::skipped:
      return "Skipped: ";
    case gate::RuleState::undecided:
      return "Undecided: ";
    case gate::RuleState::kept:
    case gate::RuleState::broken:
      break;
  }
  return "Not all is known: ";
}

class HtmlReport {
 public:
  HtmlReport(const gate::DecisionRecord& record, std::ostream& out) : record_(record), out_(out) {}

  void write() {
    write_head();
    write_top();
    write_verdict();
    write_gaps();
    out_.write("<div class=\"pair\">");
    write_severities();
    write_trend();
    write_rules();
    out_.write("</div>\n");
    write_html_findings(record_, [this](const Html& piece) { out_.write(piece); });
    write_waivers();
    write_fixes();
    write_notices();
    write_scans();
    write_footer();
    out_.end();
  }

 private:
  void write_head() {
    const auto& subject = record_.inputs.subject;
    out_.write(html_head(html(gate::headline(record_.verdict.outcome)) +
                         (subject.repository.empty() ? Html() : " · " + html_text(subject.repository, 100)) + " · " +
                         html(program_name)));
  }

  void write_top() {
    const auto& subject = record_.inputs.subject;
    auto out =
        "<header class=\"top\"><b>" +
        (subject.repository.empty() ? html(program_name) : html_text(subject.repository, 150)) + "</b>";
    if (!subject.branch.empty()) out += "<span>branch <code>" + html_text(subject.branch, 100) + "</code></span>";
    if (!subject.commit.empty())
      out += "<span>commit <code>" + html_text(subject.commit.substr(0, 12), 12) + "</code></span>";
    if (!subject.change.empty()) out += "<span>change " + html_text(subject.change, 30) + "</span>";
    out += "<span>" + html(format_instant_seconds(record_.inputs.at)) + "</span>";
    if (const auto url = http_url(subject.run_url); !url.empty())
      out += "<a rel=\"noreferrer\" href=\"" + html(url) + "\">CI run</a>";
    out_.write(out + "</header>\n");
    if (record_.inputs.origin == gate::Origin::sandbox) {
      out_.write(
          "<p class=\"sandbox\">Sandbox run: this verdict is about the sandbox, not about the Kolega "
          "service.</p>\n");
    }
  }

  void write_verdict() {
    const auto outcome = record_.verdict.outcome;
    out_.write(html_verdict(outcome, gate::summary(record_), describe_outcome(outcome)));
  }

  void write_rest(std::size_t count, std::string_view noun) {
    if (count > most_entries)
      out_.write("<li class=\"soft\">… and " + html(plural(count - most_entries, "more " + std::string(noun))) +
                 "</li>\n");
  }

  void write_gaps() {
    const auto& gaps = record_.verdict.incomplete;
    if (gaps.empty()) return;
    out_.write("<section class=\"card\"><h2>What is missing <small>" + Html(gaps.size()) +
               "</small></h2><ul class=\"list\">\n");
    for (std::size_t i = 0; i < std::min(gaps.size(), most_entries); ++i) {
      const auto& gap = gaps[i];
      out_.write("<li><span class=\"pill " + Html(gap.allowed ? Literal("warn") : Literal("bad")) + "\">" +
                 html(name_of(gap.cause)) + (gap.allowed ? Literal(", allowed by the policy") : Literal("")) +
                 "</span> " + html_text(gap.detail, 600) +
                 (gap.hint.empty() ? Html() : "<p class=\"remedy\">What to do: " + html_text(gap.hint, 400) + "</p>") +
                 "</li>\n");
    }
    write_rest(gaps.size(), "gap");
    out_.write("</ul></section>\n");
  }

  void write_severities() {
    const auto& tally = record_.verdict.tally;
    const auto most = *std::max_element(tally.by_severity.begin(), tally.by_severity.end());
    Html out("<section class=\"card\"><h2>Active findings</h2><dl class=\"bars\">");
    for (auto i = all_severities.size(); i-- > 0;) {
      std::array<std::uint64_t, 5> one{};
      one[i] = tally.by_severity[i];
      out += "<dt>" + html(severity_names[i]) + "</dt><dd>" + html_bar(one, most) +
             "</dd><dd class=\"number\">" + Html(one[i]) + "</dd>";
    }
    const auto removals = describe_removals(record_);
    out_.write(out + "</dl><p class=\"soft\">" + html(plural(tally.total, "finding")) + " in all" +
               (removals.empty() ? Html() : ", of these " + html(removals)) + ".</p></section>\n");
  }

  /// What was there, what is there, and what of it is new, severity by severity.
  void write_trend() {
    if (!record_.verdict.comparison) return;
    const auto& comparison = *record_.verdict.comparison;
    Html out("<section class=\"card\"><h2>Against the baseline</h2>");
    if (comparison.baseline > 0) {
      const auto& active = record_.verdict.tally.by_severity;
      const auto most = std::max(*std::max_element(comparison.baseline_by_severity.begin(),
                                                   comparison.baseline_by_severity.end()),
                                 *std::max_element(active.begin(), active.end()));
      out += "<dl class=\"bars\">";
      for (auto i = all_severities.size(); i-- > 0;) {
        const auto row = [&](const Html& label, std::uint64_t count) {
          std::array<std::uint64_t, 5> one{};
          one[i] = count;
          out += "<dt>" + label + "</dt><dd>" + html_bar(one, most) + "</dd><dd class=\"number\">" +
                 Html(count) + "</dd>";
        };
        row(html(severity_names[i]) + ", baseline", comparison.baseline_by_severity[i]);
        row(html(severity_names[i]) + ", today", active[i]);
      }
      out += "</dl>";
    }
    out_.write(out + "<p class=\"soft\">" + html_text(describe_comparison(record_), 400) + ".</p></section>\n");
  }

  void write_rules() {
    const auto& rules = record_.verdict.rules;
    out_.write("<section class=\"card\"><h2>Rules <small>" + html_text(describe_name(), 100) +
               "</small></h2><ul class=\"rules\">\n");
    if (!record_.inputs.policy)
      out_.write("<li class=\"soft\">No policy was read, so nothing was judged.</li>");
    std::uint64_t most = 1;
    for (const auto& rule : rules) most = std::max(most, rule.count);
    for (std::size_t i = 0; i < std::min(rules.size(), most_entries); ++i) write_rule(i, most);
    write_rest(rules.size(), "rule");
    out_.write("</ul></section>\n");
  }

  std::string describe_name() const {
    return record_.inputs.policy ? record_.inputs.policy->name : std::string{};
  }

  void write_rule(std::size_t index, std::uint64_t most) {
    const auto& verdict = record_.verdict.rules[index];
    const auto& rule = record_.inputs.policy->rules[index];
    auto found = std::to_string(verdict.count) + " found";
    if (verdict.count > 0) found += " (" + gate::describe_counts(verdict.by_severity) + ")";
    auto out = "<li><div class=\"line\"><strong>" + html_text(rule.id, 80) +
                      "</strong><span class=\"pill " + Html(tone(verdict)) + "\">" +
                      html(name_of(verdict.state)) + "</span><span class=\"soft\">mode " +
                      html(name_of(verdict.mode)) + "</span><span class=\"soft end\">" + html(found) +
                      ", " + html(gate::describe_limit(rule, verdict)) + "</span></div>" +
                      html_bar(verdict.by_severity, most);
    if (!rule.why.empty()) out += "<p class=\"soft\">" + html_text(rule.why, 300) + "</p>";
    if (!verdict.needs.empty()) {
      out += "<p class=\"soft\">" + Html(label_of(verdict.state)) +
             html_text(join(verdict.needs, "; "), 400) + "</p>";
    }
    out_.write(out + "</li>\n");
  }

  void write_list(Literal heading, std::string_view noun, const std::vector<std::string>& all) {
    if (all.empty()) return;
    out_.write("<section class=\"card\"><h2>" + Html(heading) + "</h2><ul class=\"list\">\n");
    for (std::size_t i = 0; i < std::min(all.size(), most_entries); ++i)
      out_.write("<li>" + html_text(all[i], 600) + "</li>\n");
    write_rest(all.size(), noun);
    out_.write("</ul></section>\n");
  }

  void write_waivers() { write_list("Waivers", "waiver", describe_waivers(record_)); }

  void write_fixes() {
    const auto& fixes = record_.inputs.fixes;
    if (fixes.empty()) return;
    out_.write("<section class=\"card\"><h2>Fixes</h2><ul class=\"list\">\n");
    for (std::size_t i = 0; i < std::min(fixes.size(), most_entries); ++i) write_fix(fixes[i]);
    write_rest(fixes.size(), "fix");
    out_.write("</ul></section>\n");
  }

  void write_fix(const gate::Fix& fix) {
    auto out = "<li><div class=\"line\"><strong>" + html_text(fix.place, 200) +
                      "</strong><span class=\"pill " + (is_completed(fix) ? Literal("good") : Literal("warn")) + "\">" +
                      (fix.status.empty() ? Html("no fix") : html_text(fix.status, 40)) + "</span>";
    if (!fix.id.empty()) out += "<span class=\"soft\">fix <code>" + html_text(fix.id, 100) + "</code></span>";
    out += "<span class=\"soft end\">" + html(plural(fix.finding_ids.size(), "finding")) + "</span></div>";
    if (!fix.detail.empty()) out += "<p class=\"soft\">" + html_text(fix.detail, 400) + "</p>";
    if (const auto diff = describe_diff(record_, fix); !diff.empty())
      out += "<p class=\"soft\">Diff: <code>" + html_text(diff, 300) + "</code></p>";
    for (std::size_t i = 0; i < std::min(fix.pull_requests.size(), most_repositories); ++i) {
      const auto url = http_url(fix.pull_requests[i]);
      out += "<p>Pull request: " +
             (url.empty() ? html_text(fix.pull_requests[i], 300)
                          : "<a rel=\"noreferrer\" href=\"" + html(url) + "\">" + html(url) + "</a>") +
             "</p>";
    }
    out_.write(out + "</li>\n");
  }

  void write_notices() {
    std::vector<std::string> all = record_.verdict.notices;
    all.insert(all.end(), record_.inputs.notes.begin(), record_.inputs.notes.end());
    write_list("Notices", "notice", all);
  }

  void write_scans() {
    const auto& batches = record_.inputs.batches;
    if (batches.empty()) return;
    out_.write("<section class=\"card\"><h2>Scans</h2><ul class=\"list\">\n");
    for (std::size_t i = 0; i < std::min(batches.size(), most_entries); ++i)
      write_scan(batches[i], record_.verdict.batches[i]);
    write_rest(batches.size(), "scan");
    out_.write("</ul></section>\n");
  }

  void write_scan(const ScanBatch& batch, const gate::BatchVerdict& verdict) {
    const bool complete = verdict.grade == gate::Grade::complete;
    auto out = "<li><div class=\"line\"><strong>" + html(name_of(batch.type)) +
                      "</strong><span class=\"pill " + (complete ? Literal("good") : Literal("bad")) + "\">" +
                      html(name_of(verdict.grade)) + "</span>";
    if (!batch.id.empty())
      out += "<span class=\"soft\">batch <code>" + html_text(batch.id, 100) + "</code></span>";
    out += "<span class=\"soft end\">" +
           html(plural(static_cast<std::size_t>(std::max<std::int64_t>(batch.rows_received, 0)), "row")) +
           " read</span></div>";
    if (const auto scanned = describe_scanned(batch); !scanned.empty())
      out += "<div class=\"soft\">" + html_text(scanned, 500) + "</div>";
    std::size_t count = 0;
    for (const auto& repository : batch.repositories) {
      if (!unfinished(repository) || ++count > most_repositories) continue;
      out +=
          "<div class=\"soft\">" + html_text(repository.name, 150) + " is " + html_text(repository.status, 60) + ": " +
          (repository.status_reason.empty() ? Html("no reason was given") : html_text(repository.status_reason, 300)) +
          "</div>";
    }
    if (count > most_repositories)
      out += "<div class=\"soft\">… and " + Html(count - most_repositories) +
             " more that did not finish</div>";
    out_.write(out + "</li>\n");
  }

  void write_fact(Literal name, const Html& value) {
    if (!value.empty()) out_.write("<dt>" + Html(name) + "</dt><dd>" + value + "</dd>\n");
  }

  void write_footer() {
    const auto& inputs = record_.inputs;
    out_.write("<footer><dl>");
    if (inputs.policy) {
      write_fact("Policy", html_text(inputs.policy->name.empty() ? "unnamed" : inputs.policy->name, 150));
      write_fact("Digest", "<code>" + html(policy::digest(*inputs.policy)) + "</code>");
    }
    write_fact("Decided", html(format_instant_seconds(inputs.at)));
    write_fact("Program", html(program_name) + " " + html_text(record_.tool_version, 40));
    write_fact("API", html_text(inputs.api_url, 150));
    for (std::size_t i = 0; i < std::min(inputs.files.size(), most_entries); ++i) {
      const auto& file = inputs.files[i];
      write_fact("Read from", html_text(file.name, 200) + " <code>sha256 " + html_text(file.sha256, 64) + "</code>");
    }
    out_.write("</dl></footer>\n");
  }

  const gate::DecisionRecord& record_;
  HtmlOut out_;
};

}  // namespace

void write_html(const gate::DecisionRecord& record, const ReportOptions&, std::ostream& out) {
  HtmlReport(record, out).write();
}

}  // namespace kolega::report
