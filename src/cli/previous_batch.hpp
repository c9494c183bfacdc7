// The baseline that an earlier scan batch makes: fetched, graded, judged by the same policy, so that both sides leave
// out the same findings. Not for: files (reference.hpp).
#pragma once

#include "api/scan_runner.hpp"
#include "cli/command.hpp"
#include "gate/inputs.hpp"

namespace kolega::cli {

/// For a policy whose baseline is `previous_batch` or `batch:<id>`. `inputs` hold the batches that are judged. For
/// each of their scan types the newest earlier batch that is complete serves; an incomplete one never does, and
/// after a few of them it is given up, as it is at one that could not be read. Fills Inputs::baseline, or no_baseline with why. Throws what no policy may
/// soften.
void read_batch_baseline(api::Client& client, const Invocation& invocation, Duration timeout, gate::Inputs& inputs);

/// What `evaluate` knows of such a baseline: nothing.
void miss_batch_baseline(gate::Inputs& inputs);

}  // namespace kolega::cli
