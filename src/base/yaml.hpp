// A strict YAML reader that knows positions: the subset of YAML that a policy may use, as a plain tree.
// Refused with file:line:column: duplicate keys, second documents, aliases, anchors, explicit tags, merge keys,
// bad UTF-8, NUL and control bytes, unterminated quotes, too deep, too many nodes, more than 1 MiB.
// Not for: writing YAML for machines; JSON is a subset, so a record's policy comes back through here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace kolega::yaml {

struct Node {
  enum class Kind { null, scalar, sequence, map };
  Kind kind{Kind::null};
  std::string text{};   ///< the scalar's text
  bool plain{};         ///< written without quotes: only such a scalar can be a number, true, false or null
  bool flow{};          ///< written as [..] or {..}; kept for rendering
  SourcePos pos{};
  std::vector<Node> items{};                       ///< of a sequence
  std::vector<std::pair<Node, Node>> entries{};    ///< of a map, in order; keys are scalars

  /// The value under `key`, or nullptr.
  const Node* find(std::string_view key) const;
};

struct Limits {
  std::size_t bytes{1024 * 1024};
  std::size_t depth{64};
  std::size_t nodes{200'000};
};

/// Throws Error(policy) with position, the source line and a caret. `file` names the text in messages.
Node parse(std::string_view text, const std::string& file, const Limits& limits = {});
/// The same with the error as a remark: nothing is returned then, and one remark is added.
std::optional<Node> parse(std::string_view text, const std::string& file, std::vector<Diagnostic>& remarks,
                          const Limits& limits = {});

Node scalar(std::string text, bool plain = true);
Node sequence(std::vector<Node> items, bool flow = false);
Node map(std::vector<std::pair<std::string, Node>> entries, bool flow = false);

/// Block style YAML, two blanks an indent, strings quoted where they need it; parse() reads it back to the same tree.
std::string write(const Node& node);

}  // namespace kolega::yaml
