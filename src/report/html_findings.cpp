#include "report/html_findings.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "gate/normalise.hpp"
#include "report/escape.hpp"
#include "report/fixes.hpp"
#include "report/formats.hpp"
#include "report/view.hpp"

namespace kolega::report {

namespace {

/// More make a browser on a phone slow; the rest is in the decision record.
constexpr std::size_t most_rows = 2000;
constexpr std::size_t most_links = 5;

std::string text(std::string_view hostile, std::size_t limit) {
  return html(cut(hostile, limit));
}

std::string pill(std::string_view kind, const std::string& escaped) {
  return "<span class=\"pill " + std::string(kind) + "\">" + escaped + "</span>";
}

void add_fact(std::string& out, std::string_view name, const std::string& escaped) {
  if (!escaped.empty()) out += "<dt>" + std::string(name) + "</dt><dd>" + escaped + "</dd>";
}

std::string cwe_links(const Finding& finding) {
  std::string out;
  std::size_t count = 0;
  for (const auto number : gate::cwe_numbers(finding.cwe)) {
    if (++count > most_links) break;
    const auto digits = std::to_string(number);
    out +=
        (out.empty() ? "" : ", ") + ("<a rel=\"noreferrer\" href=\"https://cwe.mitre.org/data/definitions/" +
                                     digits + ".html\">CWE-" + digits + "</a>");
  }
  return out;
}

std::string owasp_words(const Finding& finding) {
  std::vector<std::string> words;
  for (const auto word : finding.owasp) {
    if (words.size() < most_links) words.push_back(text(word, 60));
  }
  return join(words, ", ");
}

std::string references(const Finding& finding) {
  std::string out;
  std::size_t count = 0;
  for (const auto reference : finding.details ? finding.details->references : TextList{}) {
    const auto url = http_url(reference);
    if (url.empty() || ++count > most_links) continue;
    out += (out.empty() ? "" : "<br>") +
           ("<a rel=\"noreferrer\" href=\"" + html(url) + "\">" + html(url) + "</a>");
  }
  return out;
}

class FindingsTable {
 public:
  explicit FindingsTable(const gate::DecisionRecord& record)
      : record_(record),
        weights_(weights(record)),
        bits_(counting_rules(record)),
        fixes_(record),
        rows_(sorted_rows(record, true)) {
    std::erase_if(rows_, [&](std::uint32_t row) { return weights_[row] == Weight::duplicate; });
    // What was taken out comes last, whatever its severity.
    std::stable_partition(rows_.begin(), rows_.end(),
                          [&](std::uint32_t row) { return weights_[row] < Weight::triaged; });
  }

  void write(const std::function<void(std::string_view)>& sink) const {
    if (rows_.empty()) return sink(none());
    const auto shown = std::min(rows_.size(), most_rows);
    sink(begin());
    for (std::size_t i = 0; i < shown; ++i) sink(row(rows_[i]));
    sink("</tbody></table>");
    if (shown < rows_.size()) {
      sink("<p class=\"cut\">The first " + std::to_string(shown) + " of " + plural(rows_.size(), "finding") +
           ", heaviest first. All of them are in the decision record (-o json).</p>");
    }
    sink("</section>\n");
  }

 private:
  static std::string none() {
    return "<section class=\"card\"><h2>Findings</h2><p class=\"soft\">No findings were "
           "reported.</p></section>\n";
  }

  std::string begin() const {
    std::string out = "<section class=\"card\"><h2>Findings <small>" + std::to_string(rows_.size()) +
                      "</small></h2>\n<div class=\"tools\" id=\"tools\" hidden><input type=\"search\" "
                      "placeholder=\"Filter by path, check, text\" aria-label=\"Filter\">";
    for (auto i = all_severities.size(); i-- > 0;) {
      out += "<label class=\"s" + std::to_string(i) + "\"><input type=\"checkbox\" checked value=\"" +
             std::to_string(i) + "\">" + std::string(severity_names[i]) + "</label>";
    }
    return out +
           "<select aria-label=\"What they count for\"><option value=\"0-9\">all</option>"
           "<option value=\"0-2\">over a limit</option><option value=\"3-3\">within limits</option>"
           "<option value=\"4-4\">no rule counts them</option><option value=\"5-9\">taken out</option>"
           "</select><output></output></div>\n<table id=\"findings\"><thead><tr><th>Severity</th>"
           "<th>Finding</th><th>Where</th><th>Why it counts</th></tr></thead><tbody>\n";
  }

