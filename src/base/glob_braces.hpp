// `{a,b}` in a pattern: one pattern for each choice.
// Not for: ranges such as `{1..9}`, and braces without a comma; those are errors, `\{` is the character itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kolega {

/// Offset behind the `]` that closes the class opened at `open`, npos when there is none. A `]` right behind the
/// opening is one of its members.
std::size_t end_of_class(std::string_view pattern, std::size_t open);

/// True when some `{` of the pattern opens a choice.
bool has_braces(std::string_view pattern);

/// What is wrong with the braces of a pattern whose classes and escapes are right, or nothing.
std::optional<std::string> find_brace_error(std::string_view pattern);

/// Every choice taken, in the order written; the pattern itself where it has none. Only for what find_brace_error()
/// finds no fault with.
std::vector<std::string> expand_braces(std::string_view pattern);

}  // namespace kolega
