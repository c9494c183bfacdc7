// What `extends` names, and the texts behind it, parents first. Not for: making one policy of them
// (merge.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/keys.hpp"
#include "policy/load.hpp"

namespace kolega::policy {

/// More is a mistake or an attack.
inline constexpr std::size_t deepest_extends = 8;       ///< files below the first one
inline constexpr std::size_t most_files = 32;           ///< in all
inline constexpr std::size_t most_bytes = 1024 * 1024;  ///< in all

/// The item of `extends` that is a map.
struct ParentDraft {
  std::string path{};
  std::string url{};
  std::string sha256{};
};
std::span<const Key<ParentDraft>> parent_rows();

/// The parents that can be understood; a remark on each other item.
std::vector<Parent> read_parents(const yaml::Node& value, Reader& reader);

/// One file of a policy.
struct Layer {
  std::string name{};
  yaml::Node root{};
  std::vector<std::string> parents{};  ///< the names of what it extends, as far as that could be read
};

/// The text and everything that it extends, each file once, in the order in which they apply: parents before
/// who names them. Fills in the texts, sources and remarks; what cannot be read is left out with a remark.
std::vector<Layer> load_layers(std::string_view text, const std::string& file, const Fetch& fetch,
                               Loaded& loaded);

}  // namespace kolega::policy