  std::string row(std::uint32_t row) const {
    const auto& finding = record_.inputs.findings.rows[row];
    const auto severity = record_.verdict.findings[row].severity;
    const auto number = std::to_string(index_of(severity));
    const auto weight = std::to_string(static_cast<int>(weights_[row]));
    return "<tr data-severity=\"" + number + "\" data-weight=\"" + weight +
           "\"><td><span class=\"severity s" + number + "\">" + std::string(name_of(severity)) +
           "</span></td><td>" + text(message_of(finding, 400), 400) + "<code class=\"check\">" +
           text(check_name(finding), 120) + "</code>" + more(row) + "</td><td><code>" +
           text(describe_place(finding), 300) + "</code></td><td>" + why(row) + "</td></tr>\n";
  }

  std::string more(std::uint32_t row) const {
    const auto& finding = record_.inputs.findings.rows[row];
    std::string out = "<details><summary>more</summary><dl>";
    if (finding.details) add_fact(out, "Title", text(finding.details->title, 200));
    add_fact(out, "CWE", cwe_links(finding));
    add_fact(out, "OWASP", owasp_words(finding));
    if (finding.details && finding.details->cvss_score) {
      const auto tenths = static_cast<int>(std::clamp(*finding.details->cvss_score, 0.0, 10.0) * 10 + 0.5);
      add_fact(out, "CVSS", std::to_string(tenths / 10) + "." + std::to_string(tenths % 10));
    }
    if (finding.details) add_fact(out, "Status", text(finding.details->status, 60));
    if (finding.details && finding.details->first_detected_at)
      add_fact(out, "First seen", format_instant_seconds(*finding.details->first_detected_at));
    add_fact(out, "Scan", std::string(name_of(finding.scan_type)));
    add_fact(out, "Repository", text(finding.repository, 200));
    add_fact(out, "Fingerprint", "<code>" + text(finding.fingerprint, 120) + "</code>");
    add_fact(out, "Links", references(finding));
    add_fact(out, "Waiver", text(describe_expired(record_, row), 300));
    add_fact(out, "Fix", text(fixes_.describe(finding), 600));
    if (finding.line_assigned) add_fact(out, "Line", "dealt out among equal findings, not known exactly");
    return out + "</dl></details>";
  }

  std::string rules(std::uint32_t row) const {
    std::string out;
    for (const auto rule : rules_of(record_, row, bits_[row]))
      out += (out.empty() ? "" : ", ") + ("<code>" + text(record_.verdict.rules[rule].id, 60) + "</code>");
    return out;
  }

  std::string why(std::uint32_t row) const {
    const auto removal = text(describe_removal(record_, row), 300);
    switch (weights_[row]) {
      case Weight::blocks:
        return pill("bad", "blocks") + " " + rules(row);
      case Weight::warns:
        return pill("warn", "warns") + " " + rules(row);
      case Weight::observed:
        return pill("", "over, observed") + " " + rules(row);
      case Weight::within:
        return pill("", "within the limit") + " " + rules(row);
      case Weight::uncounted:
        return pill("", "no rule counts it");
      case Weight::triaged:
        return pill("", "triaged") + " <span class=\"soft\">" + removal + "</span>";
      case Weight::excluded:
        return pill("", "excluded") + " <span class=\"soft\">" + removal + "</span>";
      case Weight::waived:
        return pill("", "waived") + " <span class=\"soft\">" + removal + "</span>";
      case Weight::duplicate:
        return {};
    }
    return {};
  }

  const gate::DecisionRecord& record_;
  std::vector<Weight> weights_;
  std::vector<std::uint64_t> bits_;
  FixIndex fixes_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace

void write_html_findings(const gate::DecisionRecord& record,
                         const std::function<void(std::string_view)>& sink) {
  FindingsTable(record).write(sink);
}

}  // namespace kolega::report
