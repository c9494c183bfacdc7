// One self-contained page for people, in the dress of the report on one repository (report/html.cpp): the same style
// and script, the same content security policy by their hashes.
#include <algorithm>
#include <ostream>

#include "base/text.hpp"
#include "base/version.hpp"
#include "fleet/formats.hpp"
#include "gate/phrases.hpp"
#include "report/escape.hpp"
#include "report/html_parts.hpp"
#include "report/view.hpp"

namespace kolega::fleet {

namespace {

using report::html;
using report::Html;

/// More make a browser on a phone slow; the rest is in results.jsonl and the JSON summary.
constexpr std::size_t most_rows = 2000;
constexpr std::size_t most_entries = 50;  ///< of each list beside the repositories
constexpr std::size_t most_words = 20;    ///< of each list inside a row

Html pill(Literal kind, const Html& word) {
  return "<span class=\"pill " + Html(kind) + "\">" + word + "</span>";
}

/// 0 is critical, 4 info, 5 none: what the script filters and sorts by.
std::size_t weight(const Row& row) {
  for (std::size_t i = all_severities.size(); row.result && i-- > 0;) {
    if (row.result->by_severity[i] > 0) return all_severities.size() - 1 - i;
  }
  return all_severities.size();
}

class Page {
 public:
  Page(const Fleet& fleet, const Summary& summary, std::ostream& out) : fleet_(fleet), summary_(summary), out_(out) {
    for (const auto& row : summary.rows) {
      if (row.result) most_ = std::max(most_, total(row.result->by_severity));
    }
  }

  void write() {
    write_head();
    write_verdict();
    write_list("Notices", fleet_.notes);
    out_.write("<div class=\"pair\">");
    write_severities();
    write_rules();
    out_.write("</div>\n");
    write_rows();
    write_footer();
    out_.end();
  }

 private:
  static std::uint64_t total(const std::array<std::uint64_t, 5>& counts) {
    std::uint64_t sum = 0;
    for (const auto count : counts) sum += count;
    return sum;
  }

  void write_head() {
    out_.write(report::html_head(html(gate::headline(summary_.outcome)) + " · fleet · " + html(program_name)));
    Html out = "<header class=\"top\"><b>Fleet of " + html(plural(summary_.rows.size(), "repository")) + "</b><span>" +
                      report::html_text(fleet_.api_url, 150) + "</span>";
    if (fleet_.shards > 1)
      out += "<span>" + html(plural(fleet_.parts.size(), "shard")) + " of " + Html(fleet_.shards) + "</span>";
    if (!fleet_.parts.empty()) out += "<span>" + html(format_instant_seconds(fleet_.parts.front().started_at)) + "</span>";
    out_.write(out + "</header>\n");
    if (fleet_.origin == gate::Origin::sandbox) {
      out_.write("<p class=\"sandbox\">Sandbox run: this is about the sandbox, not about the Kolega service.</p>\n");
    }
  }

  void write_verdict() {
    out_.write(report::html_verdict(summary_.outcome, describe(summary_),
                                    "exit code " + std::to_string(summary_.exit_code)));
  }

  void write_list(Literal heading, const std::vector<std::string>& all) {
    if (all.empty()) return;
    out_.write("<section class=\"card\"><h2>" + Html(heading) + "</h2><ul class=\"list\">\n");
    for (std::size_t i = 0; i < std::min(all.size(), most_entries); ++i)
      out_.write("<li>" + report::html_text(all[i], 600) + "</li>\n");
    if (all.size() > most_entries)
      out_.write("<li class=\"soft\">… and " + Html(all.size() - most_entries) + " more</li>\n");
    out_.write("</ul></section>\n");
  }

  void write_severities() {
    const auto most = *std::ranges::max_element(summary_.by_severity);
    Html out("<section class=\"card\"><h2>Active findings</h2><dl class=\"bars\">");
    for (auto i = all_severities.size(); i-- > 0;) {
      std::array<std::uint64_t, 5> one{};
      one[i] = summary_.by_severity[i];
      out += "<dt>" + html(severity_names[i]) + "</dt><dd>" + report::html_bar(one, most) +
             "</dd><dd class=\"number\">" + Html(one[i]) + "</dd>";
    }
    out_.write(out + "</dl><p class=\"soft\">" + html(plural(summary_.findings, "finding")) + " in all.</p></section>\n");
  }

