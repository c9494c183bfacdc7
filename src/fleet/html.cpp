// One self-contained page for people, in the dress of the report on one repository (report/html.cpp): the same style
// and script, the same content security policy by their hashes.
#include <algorithm>
#include <ostream>

#include "base/digest.hpp"
#include "base/json_writer.hpp"
#include "base/signature.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "fleet/formats.hpp"
#include "fleet/plain.hpp"
#include "gate/phrases.hpp"
#include "report/escape.hpp"
#include "report/html/assets.hpp"
#include "report/view.hpp"

namespace kolega::fleet {

namespace {

/// More make a browser on a phone slow; the rest is in results.jsonl and the JSON summary.
constexpr std::size_t most_rows = 2000;
constexpr std::size_t most_entries = 50;  ///< of each list beside the repositories
constexpr std::size_t most_words = 20;    ///< of each list inside a row

std::string text(std::string_view hostile, std::size_t limit) {
  return plain(report::html(report::cut(hostile, limit)));
}
std::string html(std::string_view hostile) {
  return plain(report::html(hostile));
}

std::string pill(std::string_view kind, const std::string& escaped) {
  return "<span class=\"pill " + std::string(kind) + "\">" + escaped + "</span>";
}

std::string_view tone(gate::Outcome outcome) {
  switch (outcome) {
    case gate::Outcome::pass:
      return "good";
    case gate::Outcome::warn:
    case gate::Outcome::allowed_incomplete:
    case gate::Outcome::bypassed:
      return "warn";
    case gate::Outcome::incomplete:
    case gate::Outcome::fail:
      return "bad";
  }
  return "bad";
}

std::string_view sign(gate::Outcome outcome) {
  const auto kind = tone(outcome);
  if (kind == "good") return "<path d=\"M14 27l8 8 16-18\"/>";
  if (kind == "warn") return "<path d=\"M26 14v15M26 37v.5\"/>";
  return "<path d=\"M17 17l18 18M35 17L17 35\"/>";
}

/// 'sha256-...' of https://www.w3.org/TR/CSP3/#grammardef-hash-source
std::string hash_source(std::string_view content) {
  const auto hex = sha256_hex(content);
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return "'sha256-" + base64_encode(bytes) + "'";
}

std::string page_head(const std::string& title) {
  const auto style = plain(report::html_style());
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src " +
         hash_source(style) + "; script-src " + hash_source(plain(report::html_script())) +
         "; base-uri 'none'; form-action 'none'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"referrer\" content=\"no-referrer\">\n<title>" +
         html(title) + "</title>\n<style>" + style + "</style></head>\n<body><div class=\"wrap\">\n";
}

std::string verdict_text(gate::Outcome outcome, const std::string& summary, const std::string& below) {
  return "<section class=\"verdict " + std::string(tone(outcome)) +
         "\"><svg viewBox=\"0 0 52 52\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"4\" "
         "stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\"><circle cx=\"26\" cy=\"26\" "
         "r=\"23\" stroke-width=\"3\"/>" +
         std::string(sign(outcome)) + "</svg><div><h1>" + html(gate::headline(outcome)) + "</h1><p>" +
         text(summary, 600) + "</p><p>" + html(below) + ".</p></div></section>\n";
}

/// Widths as SVG attributes: an inline style would need its own leave in the content security policy.
std::string bar(const std::array<std::uint64_t, 5>& by_severity, std::uint64_t full) {
  std::string out = "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">";
  std::uint64_t x = 0;
  for (auto i = by_severity.size(); i-- > 0;) {
    if (by_severity[i] == 0) continue;
    const auto share = static_cast<double>(by_severity[i]) / static_cast<double>(std::max<std::uint64_t>(full, 1));
    const auto width = std::max<std::uint64_t>(static_cast<std::uint64_t>(share * 1000), 6);
    out += "<rect class=\"s" + std::to_string(i) + "\" x=\"" + std::to_string(x) + "\" width=\"" +
           std::to_string(width) + "\" height=\"10\"/>";
    x += width;
  }
  return out + "</svg>";
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
    out_.write("</div>\n<script>");
    out_.write(plain(report::html_script()));
    out_.write("</script>\n</body></html>\n");
    out_.flush();
  }

 private:
  static std::uint64_t total(const std::array<std::uint64_t, 5>& counts) {
    std::uint64_t sum = 0;
    for (const auto count : counts) sum += count;
    return sum;
  }

