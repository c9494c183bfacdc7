// The summary for people, on stderr. Every line passes log_line(): in CI this is the job log, where text at the start
// of a line can be a command.
#include <algorithm>
#include <ostream>

#include "base/error.hpp"
#include "base/log_text.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "fleet/formats.hpp"
#include "gate/phrases.hpp"
#include "report/escape.hpp"
#include "report/wrap.hpp"

namespace kolega::fleet {

namespace {

constexpr std::size_t most_rows = 50;
constexpr std::size_t most_rules = 20;
constexpr std::size_t most_notes = 20;
constexpr std::size_t narrowest = 40;
constexpr std::size_t widest_name = 44;

std::string_view sgr(gate::Outcome outcome) {
  switch (outcome) {
    case gate::Outcome::pass:
      return "\x1b[1;32m";
    case gate::Outcome::warn:
    case gate::Outcome::allowed_incomplete:
    case gate::Outcome::bypassed:
      return "\x1b[1;33m";
    case gate::Outcome::incomplete:
    case gate::Outcome::fail:
      return "\x1b[1;31m";
  }
  return "\x1b[1;31m";
}

std::string padded(std::string text, std::size_t width) {
  const auto columns = display_width(text);
  if (columns < width) text.append(width - columns, ' ');
  return text;
}

class Table {
 public:
  Table(const Fleet& fleet, const Summary& summary, const FormatOptions& options, std::ostream& out)
      : fleet_(fleet), summary_(summary), colour_(options.colour), width_(std::max(options.width, narrowest)), out_(out) {}

  void write() {
    coloured(gate::headline(summary_.outcome), "  " + describe(summary_), summary_.outcome);
    if (fleet_.origin == gate::Origin::sandbox)
      line("SANDBOX  this run is about the sandbox, not about the Kolega service");
    write_totals();
    write_rows();
    write_rules();
    for (std::size_t i = 0; i < std::min(fleet_.notes.size(), most_notes); ++i) paragraph("note: " + fleet_.notes[i]);
    rest(fleet_.notes.size(), most_notes, "note");
    write_footer();
    if (!out_) throw Error(ErrorKind::output, "writing failed: the stream is broken or the disk is full");
  }

 private:
  void line(const std::string& text) { out_ << log_line(text, width_).view() << '\n'; }
  void paragraph(const std::string& text) {
    for (const auto& part : report::wrap(text, width_)) out_ << log_line(part).view() << '\n';
  }
  /// The word is ours; colour goes around it only when the line is as we made it.
  void coloured(const std::string& word, const std::string& after, gate::Outcome outcome) {
    const auto escaped = log_line(word + after, width_);
    const auto safe = escaped.view();
    if (colour_ && safe.starts_with(word)) {
      out_ << sgr(outcome) << word << "\x1b[0m" << safe.substr(word.size()) << '\n';
    } else {
      out_ << safe << '\n';
    }
  }
  void rest(std::size_t count, std::size_t shown, std::string_view noun) {
    if (count > shown) line("  ... and " + plural(count - shown, "more " + std::string(noun)));
  }

  void write_totals() {
    std::string text = plural(summary_.findings, "finding") + ", active: " + gate::describe_counts(summary_.by_severity);
    line(text + "; exit code " + std::to_string(summary_.exit_code));
    if (summary_.without_verdict > 0) line(plural(summary_.without_verdict, "repository") + " ended without a verdict");
    if (summary_.without_result > 0) line(plural(summary_.without_result, "repository") + " without a result");
  }

  void write_rows() {
    const auto passes = [](const Row& row) { return row.outcome == gate::Outcome::pass; };
    const auto end = std::ranges::find_if(summary_.rows, passes);
    const auto count = static_cast<std::size_t>(end - summary_.rows.begin());
    if (count == 0) return;
    const auto shown = std::min(count, most_rows);
    std::size_t name_width = 10;
    for (std::size_t i = 0; i < shown; ++i)
      name_width = std::max(name_width, display_width(printable(name_of(summary_.rows[i]), widest_name)));
    out_ << '\n';
    for (std::size_t i = 0; i < shown; ++i) write_row(summary_.rows[i], name_width);
    rest(count, shown, "repository that does not pass");
  }

  void write_row(const Row& row, std::size_t name_width) {
    const auto word = padded(std::string(gate::name_of(row.outcome)), 19);
    auto text = padded(std::to_string(row.exit_code), 4) + padded(printable(name_of(row), widest_name), name_width);
    if (const auto found = describe_severities(row); !found.empty()) text += "  " + found;
    if (const auto why = describe(fleet_, row); !why.empty()) text += "  " + why;
    coloured(word, text, row.outcome);
  }

  void write_rules() {
    const auto clean = [](const RuleTotal& rule) { return rule.broken == 0 && rule.undecided == 0; };
    const auto count = static_cast<std::size_t>(std::ranges::find_if(summary_.rules, clean) - summary_.rules.begin());
    if (count == 0) return;
    out_ << '\n';
    for (std::size_t i = 0; i < std::min(count, most_rules); ++i) {
      const auto& rule = summary_.rules[i];
      // Rules of two policies may have one id.
      const auto of = fleet_.policies.size() > 1 ? " (policy " + printable(rule.policy, widest_name) + ")" : std::string{};
      auto text = "rule " + rule.id + of + ": broken in " + plural(rule.broken, "repository");
      if (rule.undecided > 0) text += ", undecided in " + std::to_string(rule.undecided);
      line(text + "; " + plural(rule.count, "finding") + " in all");
    }
    rest(count, most_rules, "rule");
  }

  void write_footer() {
    out_ << '\n';
    if (const auto policies = describe_policies(fleet_); !policies.empty()) paragraph("policy " + policies);
    line("selection " + fleet_.digest.substr(0, 12) + ", " + plural(fleet_.selected.size(), "repository") +
         (fleet_.shards > 1 ? ", " + plural(fleet_.parts.size(), "shard") + " of " + std::to_string(fleet_.shards) : ""));
  }

  const Fleet& fleet_;
  const Summary& summary_;
  bool colour_;
  std::size_t width_;
  std::ostream& out_;
};

}  // namespace

void write_table(const Fleet& fleet, const Summary& summary, const FormatOptions& options, std::ostream& out) {
  Table(fleet, summary, options, out).write();
}

}  // namespace kolega::fleet
