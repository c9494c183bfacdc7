// What a CI shows beside the lines of a change: the verdict, what is missing, the findings over a limit.
// Not for: the commands of a certain CI (ci_commands.hpp); all text is still hostile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gate/record.hpp"

namespace kolega::report {

struct Annotation {
  enum class Level : std::uint8_t { error, warning, notice };
  Level level{};
  std::string title{};
  std::string message{};
  std::string path{};  ///< as it is called in the repository; empty: about no place
  std::uint32_t line{};
  std::uint32_t end_line{};
  std::string check{};
};

/// The verdict first, then the heaviest. At most ten of each level: GitHub and Azure show no more of a step.
/// The verdict says how many were left out.
std::vector<Annotation> annotations(const gate::DecisionRecord& record);

}  // namespace kolega::report
