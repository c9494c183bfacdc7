// An identity for formats that demand one of their own: the same finding gets the same one in every run, no
// two findings of a report share one. Not for: the fingerprint, which is Kolega's.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "model/finding.hpp"

namespace kolega::report {

class FindingIds {
 public:
  /// 64 hexadecimal digits. Rows that say the same are told apart by their number, so ask in a stable order.
  std::string next(const Finding& finding);

 private:
  std::unordered_map<std::string, std::uint64_t> seen_;
};

}  // namespace kolega::report
