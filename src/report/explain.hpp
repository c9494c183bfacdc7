// `explain`: a verdict or one finding of it, told in full. Views of the record like every report, but about few things.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <vector>

#include "gate/record.hpp"
#include "report/formats.hpp"

namespace kolega::report {

/// Every rule, what is missing, and what would turn the verdict.
void write_verdict_explained(const gate::DecisionRecord& record, const ReportOptions& options, std::ostream& out);
void write_verdict_explained_json(const gate::DecisionRecord& record, std::ostream& out);

/// The facts of each row and what every rule and waiver makes of it. The record must hold a policy.
void write_findings_explained(const gate::DecisionRecord& record, const std::vector<std::uint32_t>& rows,
                              const ReportOptions& options, std::ostream& out);
void write_findings_explained_json(const gate::DecisionRecord& record, const std::vector<std::uint32_t>& rows,
                                   std::ostream& out);

}  // namespace kolega::report
