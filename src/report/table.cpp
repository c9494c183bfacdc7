// The summary for people, on stderr. Every line passes log_line(): in CI this is the job log, where text at
// the start of a line can be a command.
#include <algorithm>
#include <initializer_list>
#include <ostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "gate/phrases.hpp"
#include "report/escape.hpp"
#include "report/fixes.hpp"
#include "report/formats.hpp"
#include "report/view.hpp"
#include "report/wrap.hpp"

namespace kolega::report {

namespace {

constexpr std::size_t most_findings = 20;
constexpr std::size_t most_entries = 20;  ///< of rules, gaps, notices, batches
constexpr std::size_t narrowest = 40;

enum class Style { plain, bold, dim, red, green, yellow, blue };

Literal sgr(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::bold:
      return "\x1b[1m";
    case Style::dim:
      return "\x1b[2m";
    case Style::red:
      return "\x1b[1;31m";
    case Style::green:
      return "\x1b[1;32m";
    case Style::yellow:
      return "\x1b[1;33m";
    case Style::blue:
      return "\x1b[34m";
  }
  return "";
}

struct Piece {
  std::string text{};
  Style style{Style::plain};
};

Style style_of(gate::Outcome outcome) {
  switch (outcome) {
    case gate::Outcome::pass:
      return Style::green;
    case gate::Outcome::warn:
    case gate::Outcome::allowed_incomplete:
    case gate::Outcome::bypassed:
      return Style::yellow;
    case gate::Outcome::incomplete:
    case gate::Outcome::fail:
      return Style::red;
  }
  return Style::red;
}

Style style_of(Severity severity) {
  switch (severity) {
    case Severity::critical:
    case Severity::high:
      return Style::red;
    case Severity::medium:
      return Style::yellow;
    case Severity::low:
      return Style::blue;
    case Severity::info:
      return Style::dim;
  }
  return Style::plain;
}

std::string padded(std::string text, std::size_t width) {
  const auto columns = display_width(text);
  if (columns < width) text.append(width - columns, ' ');
  return text;
}

/// The end of a path says more than its beginning.
std::string tail(const std::string& line, std::size_t width) {
  auto excess = display_width(line);
  if (excess <= width) return line;
  excess = excess - width + 3;
  std::size_t at = 0;
  for (; at < line.size() && excess > 0; --excess)
    at += decode_utf8(std::string_view(line).substr(at)).length;
  return "..." + line.substr(at);
}

class Table {
 public:
  Table(const gate::DecisionRecord& record, const ReportOptions& options, std::ostream& out)
      : record_(record), out_(out), colour_(options.colour), width_(std::max(options.width, narrowest)) {}

  void write() {
    const auto outcome = record_.verdict.outcome;
    paragraph(gate::headline(outcome) + "  ", style_of(outcome), gate::summary(record_));
    if (record_.inputs.origin == gate::Origin::sandbox) {
      paragraph("SANDBOX  ", Style::yellow,
                "this verdict is about the sandbox, not about the Kolega service");
    }
    write_incompleteness();
    write_rules();
    write_findings();
    write_waivers();
    write_fixes();
    write_notices();
    write_batches();
    write_footer();
    if (!out_.bytes()) throw Error(ErrorKind::output, "writing failed: the stream is broken or the disk is full");
  }

 private:
  /// Escaped and cut as a whole. Where that changed it, it has no colours: they would stand in the wrong places.
  void line(std::initializer_list<Piece> pieces) {
    std::string plain;
    for (const auto& piece : pieces) plain += piece.text;
    while (plain.ends_with(' ')) plain.pop_back();
    const auto safe = log_line(plain, width_);
    if (!colour_ || safe != plain) return out_.line(safe);
    LogText coloured;
    for (const auto& piece : pieces) {
      coloured += piece.style == Style::plain ? Literal("") : sgr(piece.style);
      // In two parts where it begins with "::": behind the text in front of it that is no command.
      const std::size_t first = piece.text.starts_with("::") ? 1 : 0;
      coloured += log_line(std::string_view(piece.text).substr(0, first));
      coloured += log_line(std::string_view(piece.text).substr(first));
      coloured += piece.style == Style::plain ? Literal("") : Literal("\x1b[0m");
    }
    out_.line(coloured);
  }

  void heading(std::string_view text) {
    line({});
    line({{std::string(text), Style::bold}});
  }

  /// A label with wrapped text behind it, further lines under the text.
  void paragraph(const std::string& label, Style style, std::string_view text) {
    const auto indent = std::min(display_width(label), width_ / 2);
    bool first = true;
    for (const auto& words : wrap(text, width_ - indent)) {
      line({{first ? label : std::string(indent, ' '), first ? style : Style::plain}, {words, Style::plain}});
      first = false;
    }
    if (first) line({{label, style}});
  }

  /// The entries of a section, and how many were left out.
  template <class Write>
  void entries(std::size_t count, std::string_view noun, Write write) {
    for (std::size_t i = 0; i < std::min(count, most_entries); ++i) write(i);
    if (count > most_entries)
      line({{"  ... and " + plural(count - most_entries, "more " + std::string(noun)), Style::dim}});
  }

  void write_incompleteness() {
    const auto& incomplete = record_.verdict.incomplete;
    if (incomplete.empty()) return;
    heading("What is missing");
    entries(incomplete.size(), "gap", [&](std::size_t i) {
      const auto& entry = incomplete[i];
      const auto allowed = entry.allowed ? " (allowed)" : "";
      paragraph("  " + std::string(name_of(entry.cause)) + allowed + ": ", Style::yellow, entry.detail);
      if (!entry.hint.empty()) paragraph("    hint: ", Style::bold, entry.hint);
    });
  }

