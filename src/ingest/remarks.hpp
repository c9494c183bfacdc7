// Counts what is odd in a file of another tool, so that people read one line a kind with its first place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kolega::ingest {

class Remarks {
 public:
  /// `what` is one phrase a kind, for example "results without a message".
  void add(std::string_view what, const std::string& where) {
    ++total_;
    for (auto& remark : remarks_) {
      if (remark.what == what) {
        ++remark.count;
        return;
      }
    }
    remarks_.push_back({std::string(what), where, 1});
  }

  /// How often add() was called.
  std::uint64_t total() const { return total_; }

  /// "results without a message: 3, first at /runs/0/results/7", in order of appearance.
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const auto& [what, where, count] : remarks_) {
      out.push_back(what + ": " + std::to_string(count) + (where.empty() ? "" : ", first at " + where));
    }
    return out;
  }

 private:
  struct Remark {
    std::string what{};
    std::string where{};
    std::uint64_t count{};
  };
  std::vector<Remark> remarks_;
  std::uint64_t total_{};
};

}  // namespace kolega::ingest
