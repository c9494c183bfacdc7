// Policies of several files, in memory.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "policy/load.hpp"

namespace kolega::test {

using Files = std::map<std::string, std::string>;

/// A path is looked for beside the file that names it, a URL by itself.
inline policy::Fetch fetch_from(const Files& files) {
  return [files](const policy::Parent& parent, const std::string& from) -> policy::Fetched {
    const auto beside =
        (std::filesystem::path(from).parent_path() / parent.where).lexically_normal().string();
    const auto name = parent.kind == policy::Parent::Kind::url ? parent.where : beside;
    const auto found = files.find(name);
    if (found == files.end()) return {.problem = "cannot read " + name};
    return {.name = name, .text = found->second};
  };
}

inline policy::Loaded lint_files(const Files& files, const std::string& top = "policy.yaml") {
  return policy::lint(files.at(top), top, fetch_from(files));
}

/// Every remark as a person is shown it, one behind the other.
inline std::string remarks_of(const policy::Loaded& loaded) {
  std::string out;
  for (const auto& remark : loaded.remarks) out += render(remark, loaded) + "\n";
  return out;
}

}  // namespace kolega::test
