// What later files may not change. Not for: options of the command line against locks (cli/locks.hpp).
#pragma once

#include <vector>

#include "policy/keys.hpp"
#include "policy/policy.hpp"

namespace kolega::policy {

void parse_locks(const yaml::Node& value, std::vector<Lock>& locks, Reader& reader);
yaml::Node write_locks(const std::vector<Lock>& locks);

/// Remarks on locks that hold nothing: a misspelt lock would leave open what its author meant to close.
void lint_locks(const Policy& policy, const std::vector<std::string_view>& keys, Reader& reader);

/// A policy before and after a file was merged into it.
struct Change {
  const yaml::Node& before;   ///< canonical
  const yaml::Node& after;    ///< canonical
  const yaml::Node& written;  ///< the file as it is written
};

/// A remark for everything locked that the file changes or drops, at the line that does it.
void check_locks(const std::vector<Lock>& locks, const Change& change, Reader& reader);

/// The same for files that apply before the one with the locks and that it does not extend. `before` is the
/// locked file with what it extends alone, `after` the policy up to it, `written` each such file.
void check_locks_backwards(const std::vector<Lock>& locks, const yaml::Node& before, const yaml::Node& after,
                           const std::vector<const yaml::Node*>& written, Reader& reader);

}  // namespace kolega::policy
