// Which CI this is and what it says about the change, from environment variables as a value.
#pragma once

#include <optional>
#include <string>

#include "model/repository.hpp"
#include "sys/system.hpp"

namespace kolega::ci {

enum class System { none, github, gitlab, azure, bitbucket, jenkins, other };

struct CiContext {
  System system{System::none};
  std::string repository{};                ///< owner/name
  std::string branch{};
  std::string commit{};
  std::string change{};                    ///< pull or merge request number
  std::string target_branch{};
  std::string base_commit{};               ///< where the change left its target branch, where the CI says so
  std::string run_url{};
  std::optional<AzureRun> azure{};         ///< whole, or nothing
  std::string actor{};                     ///< who started the run: a login where there is one
};

CiContext detect(const sys::Environment& environment);
std::string_view name_of(System system);

}  // namespace kolega::ci
