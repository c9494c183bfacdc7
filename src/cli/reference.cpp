#include "cli/reference.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/printer.hpp"
#include "cli/trusted_tree.hpp"
#include "gate/baseline_file.hpp"
#include "ingest/diff.hpp"
#include "sys/files.hpp"
#include "sys/git_diff.hpp"

namespace kolega::cli {

namespace {

constexpr std::uint64_t largest_diff = 1ULL << 30;
constexpr std::uint64_t largest_baseline = 2ULL << 30;

std::optional<std::string> value_of(const Invocation& invocation, std::string_view option) {
  auto value = invocation.arguments.find(option);
  if (value && value->empty())
    throw Error(ErrorKind::usage, "--" + std::string(option) + ": the value is empty");
  return value;
}

/// As people write it on the command line; relative names are seen from the working directory.
std::string place_of(const std::string& path, const Invocation& invocation) {
  if (path == "-" || path.starts_with('/')) return path;
  return invocation.system.working_directory + "/" + path;
}

/// As far as their names tell: "./base.json" and "base.json".
bool is_same_place(const std::string& a, const std::string& b, const Invocation& invocation) {
  const auto plain = [&](const std::string& name) {
    return std::filesystem::path(place_of(name, invocation)).lexically_normal();
  };
  return plain(a) == plain(b);
}

sys::GitDiff ask_git(const ReferenceOptions& options, const ci::CiContext& ci, const Invocation& invocation) {
  const auto& directory = invocation.system.working_directory;
  const auto& stop = invocation.system.stop;
  if (options.base) return sys::git_diff(directory, *options.base, stop);
  if (!ci.base_commit.empty()) return sys::git_diff(directory, ci.base_commit, stop);
  if (!ci.target_branch.empty()) return sys::git_diff_of_branch(directory, ci.target_branch, stop);
  return sys::git_diff(directory, "", stop);
}

/// The findings of a record are those of its commit; what another checkout changes says nothing about them.
void require_commit(const std::string& commit, const std::string& head) {
  if (commit.empty() || commit == head) return;
  throw Error(
      ErrorKind::usage,
      "--base: the record is of commit " + printable(commit, 64) + ", and HEAD is " + printable(head, 64),
      "check that commit out (git checkout " + printable(commit, 64) +
          "), or give the changes with --diff FILE");
}

/// `commit`: what HEAD must be; empty: anything.
void read_git_changes(const ReferenceOptions& options, const ci::CiContext& ci, const Invocation& invocation,
                      gate::Inputs& inputs, const std::string& commit) {
  try {
    const auto diff = ask_git(options, ci, invocation);
    require_commit(commit, diff.head);
    inputs.changes = ingest::parse_diff(diff.text, diff.origin);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::context) throw;
    inputs.no_changes = gate::Absence{.detail = error.message(), .hint = error.hint()};
  }
}

/// What the file of an option says; nothing where it is empty, as what a failed `git diff` leaves.
std::optional<std::string> read_given(std::string_view option, const std::string& path, const Invocation& invocation,
                                      gate::Inputs& inputs) {
  auto text = sys::read_file(place_of(path, invocation), ErrorKind::input, largest_diff);
  if (!trim(text).empty()) return text;
  inputs.changes.reset();
  inputs.no_changes = gate::Absence{.detail = std::string(option) + " " + printable(path, 200) + " is empty: that is what a failed git leaves, too",
                                    .hint = "let the gate ask git: --base REF"};
  return std::nullopt;
}

void tell(const gate::Inputs& inputs, const Invocation& invocation) {
  const bool needed = inputs.policy && policy::needs_changes(*inputs.policy);
  if (!inputs.changes && inputs.no_changes && !needed)
    invocation.printer.note("changes: not known, and no rule needs them: " + inputs.no_changes->detail);
  if (!inputs.changes) return;
  invocation.printer.note("changes: " + plural(inputs.changes->files.size(), "file") + ", " +
                          printable(inputs.changes->origin, 200));
}

/// `commit`: as for read_git_changes().
void read_options(const ReferenceOptions& options, const Invocation& invocation, gate::Inputs& inputs,
                  const std::string& commit) {
  if (options.diff) {
    const auto text = read_given("--diff", *options.diff, invocation, inputs);
    if (!text) return;
    inputs.changes = ingest::parse_diff(*text, printable(*options.diff));
    inputs.changes->origin = "--diff " + printable(*options.diff);
  } else if (options.changed_files) {
    const auto text = read_given("--changed-files", *options.changed_files, invocation, inputs);
    if (!text) return;
    const auto checkout = find_checkout(invocation.system.working_directory);
    const auto is_file = [&](const std::string& path) {
      std::error_code unreadable;
      return checkout && std::filesystem::exists(std::filesystem::symlink_status(*checkout / path, unreadable));
    };
    inputs.changes = ingest::parse_changed_files(*text, printable(*options.changed_files), is_file);
    inputs.changes->origin = "--changed-files " + printable(*options.changed_files);
    const auto& files = inputs.changes->files;
    if (checkout && !files.empty() && std::ranges::none_of(files, [&](const auto& file) { return is_file(file.path); }))
      invocation.printer.warning("--changed-files " + printable(*options.changed_files, 200) +
                                 ": none of what it names is in this checkout; paths are from the root of the repository");
  } else if (options.base) {
    inputs.changes.reset();
    read_git_changes(options, {}, invocation, inputs, commit);
  } else {
    return;
  }
  if (inputs.changes) inputs.no_changes.reset();
  tell(inputs, invocation);
}

}  // namespace

