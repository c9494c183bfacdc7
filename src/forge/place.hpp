// Under which merge request the comment goes, and with whose token, from the variables of the CI.
// Not for: asking the forge anything.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "ci/detect.hpp"
#include "net/url.hpp"
#include "sys/system.hpp"

namespace kolega::forge {

enum class Forge { github, gitlab, azure };

struct Place {
  Forge forge{};
  net::Url api{};         ///< where the forge's API is; the token goes nowhere else
  std::string project{};  ///< owner/name at GitHub, the number or path at GitLab, the project at Azure DevOps
  std::string repository{};  ///< Azure DevOps alone: id or name
  std::string number{};      ///< of the merge request
  Secret token{};
};

/// "GitHub", "GitLab", "Azure DevOps".
std::string_view name_of(Forge forge);

/// A place, or why there is none and what would make one.
struct PlaceSearch {
  std::optional<Place> place{};
  std::string why_not{};
  std::string remedy{};
};
PlaceSearch find_place(const ci::CiContext& ci, const sys::Environment& environment);

/// What tells this gate's comment from those of other gates unless the user names it: the job, as the CI
/// calls it.
std::string default_gate_name(const ci::CiContext& ci, const sys::Environment& environment);

}  // namespace kolega::forge
