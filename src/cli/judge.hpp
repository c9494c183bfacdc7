// The end that `run` and `evaluate` share: inputs -> decision record -> reports -> what to do next -> exit
// code.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "ci/detect.hpp"
#include "cli/ci_outputs.hpp"
#include "cli/command.hpp"
#include "cli/reports.hpp"

namespace kolega::cli {

/// What the CI and git say about the change that is judged.
Subject detect_subject(const ci::CiContext& ci, const std::string& directory);

/// Decides, writes everything and gives the exit code. `ending` is what cut the collecting short and cannot
/// be softened: its own exit code is used unless a blocking rule is broken. `attach` goes on with running
/// batches. `after` sees the record when everything is written; it cannot change the exit code.
int finish(gate::Inputs inputs, Reports& reports, const CiOutputs& ci_outputs, const Invocation& invocation,
           const std::optional<Error>& ending, const std::string& attach,
           const std::function<void(const gate::DecisionRecord&)>& after = {});

}  // namespace kolega::cli
