// Which CI this is and what it says about the change, from environment variables as a value.
// Not for: what people call a change in reports; the gate asks only whether there is one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/repository.hpp"
#include "sys/system.hpp"

namespace kolega::ci {

enum class System { none, github, gitlab, azure, bitbucket, jenkins, other };

struct CiContext {
  System system{System::none};
  std::string_view name{};                 ///< of the system, for reports; empty without one
  std::string repository{};                ///< owner/name
  std::string branch{};
  std::string commit{};
  std::string change{};                    ///< pull or merge request number; its head branch or "unknown" where there is one without
                                           ///< a number
  std::string target_branch{};
  std::string base_commit{};               ///< where the change left its target branch, where the CI says so
  std::string run_url{};
  std::optional<AzureRun> azure{};         ///< whole, or nothing
  std::string actor{};                     ///< who started the run: a login where there is one
};

/// Reads the event file of GitHub Actions, where the number of a pull request stands nowhere else.
CiContext detect(const sys::Environment& environment);

}  // namespace kolega::ci
