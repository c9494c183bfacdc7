// What a run tells the CI that it runs in: annotations, the step summary and values for later steps without
// being asked, a comment under the merge request when asked. Not for: the reports of -o (reports.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ci/detect.hpp"
#include "cli/command.hpp"
#include "cli/merge_comment.hpp"
#include "cli/reports.hpp"
#include "gate/record.hpp"
#include "report/ci_commands.hpp"

namespace kolega::cli {

/// --ci, --comment, --comment-name
std::vector<Option> ci_options();

class CiOutputs {
 public:
  /// Throws Error(usage) for a wrong option, and Error(output) when the file for values cannot be written: a
  /// later step would read none and might take that for good news.
  explicit CiOutputs(const Invocation& invocation);

  /// What cannot be shown to people is a warning. Throws Error(output) when values for later steps are lost.
  void write(const gate::DecisionRecord& record, int exit_code, const Reports& reports) const;
  /// Last, because the network is asked. Never throws Error.
  void comment(const gate::DecisionRecord& record) const { comment_.write(record); }

 private:
  std::vector<report::Variable> variables(const gate::DecisionRecord& record, int exit_code,
                                          const Reports& reports) const;
  void write_commands(std::string_view commands) const;
  void annotate(std::string_view format, const gate::DecisionRecord& record, const Reports& reports) const;
  void write_github(const gate::DecisionRecord& record, int exit_code, const Reports& reports) const;
  void write_azure(const gate::DecisionRecord& record, int exit_code, const Reports& reports) const;
  void write_github_summary(const gate::DecisionRecord& record) const;
  void upload_azure_summary(const gate::DecisionRecord& record) const;
  std::string random_name(std::string prefix) const;

  const Invocation& invocation_;
  MergeComment comment_;
  ci::System system_{};
};

}  // namespace kolega::cli
