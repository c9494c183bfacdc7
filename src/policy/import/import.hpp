// Another gate's file as a policy of ours: text to text. An import never accepts more than the file did; what
// the language cannot say stays as a comment at its place and as a remark. Not for: files and streams
// (cli/command_policy_import.cpp).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"

namespace kolega::policy {

/// One format that can be imported.
struct ImportKind;

/// More is no file that people keep, and would not fit into a policy.
inline constexpr std::size_t most_import_bytes = 4 * 1024 * 1024;
inline constexpr std::size_t most_import_entries = 4000;

struct Imported {
  std::string text{};  ///< a policy without errors
  std::size_t mapped{};
  std::size_t kept{};                 ///< entries that are comments now
  std::vector<Diagnostic> remarks{};  ///< on every entry that is kept or became stricter, by position
};

struct Detected {
  const ImportKind* kind{};
  std::string_view because{};  ///< "its name", "its content"
};

/// What the file is, by its name, else by its content.
std::optional<Detected> detect_import(const std::string& file, std::string_view text);
const ImportKind* find_import_kind(std::string_view name);
/// "trivyignore", "snyk", ...: the words of --from.
std::vector<std::string_view> import_kind_names();
std::string_view name_of(const ImportKind& kind);
/// "Trivy's .trivyignore": for people.
std::string_view title_of(const ImportKind& kind);

/// `file` names the text in messages; `at` is now: waivers without an end get one that far away. Throws
/// Error(input or policy) with position for what the format does not allow.
Imported import_policy(const ImportKind& kind, std::string_view text, const std::string& file, Instant at);

}  // namespace kolega::policy
