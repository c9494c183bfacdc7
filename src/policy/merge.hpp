// One tree out of several files: what is written later goes over what was there. Not for: reading the tree
// (load.hpp), or what may not be changed (lock.hpp).
#pragma once

#include "base/yaml.hpp"

namespace kolega::policy {

/// `later` over `base`: rules by id, key by key; `exclude`, `waivers.list` and `lock` append; maps of
/// settings key by key; everything else is replaced. `thresholds` becomes the rule of that id.
yaml::Node merge_policies(yaml::Node base, const yaml::Node& later);

/// The rules of a file, `thresholds` as the first of them.
std::vector<yaml::Node> rules_of(const yaml::Node& root);
/// The id that a rule has in its tree, empty when it has none.
std::string id_of(const yaml::Node& rule);

}  // namespace kolega::policy
