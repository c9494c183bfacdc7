#include "sys/git_diff.hpp"

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "sys/git_command.hpp"

namespace kolega::sys {

namespace {

constexpr auto full_history =
    "fetch the whole history: `git fetch --unshallow` (GitHub: fetch-depth: 0, GitLab: "
    "GIT_DEPTH: 0, Azure: fetchDepth: 0)";

[[noreturn]] void fail(std::string message, std::string hint) {
  throw Error(ErrorKind::context, std::move(message), std::move(hint));
}

/// Names, not ranges, paths or options. git check-ref-format forbids the same characters, but for ~ and ^,
/// which lead from a name to its ancestors, and @{...}.
void require_name(std::string_view ref) {
  const bool odd = ref.size() > 1024 || ref.starts_with('-') || ref.starts_with('^') ||
                   ref.find("..") != std::string_view::npos ||
                   ref.find_first_of(" :?*[\\\"'") != std::string_view::npos || printable(ref) != ref;
  if (!odd) return;
  throw Error(ErrorKind::usage, "base '" + printable(ref, 80) + "': not the name of a commit",
              "give a branch, a tag or a commit: --base origin/main");
}

class Repository {
 public:
  Repository(std::string git, const std::string& directory, std::stop_token stop)
      : git_(std::move(git)), directory_(directory), stop_(std::move(stop)) {
    const auto found = ask({"rev-parse", "--git-dir"});
    if (!found) {
      fail("cannot tell what has changed: there is no git repository in '" +
               printable(directory.empty() ? "." : directory, 200) + "'",
           "run inside a checkout, or give the changes with --diff FILE");
    }
  }

  /// The full id of the commit that a name stands for.
  std::optional<std::string> find_commit(const std::string& name) const {
    auto id = ask({"rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}"});
    if (!id || id->empty() || id->find_first_not_of("0123456789abcdef") != std::string::npos)
      return std::nullopt;
    return id;
  }

  /// Of the full names of refs those that exist.
  std::vector<std::string> existing(const std::vector<std::string>& names) const {
    std::vector<std::string> question{"for-each-ref", "--format=%(refname)", "--"};
    question.insert(question.end(), names.begin(), names.end());
    const auto answer = ask(question).value_or("");
    const auto found = split(answer, '\n');  // with all below each name
    std::vector<std::string> out;
    std::ranges::copy_if(names, std::back_inserter(out),
                         [&](const auto& name) { return std::ranges::find(found, name) != found.end(); });
    return out;
  }

  /// True when some object's id begins so.
  bool has_object(const std::string& digits) const {
    return !ask({"rev-parse", "--disambiguate=" + digits}).value_or("").empty();
  }

  std::optional<std::string> find_merge_base(const std::string& base, const std::string& head) const {
    return ask({"merge-base", base, head});
  }

  bool is_shallow() const { return ask({"rev-parse", "--is-shallow-repository"}) == "true"; }

  /// The branch that origin's HEAD points to, else one of the two usual names.
  std::optional<std::string> find_default_branch() const {
    if (auto branch = ask({"symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"})) return branch;
    for (const auto* name : {"origin/main", "origin/master"}) {
      if (find_commit(std::string("refs/remotes/") + name)) return name;
    }
    return std::nullopt;
  }

  /// Every setting that could leave something out or change the form is given here: of the repository's
  /// configuration (diff.relative, diff.noprefix, diff.external, ...), and of .gitmodules, which the change
  /// itself may edit (submodule.NAME.ignore).
  std::string diff(const std::string& base, const std::string& head) const {
    const std::vector<std::string> arguments{"-c",
                                             "core.quotePath=true",
                                             "diff",
                                             "--no-color",
                                             "--no-ext-diff",
                                             "--no-textconv",
                                             "-M",
                                             "--unified=0",
                                             "--inter-hunk-context=0",
                                             "--src-prefix=a/",
                                             "--dst-prefix=b/",
                                             "--submodule=short",
                                             "--ignore-submodules=none",
                                             "--no-relative",
                                             "--full-index",
                                             "--output-indicator-new=+",
                                             "--output-indicator-old=-",
                                             "--output-indicator-context= ",
                                             base,
                                             head,
                                             "--"};
    auto result = run_git(git_, directory_, arguments, {std::chrono::minutes(5), 1ULL << 30, stop_});
    if (result.timed_out) fail("git diff did not end within 5 minutes", "give the changes with --diff FILE");
    if (result.exit_code != 0) {
      fail("git diff failed: " + printable(trim(result.err), 300),
           "in a partial clone, fetch the missing files first: git fetch --refetch --no-filter");
    }
    return std::move(result.out);
  }

