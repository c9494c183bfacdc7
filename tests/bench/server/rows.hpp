// Findings of any number, resampled from real ones: the JSON of one row of /results and of one item of /findings.
// Not for: keeping them; row i is made anew each time from i alone, so that memory does not grow with the number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

class Rows {
 public:
  /// Files in the shape of Kolega's scanner ({"results": [...]}). Throws std::runtime_error.
  explicit Rows(const std::vector<std::string>& files);

  /// One row of /results, about 497 bytes with the real files.
  void append_result(std::string& out, std::int64_t index) const;
  /// The same finding as an item of /findings.
  void append_item(std::string& out, std::int64_t index, std::string_view repository_id,
                   std::string_view scan_type) const;

 private:
  /// All texts are JSON already, without their quotes.
  struct Sample {
    std::string check_id{};
    std::string severity{};
    std::string path{};
    std::string message{};
    std::string title{};
    std::string cwe{};  ///< items of the array
    std::int64_t line{};
  };
  const Sample& sample(std::int64_t index) const;
  /// One round through the samples is one module: paths repeat as often as in the real files.
  void append_path(std::string& out, std::int64_t index) const;

  std::vector<Sample> samples_{};
};

}  // namespace bench
