// Paths of findings and of changes in one form, so that they can be compared.
// Not for: the file system.
#pragma once

#include <string>
#include <string_view>

namespace kolega {

/// `\` to `/`; `.`, `..`, empty steps and a `/` at the end folded; a `..` that leads out of the tree stays. The text is only
/// copied, to `scratch`, where it changes.
std::string_view fold_path(std::string_view path, std::string& scratch);
std::string folded_path(std::string_view path);

}  // namespace kolega