 private:
  std::optional<std::string> ask(const std::vector<std::string>& question) const {
    const auto result = run_git(git_, directory_, question, {std::chrono::seconds(60), 1024 * 1024, stop_});
    if (result.timed_out) fail("git " + question.front() + " did not end within a minute", {});
    if (result.exit_code != 0) return std::nullopt;
    return std::string(trim(result.out));
  }
  std::string git_;
  std::string directory_;
  std::stop_token stop_;
};

struct Base {
  std::string name{};
  std::string commit{};
};

Base default_base(const Repository& repository) {
  const auto name = repository.find_default_branch();
  const auto commit = name ? repository.find_commit("refs/remotes/" + *name) : std::nullopt;
  if (!commit) {
    fail("cannot tell what has changed: the default branch of origin is not known here",
         "give the base: --base REF, after `git fetch origin REF`");
  }
  return {*name, *commit};
}

[[noreturn]] void fail_unknown_base(const Repository& repository, const std::string& ref) {
  const auto branch = ref.starts_with("origin/") ? ref.substr(7) : ref;
  std::string hint = "fetch it: git fetch origin " + branch;
  if (repository.is_shallow()) hint += "; this clone is shallow: " + std::string(full_history);
  fail("base '" + printable(ref, 80) + "' is not in this repository", hint);
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

[[noreturn]] void fail_ambiguous(const std::string& ref, std::vector<std::string> meanings,
                                 const std::string& hint) {
  for (auto& meaning : meanings) meaning = printable(meaning, 120);
  throw Error(ErrorKind::usage,
              "base '" + printable(ref, 80) + "' has more than one meaning: " + join(meanings, ", "), hint);
}

/// What a name may stand for, in git's order (gitrevisions(7)) and then as a branch of origin. git takes the
/// first one, and so a tag, which a merge request can bring, before the branch that is meant. origin/NAME is
/// always origin's branch; a branch of this clone hides origin's of the same name.
std::vector<std::string> refs_named(const Repository& repository, const std::string& stem) {
  if (stem.starts_with("origin/")) return repository.existing({"refs/remotes/" + stem});
  const auto own = "refs/heads/" + stem;
  auto found = repository.existing({"refs/tags/" + stem, own, "refs/remotes/" + stem,
                                    "refs/remotes/" + stem + "/HEAD", "refs/remotes/origin/" + stem});
  if (std::ranges::find(found, own) != found.end()) std::erase(found, "refs/remotes/origin/" + stem);
  return found;
}

/// All meanings must be one commit.
Base one_of(const Repository& repository, const std::string& ref, const std::string& stem,
            const std::vector<std::string>& meanings) {
  const auto steps = ref.substr(stem.size());
  const auto commit = repository.find_commit(meanings.front() + steps);
  if (!commit) fail_unknown_base(repository, ref);
  const auto differs = [&](const std::string& name) {
    return repository.find_commit(name + steps) != commit;
  };
  if (std::ranges::any_of(meanings, differs))
    fail_ambiguous(ref, meanings, "give the full name: --base " + printable(meanings.back() + steps, 120));
  const bool of_origin = meanings.front() == "refs/remotes/origin/" + stem;
  return {(of_origin ? "origin/" : "") + ref, *commit};
}

Base named_base(const Repository& repository, const std::string& ref) {
  require_name(ref);
  const auto stem = ref.substr(0, std::min(ref.find_first_of("~^"), ref.find("@{")));
  const bool whole = stem.empty() || stem.starts_with("refs/") || (is_hex(stem) && stem.size() >= 40);
  const auto meanings = whole ? std::vector<std::string>{} : refs_named(repository, stem);
  if (meanings.empty()) {
    const auto commit = stem.starts_with("origin/") ? std::nullopt : repository.find_commit(ref);
    if (!commit) fail_unknown_base(repository, ref);
    return {ref, *commit};
  }
  if (is_hex(stem) && stem.size() >= 4 && repository.has_object(stem))
    fail_ambiguous(ref, {meanings.front(), "an object " + stem + "..."}, "give the whole id of the commit");
  const auto base = one_of(repository, ref, stem, meanings);
  // What stands in the git directory itself, like HEAD, comes before every ref.
  const bool special = stem.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string::npos;
  if (special && repository.find_commit(ref) != base.commit)
    fail_ambiguous(ref, {stem, meanings.front()}, "give the full name or the id of the commit");
  return base;
}

}  // namespace

namespace {

Repository open_repository(const std::string& directory, std::stop_token stop) {
  auto git = find_git();
  if (!git) fail("cannot tell what has changed: there is no git", "install git, or give --diff FILE");
  return {std::move(*git), directory, std::move(stop)};
}

std::string require_head(const Repository& repository) {
  const auto head = repository.find_commit("HEAD");
  if (!head) fail("cannot tell what has changed: HEAD is no commit yet", "commit first, or give --diff FILE");
  return *head;
}

std::string require_merge_base(const Repository& repository, const Base& base, const std::string& head) {
  const auto merge_base = repository.find_merge_base(base.commit, head);
  if (merge_base) return *merge_base;
  const auto what = "HEAD and '" + printable(base.name, 80) + "' have no commit in common";
  if (repository.is_shallow()) fail(what + ": this clone is shallow", full_history);
  fail(what, "give the base that this change was made from: --base REF");
}

GitDiff diff_from(const Repository& repository, const Base& base, const std::string& head,
                  const std::string& merge_base) {
  return {repository.diff(merge_base, head), "git diff " + base.name + "...HEAD", merge_base, head};
}

}  // namespace

GitDiff git_diff(const std::string& directory, const std::string& base_ref, std::stop_token stop) {
  const auto repository = open_repository(directory, std::move(stop));
  const auto base = base_ref.empty() ? default_base(repository) : named_base(repository, base_ref);
  const auto head = require_head(repository);
  const auto merge_base = require_merge_base(repository, base, head);
  if (base_ref.empty() && merge_base == head) {
    fail("HEAD is part of " + printable(base.name, 80) + ": there is no change to compare with it",
         "give the base: --base REF");
  }
  return diff_from(repository, base, head, merge_base);
}

GitDiff git_diff_of_branch(const std::string& directory, const std::string& branch, std::stop_token stop) {
  require_name(branch);
  const auto repository = open_repository(directory, std::move(stop));
  const auto head = require_head(repository);
  for (const std::string folder : {"refs/remotes/origin/", "refs/heads/"}) {
    const auto commit = repository.find_commit(folder + branch);
    if (!commit) continue;
    const Base base{(folder == "refs/heads/" ? "" : "origin/") + branch, *commit};
    return diff_from(repository, base, head, require_merge_base(repository, base, head));
  }
  fail_unknown_base(repository, branch);
}

}  // namespace kolega::sys
