#include "cli/trusted_tree.hpp"

#include <filesystem>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kolega::cli {

namespace {

namespace fs = std::filesystem;

constexpr auto own_tree =
    "unpack the base side into a directory of its own, outside of this one (git archive BASE | tar -x -C "
    "DIR), and "
    "name its policy; or give the base side's file with --baseline FILE";

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw Error(ErrorKind::usage,
              "the trusted policy's baseline file:" + printable(name, 200) + " is not read: " + why,
              own_tree);
}

/// Links are followed: one that leads into the merge request's tree is no way around. What does not exist
/// stays.
fs::path resolved(const fs::path& path) {
  std::error_code problem;
  const auto found = fs::weakly_canonical(path, problem);
  return problem ? path.lexically_normal() : found;
}

bool is_inside(const fs::path& path, const fs::path& directory) {
  const auto relative = path.lexically_relative(directory);
  return !relative.empty() && *relative.begin() != "..";
}

fs::path tree_of(const fs::path& policy) {
  const auto directory = policy.parent_path();
  if (auto checkout = find_checkout(directory)) return *checkout;
  return directory.filename() == ".kolega" ? directory.parent_path() : directory;
}

}  // namespace

std::optional<std::filesystem::path> find_checkout(const std::filesystem::path& directory) {
  std::error_code problem;
  for (auto at = directory;; at = at.parent_path()) {
    if (fs::exists(at / ".git", problem)) return at;
    if (at.empty() || at == at.root_path()) return std::nullopt;
  }
}

std::string trusted_place(const std::string& policy, const std::string& name, const Invocation& invocation) {
  if (policy.empty() || policy.starts_with("builtin:"))
    refuse(name, (policy.empty() ? "the record's trusted policy" : printable(policy, 60)) +
                     " lies in no tree that could hold the base side's file");
  const auto here = resolved(invocation.system.working_directory);
  const auto checkout = find_checkout(here);
  const auto head = checkout.value_or(here);
  const auto tree = tree_of(resolved(here / policy));
  std::error_code problem;
  // Without a .git nobody knows where the merge request's tree begins, so all around is taken for it.
  const bool around = !checkout && is_inside(here, tree);
  const bool within = is_inside(tree, head) && !(tree != head && fs::exists(tree / ".git", problem));
  if (around || within)
    refuse(name, "'" + printable(policy, 200) +
                     "' lies in the tree of the merge request, which could change the file");
  const auto place = resolved(tree / here.lexically_relative(head) / name);
  const bool of_head = is_inside(place, head) && !(is_inside(tree, head) && is_inside(place, tree));
  if (of_head || (!fs::path(name).is_absolute() && !is_inside(place, tree)))
    refuse(name, "it lies outside of the trusted policy's tree, " + printable(tree.string(), 200));
  return place.string();
}

}  // namespace kolega::cli