  void write_head() {
    out_.write(page_head(gate::headline(summary_.outcome) + " · fleet · " + std::string(program_name)));
    std::string out = "<header class=\"top\"><b>Fleet of " + plural(summary_.rows.size(), "repository") + "</b><span>" +
                      text(fleet_.api_url, 150) + "</span>";
    if (fleet_.shards > 1)
      out += "<span>" + plural(fleet_.parts.size(), "shard") + " of " + std::to_string(fleet_.shards) + "</span>";
    if (!fleet_.parts.empty()) out += "<span>" + format_instant_seconds(fleet_.parts.front().started_at) + "</span>";
    out_.write(out + "</header>\n");
    if (fleet_.origin == gate::Origin::sandbox) {
      out_.write("<p class=\"sandbox\">Sandbox run: this is about the sandbox, not about the Kolega service.</p>\n");
    }
  }

  void write_verdict() {
    out_.write(verdict_text(summary_.outcome, describe(summary_),
                                    "exit code " + std::to_string(summary_.exit_code)));
  }

  void write_list(std::string_view heading, const std::vector<std::string>& all) {
    if (all.empty()) return;
    out_.write("<section class=\"card\"><h2>" + std::string(heading) + "</h2><ul class=\"list\">\n");
    for (std::size_t i = 0; i < std::min(all.size(), most_entries); ++i)
      out_.write("<li>" + text(all[i], 600) + "</li>\n");
    if (all.size() > most_entries)
      out_.write("<li class=\"soft\">… and " + std::to_string(all.size() - most_entries) + " more</li>\n");
    out_.write("</ul></section>\n");
  }

  void write_severities() {
    const auto most = *std::ranges::max_element(summary_.by_severity);
    std::string out = "<section class=\"card\"><h2>Active findings</h2><dl class=\"bars\">";
    for (auto i = all_severities.size(); i-- > 0;) {
      std::array<std::uint64_t, 5> one{};
      one[i] = summary_.by_severity[i];
      out += "<dt>" + std::string(severity_names[i]) + "</dt><dd>" + bar(one, most) +
             "</dd><dd class=\"number\">" + std::to_string(one[i]) + "</dd>";
    }
    out_.write(out + "</dl><p class=\"soft\">" + plural(summary_.findings, "finding") + " in all.</p></section>\n");
  }

  void write_rules() {
    out_.write("<section class=\"card\"><h2>Rules <small>over all repositories</small></h2><ul class=\"rules\">\n");
    if (summary_.rules.empty()) out_.write("<li class=\"soft\">No rule was judged.</li>");
    const auto shown = std::min(summary_.rules.size(), most_entries);
    for (std::size_t i = 0; i < shown; ++i) {
      const auto& rule = summary_.rules[i];
      const std::string_view kind = rule.broken > 0 ? "bad" : rule.undecided > 0 ? "warn" : "good";
      auto word = rule.broken > 0 ? "broken in " + std::to_string(rule.broken) : std::string("kept");
      if (rule.broken == 0 && rule.undecided > 0) word = "undecided in " + std::to_string(rule.undecided);
      out_.write("<li><div class=\"line\"><strong>" + text(rule.id, 80) + "</strong>" + pill(kind, word) +
                 (rule.policy.empty() ? "" : "<span class=\"soft\">" + text(rule.policy, 80) + "</span>") +
                 "<span class=\"soft end\">" + plural(rule.count, "finding") + "; kept in " +
                 std::to_string(rule.kept) + ", undecided in " + std::to_string(rule.undecided) + "</span></div></li>\n");
    }
    if (summary_.rules.size() > shown)
      out_.write("<li class=\"soft\">… and " + plural(summary_.rules.size() - shown, "more rule") + "</li>\n");
    out_.write("</ul></section>\n");
  }

  void write_tools() {
    std::string out = "<section class=\"card\"><h2>Repositories <small>" + std::to_string(summary_.rows.size()) +
                      "</small></h2>\n<div class=\"tools\" id=\"tools\" hidden><input type=\"search\" "
                      "placeholder=\"Filter by name, rule, cause\" aria-label=\"Filter\">";
    for (std::size_t i = 0; i < summary_.outcomes.size(); ++i) {
      const auto outcome = static_cast<gate::Outcome>(i);
      if (summary_.outcomes[i] == 0) continue;
      out += "<label><input type=\"checkbox\" checked value=\"" + std::to_string(i) + "\">" +
             html(gate::name_of(outcome)) + " " + std::to_string(summary_.outcomes[i]) + "</label>";
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
      out_.write("<p class=\"cut\">The first " + std::to_string(shown) + " of " +
                 plural(summary_.rows.size(), "repository") +
                 ", worst first. All of them are in the JSON summary (-o json).</p>");
    }
    out_.write("</section>\n");
  }

