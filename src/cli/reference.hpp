// What findings are compared with, from options, policy, git and the CI's variables: the baseline and the changes of
// the merge request. Not for: a baseline that the API holds (previous_batch.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ci/detect.hpp"
#include "cli/command.hpp"
#include "gate/inputs.hpp"

namespace kolega::cli {

/// --baseline, --diff, --changed-files, --base
std::vector<Option> reference_options();

struct ReferenceOptions {
  std::optional<std::string> baseline{};
  std::optional<std::string> diff{};
  std::optional<std::string> changed_files{};
  std::optional<std::string> base{};
};
/// Throws Error(usage) for empty values and for two ways to say what has changed.
ReferenceOptions resolve_reference_options(const Invocation& invocation);

/// Throws Error(usage) when options and `files` name standard input more than once: the second would find it empty.
void require_stdin_once(const ReferenceOptions& options, const std::vector<std::string>& files);

/// Fills Inputs::changes from an option, or from git where a rule of the policy needs it; else no_changes says why
/// and what to do. Throws Error(input) for a file that cannot be read or is no diff, Error(usage) for a base that is
/// no name of a commit.
void read_changes(const ReferenceOptions& options, const ci::CiContext& ci, const Invocation& invocation,
                  gate::Inputs& inputs);

/// The same from the options alone, for a record: it holds what it was judged with. Throws Error(usage) for --base
/// where HEAD is another commit than that of the record.
void read_given_changes(const ReferenceOptions& options, const Invocation& invocation, gate::Inputs& inputs);

/// Fills Inputs::baseline from --baseline or the policy's file, a trusted policy's from its own tree
/// (trusted_tree.hpp); a file that does not exist is a first run, which beside a trusted policy never learns. Throws
/// Error(input) for one that cannot be read. A policy whose baseline is a batch is left to previous_batch.hpp.
void read_baseline_file(const ReferenceOptions& options, const Invocation& invocation, gate::Inputs& inputs);

/// True when the baseline of the policy is a batch, some rule needs it and no file was given instead.
bool wants_batch_baseline(const gate::Inputs& inputs);

}  // namespace kolega::cli