std::vector<Option> reference_options() {
  return {
      {.names = "--baseline",
       .value = "FILE",
       .help = "what is not new: a baseline file, instead of the policy's baseline"},
      {.names = "--diff",
       .value = "FILE",
       .help = "what the merge request changes: a unified diff; - is standard input"},
      {.names = "--changed-files",
       .value = "FILE",
       .help =
           "the same as a list of files, one a line or NUL-separated; every line of them counts as changed"},
      {.names = "--base",
       .value = "REF",
       .help = "the same asked of git: from where HEAD left this branch, tag or commit; default: the target "
               "branch "
               "that the CI names, else origin's default branch"},
  };
}

ReferenceOptions resolve_reference_options(const Invocation& invocation) {
  ReferenceOptions options{value_of(invocation, "baseline"), value_of(invocation, "diff"),
                           value_of(invocation, "changed-files"), value_of(invocation, "base")};
  const std::array ways{options.diff.has_value(), options.changed_files.has_value(),
                        options.base.has_value()};
  if (std::ranges::count(ways, true) > 1) {
    throw Error(ErrorKind::usage, "--diff, --changed-files and --base all say what has changed",
                "give one of them");
  }
  require_stdin_once(options, {});
  return options;
}

void require_stdin_once(const ReferenceOptions& options, const std::vector<std::string>& files) {
  auto count = std::ranges::count(files, std::string("-"));
  for (const auto* option : {&options.baseline, &options.diff, &options.changed_files}) count += *option == "-" ? 1 : 0;
  if (count > 1) throw Error(ErrorKind::usage, "standard input can be read only once", "name - once");
}

void read_given_changes(const ReferenceOptions& options, const Invocation& invocation, gate::Inputs& inputs) {
  read_options(options, invocation, inputs, inputs.subject.commit);
}

void read_changes(const ReferenceOptions& options, const ci::CiContext& ci, const Invocation& invocation,
                  gate::Inputs& inputs) {
  const bool given = options.diff || options.changed_files || options.base;
  if (given) return read_options(options, invocation, inputs, {});
  if (!inputs.policy || !policy::needs_changes(*inputs.policy)) return;
  read_git_changes(options, ci, invocation, inputs, {});
  tell(inputs, invocation);
}

void read_baseline_file(const ReferenceOptions& options, const Invocation& invocation, gate::Inputs& inputs) {
  const auto& settings = inputs.policy->baseline;
  const bool of_policy = settings && settings->from == policy::BaselineSettings::From::file;
  if (!options.baseline && !of_policy) return;
  const auto name = options.baseline ? *options.baseline : settings->name;
  // The head of a merge request could add its own findings to the file, or take it away.
  const bool of_trusted = inputs.trusted_policy && !options.baseline;
  const auto place =
      of_trusted ? trusted_place(invocation.arguments.find("trusted-policy").value_or(""), name, invocation)
                 : place_of(name, invocation);
  std::error_code unreadable;
  const bool absent = place != "-" && std::filesystem::symlink_status(place, unreadable).type() ==
                                          std::filesystem::file_type::not_found;
  inputs.baseline.reset();
  inputs.no_baseline.reset();
  inputs.baseline_given = options.baseline && !(of_policy && is_same_place(settings->name, *options.baseline, invocation));
  if (!absent) {
    inputs.baseline =
        gate::read_baseline(sys::read_file(place, ErrorKind::input, largest_baseline), printable(name));
    return;
  }
  // A slip in the name must not make a first run: where that is `learn`, it would let everything pass. That the file may be
  // missing is for the policy to say.
  if (!settings || inputs.baseline_given)
    throw Error(ErrorKind::usage, "--baseline " + printable(name, 200) + ": the file does not exist",
                "write it with: kolega-gate baseline write RECORD -o FILE" +
                    std::string(settings ? "; for a first run without it let the policy name it, in baseline.from" : ""));
  // Beside a trusted policy there is a base side, where a first run has been: nothing is left to be learnt.
  const bool learns = settings->first_run == policy::FirstRun::learn;
  inputs.no_baseline = gate::Absence{
      .none_yet = !(of_trusted && learns),
      .detail = "the baseline file " + printable(of_trusted ? place : name, 200) + " does not exist",
      .hint = "write it: `kolega-gate baseline write RECORD -o " + printable(name, 200) +
              "`, from a decision record (-o json=RECORD) of the target branch"};
}

bool wants_batch_baseline(const gate::Inputs& inputs) {
  using From = policy::BaselineSettings::From;
  if (!inputs.policy || !inputs.policy->baseline || inputs.baseline || inputs.no_baseline) return false;
  const auto from = inputs.policy->baseline->from;
  return (from == From::previous_batch || from == From::batch) && policy::needs_baseline(*inputs.policy);
}

}  // namespace kolega::cli