  std::string row_text(const Row& row) const {
    auto out = "<tr data-severity=\"" + std::to_string(static_cast<int>(row.outcome)) + "\" data-weight=\"" +
               std::to_string(weight(row)) + "\"><td>" + pill(tone(row.outcome), html(gate::name_of(row.outcome))) +
               "</td><td><strong>" + text(name_of(row), 200) + "</strong>";
    if (const auto why = describe(fleet_, row); !why.empty()) out += "<div class=\"soft\">" + text(why, 400) + "</div>";
    return out + more(row) + "</td><td>" + rules(row) + "</td><td>" + findings(row) + "</td></tr>\n";
  }

  static std::string rules(const Row& row) {
    if (!row.result || row.result->rules.empty()) return "<span class=\"soft\">none judged</span>";
    std::string out;
    std::size_t count = 0;
    for (const auto& rule : row.result->rules) {
      if (rule.state == gate::RuleState::kept || rule.state == gate::RuleState::skipped || ++count > most_words) continue;
      const bool bad = rule.state == gate::RuleState::broken && rule.mode == policy::Mode::block;
      out += pill(bad ? "bad" : "warn", html(gate::name_of(rule.state))) + " <code>" + text(rule.id, 80) + "</code> " +
             std::to_string(rule.count) + "<br>";
    }
    return out.empty() ? "<span class=\"soft\">" + plural(row.result->rules.size(), "rule") + " kept</span>" : out;
  }

  std::string findings(const Row& row) const {
    const auto words = describe_severities(row);
    if (words.empty()) return row.result ? "<span class=\"soft\">none</span>" : "<span class=\"soft\">not known</span>";
    return bar(row.result->by_severity, most_) + "<span class=\"soft\">" + html(words) + "</span>";
  }

  static void add_fact(std::string& out, std::string_view name, const std::string& escaped) {
    if (!escaped.empty()) out += "<dt>" + std::string(name) + "</dt><dd>" + escaped + "</dd>";
  }

  std::string more(const Row& row) const {
    std::string out = "<details><summary>more</summary><dl>";
    add_fact(out, "Id", "<code>" + html(row.selected->id) + "</code>");
    add_fact(out, "Exit code", std::to_string(row.exit_code));
    if (row.result) add_facts(out, *row.result);
    return out + "</dl></details>";
  }

  static void add_facts(std::string& out, const Result& result) {
    std::size_t count = 0;
    for (const auto& cause : result.causes) {
      if (!cause.hint.empty() && ++count <= most_words) add_fact(out, "What to do", text(cause.hint, 400));
    }
    count = 0;
    for (const auto& batch : result.batches) {
      if (++count > most_words) break;
      add_fact(out, name_of(batch.type),
               html(gate::name_of(batch.grade)) + (batch.id.empty() ? "" : ", batch <code>" + text(batch.id, 128) + "</code>"));
    }
    if (result.policy) add_fact(out, "Policy", text(result.policy->name, 150) + " <code>" + result.policy->digest.substr(0, 12) + "</code>");
    if (result.record) {
      add_fact(out, "Record", "<code>" + html(result.record->path) + "</code>");
      add_fact(out, "SHA-256", "<code>" + result.record->sha256 + "</code>");
    }
    add_fact(out, "Took", render_duration(std::chrono::duration_cast<Duration>(result.ended - result.began)));
  }

  void write_fact(std::string_view name, const std::string& escaped) {
    if (!escaped.empty()) out_.write("<dt>" + std::string(name) + "</dt><dd>" + escaped + "</dd>\n");
  }

  void write_footer() {
    out_.write("<footer><dl>");
    for (std::size_t i = 0; i < std::min(fleet_.policies.size(), most_entries); ++i) {
      const auto& policy = fleet_.policies[i];
      write_fact("Policy", text(policy.name, 150) + " <code>" + policy.digest + "</code>");
    }
    write_fact("Selection", "<code>" + fleet_.digest + "</code>");
    for (std::size_t i = 0; i < std::min(fleet_.parts.size(), most_entries); ++i)
      write_fact("Run", text(describe(fleet_.parts[i]), 200));
    out_.write("</dl></footer>\n");
  }

  const Fleet& fleet_;
  const Summary& summary_;
  BufferedWriter out_;
  std::uint64_t most_{1};
};

}  // namespace

void write_html(const Fleet& fleet, const Summary& summary, const FormatOptions&, std::ostream& out) {
  Page(fleet, summary, out).write();
}

}  // namespace kolega::fleet
