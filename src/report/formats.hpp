// The report formats: one row each. Option values, help, completion and file endings all read this table.
// A report is a function of the decision record alone; none can change the verdict.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gate/record.hpp"

namespace kolega::report {

enum class SarifProfile { generic, github, azure };

/// GitLab takes one kind of findings a file, so a report holds one of them.
enum class GitlabKind { sast, secret_detection, dependency_scanning };

/// What the name of a file says it is to hold: "gl-secret-detection-report.json"; otherwise nothing.
std::optional<GitlabKind> find_gitlab_kind(std::string_view path);

struct ReportOptions {
  SarifProfile sarif_profile{SarifProfile::generic};
  std::optional<GitlabKind> gitlab_kind{};  ///< nothing: by the scan types of the record
  bool colour{};            ///< table only
  std::size_t width{100};   ///< table only: columns
};

struct Format {
  std::string_view name{};
  std::string_view summary{};   ///< one phrase for the help
  void (*write)(const gate::DecisionRecord&, const ReportOptions&, std::ostream&){};
  bool tells_digests{};         ///< of the files that findings were read from (gate::SourceFile)
};

const std::vector<Format>& formats();
const Format* find_format(std::string_view name);
std::vector<std::string_view> format_names();

/// Rows of findings for people: severity, then path, line, check id, fingerprint. `counted_first` puts those that
/// a broken rule counted in front.
std::vector<std::uint32_t> sorted_rows(const gate::DecisionRecord& record, bool counted_first);

/// For each row, bit i set when rule i counted it (the first 64 rules; more share the last bit). Eight rules take a byte
/// a row.
class CountingRules {
 public:
  CountingRules(std::size_t rows, std::size_t rules) : width_(std::clamp<std::size_t>((rules + 7) / 8, 1, 8)), bytes_(rows * width_) {}
  void add(std::size_t row, std::size_t rule) {
    const auto bit = std::min<std::size_t>(rule, 63);
    bytes_[row * width_ + bit / 8] |= static_cast<std::uint8_t>(1U << bit % 8);
  }
  std::uint64_t operator[](std::size_t row) const {
    std::uint64_t bits = 0;
    for (auto i = width_; i-- > 0;) bits = bits << 8U | bytes_[row * width_ + i];
    return bits;
  }

 private:
  std::size_t width_;  ///< bytes of a row
  std::vector<std::uint8_t> bytes_;
};
CountingRules counting_rules(const gate::DecisionRecord& record);

/// One run of a log that holds many: some of a record's results, under a category of their own.
struct SarifRun {
  std::vector<std::uint32_t> rows{};   ///< of sarif_rows()
  std::string category{};              ///< ends the run's automation id: "ID/" or "ID/2/", no hostile text
  std::string repository_uri{};        ///< absolute
};
/// The rows that are results of SARIF, most severe first; GitHub reads no suppressions, so it gets none that need them.
std::vector<std::uint32_t> sarif_rows(const gate::DecisionRecord& record, SarifProfile profile);
/// The run alone, as an element of `runs`.
void write_sarif_run(const gate::DecisionRecord& record, SarifProfile profile, const SarifRun& run, std::ostream& out);

void write_table(const gate::DecisionRecord&, const ReportOptions&, std::ostream&);
void write_json(const gate::DecisionRecord&, const ReportOptions&, std::ostream&);
void write_sarif(const gate::DecisionRecord&, const ReportOptions&, std::ostream&);
void write_junit(const gate::DecisionRecord&, const ReportOptions&, std::ostream&);
void write_markdown(const gate::DecisionRecord&, const ReportOptions&, std::ostream&);
void write_html(const gate::DecisionRecord&, const ReportOptions&, std::ostream&);
void write_gitlab(const gate::DecisionRecord&, const ReportOptions&, std::ostream&);
void write_codequality(const gate::DecisionRecord&, const ReportOptions&, std::ostream&);
void write_github(const gate::DecisionRecord&, const ReportOptions&, std::ostream&);
void write_azure(const gate::DecisionRecord&, const ReportOptions&, std::ostream&);

}  // namespace kolega::report