  void write_rules() {
    out_.write("<section class=\"card\"><h2>Rules <small>over all repositories</small></h2><ul class=\"rules\">\n");
    if (summary_.rules.empty()) out_.write("<li class=\"soft\">No rule was judged.</li>");
    const auto shown = std::min(summary_.rules.size(), most_entries);
    for (std::size_t i = 0; i < shown; ++i) {
      const auto& rule = summary_.rules[i];
      const Literal kind = rule.broken > 0 ? Literal("bad") : rule.undecided > 0 ? Literal("warn") : Literal("good");
      auto word = rule.broken > 0 ? "broken in " + Html(rule.broken) : Html("kept");
      if (rule.broken == 0 && rule.undecided > 0) word = "undecided in " + Html(rule.undecided);
      out_.write("<li><div class=\"line\"><strong>" + report::html_text(rule.id, 80) + "</strong>" + pill(kind, word) +
                 (rule.policy.empty() ? Html() : "<span class=\"soft\">" + report::html_text(rule.policy, 80) + "</span>") +
                 "<span class=\"soft end\">" + html(plural(rule.count, "finding")) + "; kept in " +
                 Html(rule.kept) + ", undecided in " + Html(rule.undecided) + "</span></div></li>\n");
    }
    if (summary_.rules.size() > shown)
      out_.write("<li class=\"soft\">… and " + html(plural(summary_.rules.size() - shown, "more rule")) + "</li>\n");
    out_.write("</ul></section>\n");
  }

  void write_tools() {
    Html out = "<section class=\"card\"><h2>Repositories <small>" + Html(summary_.rows.size()) +
                      "</small></h2>\n<div class=\"tools\" id=\"tools\" hidden><input type=\"search\" "
                      "placeholder=\"Filter by name, rule, cause\" aria-label=\"Filter\">";
    for (std::size_t i = 0; i < summary_.outcomes.size(); ++i) {
      const auto outcome = static_cast<gate::Outcome>(i);
      if (summary_.outcomes[i] == 0) continue;
      out += "<label><input type=\"checkbox\" checked value=\"" + Html(i) + "\">" +
             html(gate::name_of(outcome)) + " " + Html(summary_.outcomes[i]) + "</label>";
    }
    out_.write(out +
               "<select aria-label=\"Active findings\"><option value=\"0-9\">all</option>"
               "<option value=\"0-0\">critical</option><option value=\"0-1\">high or worse</option>"
               "<option value=\"0-2\">medium or worse</option><option value=\"0-4\">any finding</option>"
               "<option value=\"5-5\">no finding</option></select><output></output></div>\n"
               "<table id=\"findings\"><thead><tr><th>Outcome</th><th>Repository</th><th>Rules</th>"
               "<th>Active findings</th></tr></thead><tbody>\n");
  }

  void write_rows() {
    if (summary_.rows.empty()) return;
    write_tools();
    const auto shown = std::min(summary_.rows.size(), most_rows);
    for (std::size_t i = 0; i < shown; ++i) out_.write(row_text(summary_.rows[i]));
    out_.write("</tbody></table>");
    if (shown < summary_.rows.size()) {
      out_.write("<p class=\"cut\">The first " + Html(shown) + " of " +
                 html(plural(summary_.rows.size(), "repository")) +
                 ", worst first. All of them are in the JSON summary (-o json).</p>");
    }
    out_.write("</section>\n");
  }

  Html row_text(const Row& row) const {
    Html out = "<tr data-severity=\"" + Html(static_cast<int>(row.outcome)) + "\" data-weight=\"" +
               Html(weight(row)) + "\"><td>" + pill(report::html_tone(row.outcome), html(gate::name_of(row.outcome))) +
               "</td><td><strong>" + report::html_text(name_of(row), 200) + "</strong>";
    if (const auto why = describe(fleet_, row); !why.empty()) out += "<div class=\"soft\">" + report::html_text(why, 400) + "</div>";
    return out + more(row) + "</td><td>" + rules(row) + "</td><td>" + findings(row) + "</td></tr>\n";
  }

