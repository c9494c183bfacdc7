// Path globs of the policy: `*` and `?` stay inside one segment, `**` crosses segments, `[abc]`, `[!a-z]`, `{a,b}`, `\x`.
// Not for: regular expressions; a policy has none.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kolega {

/// What is wrong with a pattern (empty, unclosed bracket, ...), or nothing.
std::optional<std::string> find_glob_error(std::string_view pattern);

/// Whole-text match; never exponential in the pattern. `src/**` matches everything below src, `**/x` also `x`.
bool glob_match(std::string_view pattern, std::string_view text);

/// A list where `!pattern` excludes and the last match wins; a list of only `!` patterns starts from "all match".
bool glob_list_match(std::span<const std::string> patterns, std::string_view text);

}  // namespace kolega
