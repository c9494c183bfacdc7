#include "report/annotations.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "base/version.hpp"
#include "gate/phrases.hpp"
#include "report/escape.hpp"
#include "report/fixes.hpp"
#include "report/formats.hpp"
#include "report/view.hpp"

namespace kolega::report {

namespace {

using Level = Annotation::Level;

constexpr std::size_t most_of_a_level = 10;
/// What is missing must not push out every finding.
constexpr std::size_t most_gaps = 4;
constexpr std::size_t longest_message = 800;  // GitHub cuts at 4,096, and an escape may take seven characters
constexpr std::size_t longest_fix = 400;
constexpr std::size_t longest_title = 150;

Level level_of(gate::Outcome outcome) {
  switch (outcome) {
    case gate::Outcome::pass:
      return Level::notice;
    case gate::Outcome::warn:
    case gate::Outcome::allowed_incomplete:
    case gate::Outcome::bypassed:
      return Level::warning;
    case gate::Outcome::incomplete:
    case gate::Outcome::fail:
      return Level::error;
  }
  return Level::error;
}

Level level_of(Weight weight) {
  if (weight == Weight::blocks) return Level::error;
  return weight == Weight::warns ? Level::warning : Level::notice;
}

class Chosen {
 public:
  explicit Chosen(const gate::DecisionRecord& record) : record_(record), fixes_(record), list_(1) {
    ++of_level_[static_cast<std::size_t>(level_of(record.verdict.outcome))];
  }

  std::vector<Annotation> make() {
    add_gaps();
    add_findings();
    auto& verdict = list_.front();
    const bool sandbox = record_.inputs.origin == gate::Origin::sandbox;
    verdict.level = level_of(record_.verdict.outcome);
    verdict.title = std::string(program_name) + ": " + gate::headline(record_.verdict.outcome);
    verdict.message = (sandbox ? "Sandbox run. " : "") + cut(gate::summary(record_), longest_message);
    if (left_out_ > 0) verdict.message += " (" + std::to_string(left_out_) + " more in the reports)";
    return std::move(list_);
  }

 private:
  bool has_room(Level level) const { return of_level_[static_cast<std::size_t>(level)] < most_of_a_level; }

  void add(Annotation annotation) {
    ++of_level_[static_cast<std::size_t>(annotation.level)];
    list_.push_back(std::move(annotation));
  }

  void add_gaps() {
    const auto& gaps = record_.verdict.incomplete;
    for (std::size_t i = 0; i < gaps.size(); ++i) {
      if (i == most_gaps) {
        left_out_ += gaps.size() - i;
        return;
      }
      const auto& gap = gaps[i];
      const auto remedy = gap.hint.empty() ? "" : " What to do: " + cut(gap.hint, 300);
      add({.level = gap.allowed ? Level::warning : Level::error,
           .title = "incomplete: " + std::string(name_of(gap.cause)),
           .message = cut(gap.detail, longest_message - 300) + remedy});
    }
  }

  void add_findings() {
    const auto weight = weights(record_);
    const auto bits = counting_rules(record_);
    for (const auto row : sorted_rows(record_, true)) {
      if (weight[row] > Weight::observed) continue;
      const auto level = level_of(weight[row]);
      if (has_room(level)) {
        add(of_finding(row, bits[row], level));
      } else {
        ++left_out_;
      }
    }
  }

  Annotation of_finding(std::uint32_t row, std::uint64_t bits, Level level) const {
    const auto& finding = record_.inputs.findings.rows[row];
    std::vector<std::string> ids;
    for (const auto rule : rules_of(record_, row, bits))
      ids.push_back(cut(record_.verdict.rules[rule].id, 60));
    Annotation out{.level = level, .check = cut(check_name(finding), 200)};
    out.title =
        cut(std::string(name_of(record_.verdict.findings[row].severity)) + ": " + out.check, longest_title);
    const auto fix = cut(fixes_.describe(finding), longest_fix);
    out.message = message_of(finding, longest_message - 100 - fix.size()) +
                  " (rules: " + cut(join(ids, ", "), 100) + ")" + (fix.empty() ? "" : "; ") + fix;
    out.path = relative_path(finding.path);
    if (out.path.empty()) {
      out.message += ", at " + cut(describe_place(finding), 200);
    } else if (finding.line > 0) {
      out.line = finding.line;
      out.end_line = std::max(finding.line, finding.end_line);
    }
    return out;
  }

  const gate::DecisionRecord& record_;
  FixIndex fixes_;
  std::vector<Annotation> list_;
  std::array<std::size_t, 3> of_level_{};
  std::size_t left_out_{};
};

}  // namespace

std::vector<Annotation> annotations(const gate::DecisionRecord& record) {
  return Chosen(record).make();
}

}  // namespace kolega::report