  static Html rules(const Row& row) {
    if (!row.result || row.result->rules.empty()) return Html("<span class=\"soft\">none judged</span>");
    Html out;
    std::size_t count = 0;
    for (const auto& rule : row.result->rules) {
      if (rule.state == gate::RuleState::kept || rule.state == gate::RuleState::skipped || ++count > most_words) continue;
      const bool bad = rule.state == gate::RuleState::broken && rule.mode == policy::Mode::block;
      out += pill(bad ? Literal("bad") : Literal("warn"), html(gate::name_of(rule.state))) + " <code>" + report::html_text(rule.id, 80) + "</code> " +
             Html(rule.count) + "<br>";
    }
    return out.empty() ? "<span class=\"soft\">" + html(plural(row.result->rules.size(), "rule")) + " kept</span>" : out;
  }

  Html findings(const Row& row) const {
    const auto words = describe_severities(row);
    if (words.empty()) return row.result ? Html("<span class=\"soft\">none</span>") : Html("<span class=\"soft\">not known</span>");
    return report::html_bar(row.result->by_severity, most_) + "<span class=\"soft\">" + html(words) + "</span>";
  }

  static void add_fact(Html& out, Literal name, const Html& value) {
    if (!value.empty()) out += "<dt>" + Html(name) + "</dt><dd>" + value + "</dd>";
  }

  Html more(const Row& row) const {
    Html out("<details><summary>more</summary><dl>");
    add_fact(out, "Id", "<code>" + html(row.selected->id) + "</code>");
    add_fact(out, "Exit code", Html(row.exit_code));
    if (row.result) add_facts(out, *row.result);
    return out + "</dl></details>";
  }

  static void add_facts(Html& out, const Result& result) {
    std::size_t count = 0;
    for (const auto& cause : result.causes) {
      if (!cause.hint.empty() && ++count <= most_words) add_fact(out, "What to do", report::html_text(cause.hint, 400));
    }
    count = 0;
    for (const auto& batch : result.batches) {
      if (++count > most_words) break;
      out += "<dt>" + html(name_of(batch.type)) + "</dt><dd>" + html(gate::name_of(batch.grade)) +
             (batch.id.empty() ? Html() : ", batch <code>" + report::html_text(batch.id, 128) + "</code>") + "</dd>";
    }
    if (result.policy) add_fact(out, "Policy", report::html_text(result.policy->name, 150) + " <code>" + html(result.policy->digest.substr(0, 12)) + "</code>");
    if (result.record) {
      add_fact(out, "Record", "<code>" + html(result.record->path) + "</code>");
      add_fact(out, "SHA-256", "<code>" + html(result.record->sha256) + "</code>");
    }
    add_fact(out, "Took", html(render_duration(std::chrono::duration_cast<Duration>(result.ended - result.began))));
  }

  void write_fact(Literal name, const Html& value) {
    if (!value.empty()) out_.write("<dt>" + Html(name) + "</dt><dd>" + value + "</dd>\n");
  }

  void write_footer() {
    out_.write("<footer><dl>");
    for (std::size_t i = 0; i < std::min(fleet_.policies.size(), most_entries); ++i) {
      const auto& policy = fleet_.policies[i];
      write_fact("Policy", report::html_text(policy.name, 150) + " <code>" + html(policy.digest) + "</code>");
    }
    write_fact("Selection", "<code>" + html(fleet_.digest) + "</code>");
    for (std::size_t i = 0; i < std::min(fleet_.parts.size(), most_entries); ++i)
      write_fact("Run", report::html_text(describe(fleet_.parts[i]), 200));
    out_.write("</dl></footer>\n");
  }

  const Fleet& fleet_;
  const Summary& summary_;
  report::HtmlOut out_;
  std::uint64_t most_{1};
};

}  // namespace

void write_html(const Fleet& fleet, const Summary& summary, const FormatOptions&, std::ostream& out) {
  Page(fleet, summary, out).write();
}

}  // namespace kolega::fleet
