#include "report/html_findings.hpp"

#include <algorithm>
#include <cmath>

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

Html text(std::string_view hostile, std::size_t limit) {
  return html(cut(hostile, limit));
}

Html pill(Literal kind, Literal word) {
  return "<span class=\"pill " + Html(kind) + "\">" + word + "</span>";
}

void add_fact(Html& out, Literal name, const Html& value) {
  if (!value.empty()) out += "<dt>" + Html(name) + "</dt><dd>" + value + "</dd>";
}

Html cwe_links(const Finding& finding) {
  Html out;
  std::size_t count = 0;
  for (const auto number : gate::cwe_numbers(finding.cwe)) {
    if (++count > most_links) break;
    const Html digits(number);
    out +=
        (out.empty() ? Literal("") : Literal(", ")) + ("<a rel=\"noreferrer\" href=\"https://cwe.mitre.org/data/definitions/" +
                                     digits + ".html\">CWE-" + digits + "</a>");
  }
  return out;
}

Html owasp_words(const Finding& finding) {
  std::vector<Html> words;
  for (const auto word : finding.owasp) {
    if (words.size() < most_links) words.push_back(text(word, 60));
  }
  return join_markup<HtmlSink>(words, ", ");
}

Html references(const Finding& finding) {
  Html out;
  std::size_t count = 0;
  for (const auto reference : finding.details ? finding.details->references : TextList{}) {
    const auto url = http_url(reference);
    if (url.empty() || ++count > most_links) continue;
    out += (out.empty() ? Literal("") : Literal("<br>")) +
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

  void write(const std::function<void(const Html&)>& sink) const {
    if (rows_.empty()) return sink(none());
    const auto shown = std::min(rows_.size(), most_rows);
    sink(begin());
    for (std::size_t i = 0; i < shown; ++i) sink(row(rows_[i]));
    sink(Html("</tbody></table>"));
    if (shown < rows_.size()) {
      sink("<p class=\"cut\">The first " + Html(shown) + " of " + html(plural(rows_.size(), "finding")) +
           ", heaviest first. All of them are in the decision record (-o json).</p>");
    }
    sink(Html("</section>\n"));
  }

 private:
  static Html none() {
    return Html(
        "<section class=\"card\"><h2>Findings</h2><p class=\"soft\">No findings were "
        "reported.</p></section>\n");
  }

  Html begin() const {
    auto out = "<section class=\"card\"><h2>Findings <small>" + Html(rows_.size()) +
                      "</small></h2>\n<div class=\"tools\" id=\"tools\" hidden><input type=\"search\" "
                      "placeholder=\"Filter by path, check, text\" aria-label=\"Filter\">";
    for (auto i = all_severities.size(); i-- > 0;) {
      out += "<label class=\"s" + Html(i) + "\"><input type=\"checkbox\" checked value=\"" +
             Html(i) + "\">" + html(severity_names[i]) + "</label>";
    }
    return out +
           "<select aria-label=\"What they count for\"><option value=\"0-9\">all</option>"
           "<option value=\"0-2\">over a limit</option><option value=\"3-3\">within limits</option>"
           "<option value=\"4-4\">no rule counts them</option><option value=\"5-9\">taken out</option>"
           "</select><output></output></div>\n<table id=\"findings\"><thead><tr><th>Severity</th>"
           "<th>Finding</th><th>Where</th><th>Why it counts</th></tr></thead><tbody>\n";
  }

  Html row(std::uint32_t row) const {
    const auto& finding = record_.inputs.findings.rows[row];
    const auto severity = record_.verdict.findings[row].severity;
    const Html number(index_of(severity));
    const Html weight(static_cast<int>(weights_[row]));
    return "<tr data-severity=\"" + number + "\" data-weight=\"" + weight +
           "\"><td><span class=\"severity s" + number + "\">" + html(name_of(severity)) +
           "</span></td><td>" + text(message_of(finding, 400), 400) + "<code class=\"check\">" +
           text(check_name(finding), 120) + "</code>" + more(row) + "</td><td><code>" +
           text(describe_place(finding), 300) + "</code></td><td>" + why(row) + "</td></tr>\n";
  }

  Html more(std::uint32_t row) const {
    const auto& finding = record_.inputs.findings.rows[row];
    Html out("<details><summary>more</summary><dl>");
    if (finding.details) add_fact(out, "Title", text(finding.details->title, 200));
    add_fact(out, "CWE", cwe_links(finding));
    add_fact(out, "OWASP", owasp_words(finding));
    if (finding.details && finding.details->cvss_score) {
      const auto tenths = std::lround(std::clamp(*finding.details->cvss_score, 0.0, 10.0) * 10);
      add_fact(out, "CVSS", Html(tenths / 10) + "." + Html(tenths % 10));
    }
    if (finding.details) add_fact(out, "Status", text(finding.details->status, 60));
    if (finding.details && finding.details->first_detected_at)
      add_fact(out, "First seen", html(format_instant_seconds(*finding.details->first_detected_at)));
    add_fact(out, "Scan", html(name_of(finding.scan_type)));
    add_fact(out, "Repository", text(finding.repository, 200));
    add_fact(out, "Fingerprint", "<code>" + text(finding.fingerprint.str(), 120) + "</code>");
    add_fact(out, "Links", references(finding));
    add_fact(out, "Waiver", text(describe_expired(record_, row), 300));
    add_fact(out, "Fix", text(fixes_.describe(finding), 600));
    if (finding.line_assigned) add_fact(out, "Line", Html("dealt out among equal findings, not known exactly"));
    return out + "</dl></details>";
  }

  Html rules(std::uint32_t row) const {
    Html out;
    for (const auto rule : rules_of(record_, row, bits_[row]))
      out += (out.empty() ? Literal("") : Literal(", ")) + ("<code>" + text(record_.verdict.rules[rule].id, 60) + "</code>");
    return out;
  }

  Html why(std::uint32_t row) const {
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
  CountingRules bits_;
  FixIndex fixes_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace

void write_html_findings(const gate::DecisionRecord& record,
                         const std::function<void(const Html&)>& sink) {
  FindingsTable(record).write(sink);
}

}  // namespace kolega::report
