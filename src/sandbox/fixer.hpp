// Runs a repository's fixer over a copy of its checkout and takes what it changed as a patch. Blocks; runs in
// a job. The checkout itself is only read. Not for: what a fix makes of it (fixes.cpp), branches
// (fix_branch.cpp).
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/finding.hpp"

namespace kolega::sandbox {

/// What the fixer is told, in the file that KOLEGA_FIX_REQUEST names, and over what it runs.
struct FixTask {
  struct About {
    std::string id{};
    std::shared_ptr<const Finding> finding{};
  };
  std::string fix_id{};
  std::string title{};
  std::vector<std::string> instructions{};  ///< the first, then those of every refinement
  std::vector<About> findings{};
  std::string repository{};  ///< full name
  std::string branch{};
  std::string directory{};  ///< the checkout
  std::string command{};
  Duration timeout{};
  std::string earlier_diff{};  ///< of the fix that is refined; it is part of the new one
};

struct FixResult {
  std::string diff{};         ///< applies to the checkout; never empty
  std::string base_commit{};  ///< empty where the checkout is no git work tree
};

/// `step` is called after each stage. Throws Error: why there is no patch.
FixResult run_fixer(const FixTask& task, std::stop_token stop, const std::function<void()>& step);

}  // namespace kolega::sandbox
