// The comment under the merge request: whether it is wanted, and writing it once the reports are in place.
// Not for: how each forge does it (forge/). Nothing here changes a verdict or an exit code.
#pragma once

#include <optional>
#include <string>

#include "ci/detect.hpp"
#include "cli/command.hpp"
#include "gate/record.hpp"

namespace kolega::cli {

/// --comment, --comment-name
std::vector<Option> comment_options();

class MergeComment {
 public:
  /// Throws Error(usage) for a wrong --comment or --comment-name.
  explicit MergeComment(const Invocation& invocation);

  /// Writes or updates the comment within some 20 seconds; whatever goes wrong is a warning.
  void write(const gate::DecisionRecord& record) const;

 private:
  enum class Wish { off, automatic, on };
  static Wish read_wish(const Invocation& invocation);
  void tell_none(const std::string& why, const std::string& remedy) const;
  void send(const gate::DecisionRecord& record) const;

  const Invocation& invocation_;
  Wish wish_{};
  std::optional<std::string> name_{};
};

}  // namespace kolega::cli
