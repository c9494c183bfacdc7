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
Subject detect_subject(const ci::CiContext& ci, const sys::System& system);

/// Decides, writes everything and gives the exit code. `ending` is what cut the collecting short and cannot
/// be softened: its own exit code is used unless a blocking rule is broken. `attach` goes on with running
/// batches. `fix` has what a failed verdict blocks fixed and tells what became of it, for the reports: the
/// files are written before it and again after it, so that they are there whatever happens meanwhile. It
/// throws nothing and cannot change verdict or exit code.
int finish(gate::Inputs inputs, Reports& reports, const CiOutputs& ci_outputs, const Invocation& invocation,
           const std::optional<Error>& ending, const std::string& attach,
           const std::function<std::vector<gate::Fix>(const gate::DecisionRecord&)>& fix = {});

}  // namespace kolega::cli
