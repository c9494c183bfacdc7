#include "sandbox/fix_branch.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "sandbox/git_workshop.hpp"

namespace kolega::sandbox {

namespace {

constexpr std::size_t longest_name = 200;
constexpr auto no_object = "0000000000000000000000000000000000000000";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._-/").find(c) != std::string_view::npos;
}

std::string free_name(const BranchTask& task, const std::set<std::string>& taken) {
  if (!task.name.empty()) {
    if (!taken.contains(task.name)) return task.name;
    throw Error(ErrorKind::usage, "a branch named " + task.name + " exists already");
  }
  auto name = task.stem;
  for (int number = 2; taken.contains(name); ++number) name = task.stem + "-" + std::to_string(number);
  return name;
}

std::set<std::string> branches_of(const GitWorkshop& shop, const std::string& directory) {
  const auto listed = shop.git(directory, {"for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads"}, {});
  std::set<std::string> out;
  for (const auto line : split(listed, '\n')) out.emplace(line);
  return out;
}

GitWorkshop::Variables author(Instant at) {
  const auto date = format_instant_seconds(at);
  return {{"GIT_AUTHOR_NAME", "kolega-gate sandbox"},
          {"GIT_AUTHOR_EMAIL", "sandbox@kolega.invalid"},
          {"GIT_AUTHOR_DATE", date},
          {"GIT_COMMITTER_NAME", "kolega-gate sandbox"},
          {"GIT_COMMITTER_EMAIL", "sandbox@kolega.invalid"},
          {"GIT_COMMITTER_DATE", date}};
}

}  // namespace

bool is_branch_name(std::string_view name) {
  if (name.empty() || name.size() > longest_name || name == "HEAD") return false;
  if (!std::all_of(name.begin(), name.end(), is_name_character)) return false;
  for (const auto segment : split(name, '/')) {
    if (segment.empty() || segment.starts_with('.') || segment.starts_with('-')) return false;
    if (segment.ends_with('.') || segment.ends_with(".lock")) return false;
  }
  return name.find("..") == std::string_view::npos;
}

MadeBranch make_branch(const BranchTask& task) {
  if (task.base_commit.empty()) {
    throw Error(ErrorKind::input, "the checkout is no git repository with a commit to start a branch from");
  }
  const GitWorkshop shop;
  const auto name = free_name(task, branches_of(shop, task.directory));
  const GitWorkshop::Variables index{{"GIT_INDEX_FILE", shop.path("index")}};
  const auto prefix = first_line(shop.git(task.directory, {"rev-parse", "--show-prefix"}, {}));
  const auto top = first_line(shop.git(task.directory, {"rev-parse", "--show-toplevel"}, {}));
  shop.git(top, {"read-tree", task.base_commit}, index);
  std::vector<std::string> apply{"apply", "--cached", "--whitespace=nowarn"};
  if (!prefix.empty()) apply.push_back("--directory=" + prefix);
  apply.push_back(shop.write("fix.patch", task.diff));
  try {
    shop.git(top, apply, index);
  } catch (Error& error) {
    throw error.within("the patch builds on changes of the checkout that are not committed");
  }
  const auto tree = first_line(shop.git(top, {"write-tree"}, index));
  const auto message = shop.write("message", task.title + "\n\n" + task.body + "\n");
  const auto commit = first_line(
      shop.git(top, {"commit-tree", tree, "-p", task.base_commit, "-F", message}, author(task.at)));
  shop.git(top, {"update-ref", "-m", "kolega-gate sandbox", "refs/heads/" + name, commit, no_object}, {});
  return {name, commit};
}

bool is_merged(const std::string& directory, const std::string& commit, const std::string& branch) {
  if (commit.empty() || !is_branch_name(branch)) return false;
  try {
    const GitWorkshop shop;
    return !shop.git(directory, {"for-each-ref", "--contains=" + commit, "refs/heads/" + branch}, {}).empty();
  } catch (const Error&) {
    return false;  // the repository is gone, or the commit
  }
}

}  // namespace kolega::sandbox