  void write_rules() {
    const auto& rules = record_.verdict.rules;
    if (rules.empty() || !record_.inputs.policy) return;
    heading("Rules");
    std::size_t id_width = 0;
    for (const auto& rule : rules) id_width = std::max(id_width, display_width(printable(rule.id, 30)));
    entries(rules.size(), "rule", [&](std::size_t i) {
      const auto& rule = rules[i];
      const bool broken = rule.state == gate::RuleState::broken;
      const auto style = broken && rule.mode == policy::Mode::block ? Style::red
                         : rule.state == gate::RuleState::kept      ? Style::green
                         : rule.state == gate::RuleState::skipped   ? Style::dim
                                                                    : Style::yellow;
      auto found = std::to_string(rule.count) + " found";
      if (rule.count > 0) found += " (" + gate::describe_counts(rule.by_severity) + ")";
      found += ", " + gate::describe_limit(record_.inputs.policy->rules[i], rule);
      for (const auto& need : rule.needs) found += "; " + need;
      paragraph("  " + padded(std::string(name_of(rule.state)), 11) +
                    padded(printable(rule.id, 30), id_width + 2) + padded(std::string(name_of(rule.mode)), 9),
                style, found);
    });
  }

  void write_findings() {
    const auto weight = weights(record_);
    auto rows = sorted_rows(record_, true);
    std::erase_if(rows, [&](std::uint32_t row) { return weight[row] > Weight::observed; });
    if (rows.empty()) return;
    const auto shown = std::min(rows.size(), most_findings);
    heading("Findings over a limit");
    const auto place_limit = width_ * 2 / 5;
    const auto check_limit = width_ / 4;
    std::size_t place_width = 0;
    std::size_t check_width = 0;
    for (std::size_t i = 0; i < shown; ++i) {
      const auto& finding = record_.inputs.findings.rows[rows[i]];
      place_width = std::max(place_width, display_width(place_of(finding, place_limit)));
      check_width = std::max(check_width, display_width(printable(check_name(finding), check_limit)));
    }
    for (std::size_t i = 0; i < shown; ++i) {
      const auto& finding = record_.inputs.findings.rows[rows[i]];
      const auto severity = record_.verdict.findings[rows[i]].severity;
      const auto start = padded(place_of(finding, place_limit), place_width + 2) +
                         padded(printable(check_name(finding), check_limit), check_width + 2);
      const auto used = 12 + display_width(start);
      const auto message =
          used < width_ ? printable(collapse_white_space(cut(finding.message, 4096)), width_ - used) : "";
      line({{"  " + padded(std::string(name_of(severity)), 10), style_of(severity)},
            {start + message, Style::plain}});
      if (const auto expired = describe_expired(record_, rows[i]); !expired.empty())
        line({{std::string(12, ' ') + printable(expired), Style::yellow}});
    }
    if (rows.size() > shown) line({{"  ... and " + plural(rows.size() - shown, "more finding"), Style::dim}});
  }

  static std::string place_of(const Finding& finding, std::size_t width) {
    return tail(printable(describe_place(finding)), width);
  }

  void write_waivers() {
    const auto waivers = describe_waivers(record_);
    if (waivers.empty()) return;
    heading("Waivers");
    entries(waivers.size(), "waiver", [&](std::size_t i) { paragraph("  ", Style::plain, waivers[i]); });
  }

  void write_fixes() {
    const auto fixes = describe_fixes(record_);
    if (fixes.empty()) return;
    heading("Fixes");
    entries(fixes.size(), "fix", [&](std::size_t i) { paragraph("  ", Style::plain, fixes[i]); });
  }

  void write_notices() {
    const auto& notices = record_.verdict.notices;
    const auto& notes = record_.inputs.notes;
    if (notices.empty() && notes.empty()) return;
    heading("Notices");
    entries(notices.size() + notes.size(), "notice", [&](std::size_t i) {
      paragraph("  - ", Style::yellow, i < notices.size() ? notices[i] : notes[i - notices.size()]);
    });
  }

  void write_batches() {
    const auto& batches = record_.inputs.batches;
    if (batches.empty()) return;
    heading("Scans");
    // The reasons of an incomplete batch stand under what is missing.
    entries(batches.size(), "scan", [&](std::size_t i) {
      paragraph("  ", Style::plain, gate::describe_batch(batches[i], {record_.verdict.batches[i].grade, {}}));
      if (const auto scanned = describe_scanned(batches[i]); !scanned.empty())
        paragraph("    ", Style::plain, scanned);
    });
  }

  void write_footer() {
    const auto& tally = record_.verdict.tally;
    auto text = plural(tally.total, "finding");
    if (tally.total > 0) {
      const auto active = tally.by_disposition[static_cast<std::size_t>(gate::Disposition::active)];
      text += ": " + std::to_string(active) + " active";
      if (active > 0) text += " (" + gate::describe_counts(tally.by_severity) + ")";
      if (const auto removals = describe_removals(record_); !removals.empty()) text += ", " + removals;
    }
    line({});
    if (const auto compared = describe_comparison(record_); !compared.empty())
      paragraph("", Style::plain, "Against the baseline: " + compared);
    paragraph("", Style::plain, text + "; " + describe_policy(record_));
  }

  const gate::DecisionRecord& record_;
  LogOut out_;
  bool colour_;
  std::size_t width_;
};

}  // namespace

void write_table(const gate::DecisionRecord& record, const ReportOptions& options, std::ostream& out) {
  Table(record, options, out).write();
}

}  // namespace kolega::report
