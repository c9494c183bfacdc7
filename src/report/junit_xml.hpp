// The XML of JUnit: cases, their counts, unique names, and the elements that hold them.
// Not for: which cases there are (junit.cpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"

namespace kolega::report::junit {

enum class CaseState { passed, failed, error, skipped };

struct Case {
  std::string classname{};
  std::string name{};
  std::string file{};
  CaseState state{CaseState::passed};
  std::string type{};
  std::string message{};
  std::vector<std::string> lines{};  ///< the text of a failure or error, below the message
  Duration time{};
};

struct Counts {
  std::uint64_t tests{};
  std::uint64_t failures{};
  std::uint64_t errors{};
  std::uint64_t skipped{};
  Duration time{};

  void add(const Case& entry);
  void add(const Counts& other);
};
Counts count(const std::vector<Case>& cases);

/// GitLab keeps only the first of two cases with one class and name, so a repeated name gets a number.
class UniqueNames {
 public:
  void make_unique(Case& entry);
  /// The number that the name must get; 1 for none. The number is taken.
  std::size_t number_of(std::string_view classname, std::string_view name);

 private:
  std::uint64_t hash_of(std::string_view classname, std::string_view name);
  /// By hash, which takes a third of the names' room. Two names with one hash only get a number too many.
  std::unordered_map<std::uint64_t, std::size_t> seen_;
  std::string key_;
};

inline constexpr std::size_t longest_name = 300;
inline constexpr std::size_t longest_message = 400;
inline constexpr std::size_t longest_text = 2000;  ///< of a line

/// A hostile text as one line of bounded length; controls and bidirectional marks become visible.
std::string shown(std::string_view text, std::size_t limit);

/// The name with its number, as make_unique() writes it.
void append_number(std::string& name, std::size_t number);

/// xml(shown(text, limit)) in one pass.
void append_shown(std::string& out, std::string_view text, std::size_t limit);
void append_attribute(std::string& out, std::string_view name, std::string_view value);
void append_property(std::string& out, std::string_view name, std::string_view value);  ///< nothing when empty
void append_case(std::string& out, const Case& entry);
/// The opening tag. `timestamp` has no zone: all readers take that form, as UTC.
void append_suite_head(std::string& out, std::string_view name, const Counts& counts, Instant at);
/// The opening tag; no `skipped`, which Jenkins' schema does not know there.
void append_root_head(std::string& out, std::string_view name, const Counts& counts);

}  // namespace kolega::report::junit
