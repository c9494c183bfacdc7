// A summary for a job summary or a chat. Under 60 KB whatever the fleet: GitHub drops a step summary over 1 MiB whole
// and cuts a comment at 65,536 characters.
#include <algorithm>
#include <ostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "fleet/formats.hpp"
#include "gate/phrases.hpp"
#include "report/escape.hpp"
#include "report/view.hpp"

namespace kolega::fleet {

namespace {

using report::Markdown;
using report::markdown_words;

/// How far the page may have grown when a section's rows end, in bytes. A row has at most some 5 KB (every character
/// an entity), so the page ends below 60,000.
constexpr std::size_t notes_end = 8'000;
constexpr std::size_t rules_end = 16'000;
constexpr std::size_t rows_end = 48'000;

Markdown text(std::string_view hostile, std::size_t limit) {
  return report::markdown(report::cut(hostile, limit));
}
Markdown code(std::string_view hostile, std::size_t limit) {
  return report::markdown_code(report::cut(hostile, limit));
}

class Page {
 public:
  Page(const Fleet& fleet, const Summary& summary) : fleet_(fleet), summary_(summary) {}

  Markdown make() {
    add_verdict();
    add_notes();
    add_rules();
    add_rows();
    add_footer();
    return std::move(page_);
  }

 private:
  /// Writes rows until the page has grown to `end`, then says how many are left.
  template <class RowText>
  void add_some(std::size_t count, std::size_t end, std::string_view noun, RowText row) {
    std::size_t i = 0;
    for (; i < count && page_.size() < end; ++i) page_ += row(i) + "\n";
    if (i < count) page_ += "\n… and " + markdown_words(plural(count - i, "more " + std::string(noun))) + "\n";
  }

  void add_verdict() {
    page_ += "## " + Markdown(report::outcome_sign(summary_.outcome)) + " " + markdown_words(program_name) + " fleet: " +
             text(gate::headline(summary_.outcome), 40) + "\n\n" + text(describe(summary_), 300) + ". " +
             markdown_words(plural(summary_.findings, "finding")) + ", active: " + markdown_words(gate::describe_counts(summary_.by_severity)) + ".\n";
    if (fleet_.origin == gate::Origin::sandbox)
      page_ += "\n**Sandbox run:** this is about the sandbox, not about the Kolega service.\n";
  }

  void add_notes() {
    if (fleet_.notes.empty()) return;
    page_ += "\n### Notices\n\n";
    add_some(fleet_.notes.size(), notes_end, "notice", [&](std::size_t i) { return "- " + text(fleet_.notes[i], 300); });
  }

  void add_rules() {
    if (summary_.rules.empty()) return;
    page_ += "\n### Rules\n\n| Rule | Broken in | Undecided in | Kept in | Findings |\n|---|--:|--:|--:|--:|\n";
    add_some(summary_.rules.size(), rules_end, "rule", [&](std::size_t i) {
      const auto& rule = summary_.rules[i];
      return "| " + code(rule.id, 80) + " | " + Markdown(rule.broken) + " | " + Markdown(rule.undecided) +
             " | " + Markdown(rule.kept) + " | " + Markdown(rule.count) + " |";
    });
  }

  void add_rows() {
    if (summary_.rows.empty()) return;
    page_ += "\n### Repositories\n\n| Repository | Outcome | Critical | High | Medium | Low | Info | Why |\n"
             "|---|---|--:|--:|--:|--:|--:|---|\n";
    add_some(summary_.rows.size(), rows_end, "repository", [&](std::size_t i) {
      const auto& row = summary_.rows[i];
      auto out = "| " + code(name_of(row), 100) + " | " + Markdown(report::outcome_sign(row.outcome)) + " " +
                 text(gate::name_of(row.outcome), 40) + " |";
      for (auto s = all_severities.size(); s-- > 0;)
        out += " " + (row.result ? Markdown(row.result->by_severity[s]) : Markdown("-")) + " |";
      return out + " " + text(describe(fleet_, row), 250) + " |";
    });
  }

  void add_footer() {
    page_ += "\n---\n";
    if (const auto policies = describe_policies(fleet_); !policies.empty()) page_ += "policy " + text(policies, 300) + " · ";
    if (fleet_.shards > 1)
      page_ += markdown_words(plural(fleet_.parts.size(), "shard")) + " of " + Markdown(fleet_.shards) + " · ";
    page_ += "selection " + code(fleet_.digest.substr(0, 12), 12);
    if (!fleet_.parts.empty()) page_ += " · " + markdown_words(format_instant_seconds(fleet_.parts.front().started_at));
    page_ += "\n";
  }

  const Fleet& fleet_;
  const Summary& summary_;
  Markdown page_;
};

}  // namespace

void write_markdown(const Fleet& fleet, const Summary& summary, const FormatOptions&, std::ostream& out) {
  const auto page = Page(fleet, summary).make();
  out << page.view();
  if (!out) throw Error(ErrorKind::output, "writing failed: the stream is broken or the disk is full");
}

}  // namespace kolega::fleet
