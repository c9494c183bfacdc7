#include "sys/git_command.hpp"

#include "sys/system.hpp"

namespace kolega::sys {

std::optional<std::string> find_git() {
  return find_program("git", Environment::of_process().find("PATH").value_or(""));
}

/// `safe.directory` is set because a checkout in a container often belongs to another user, and the
/// protection it lifts is against the programs switched off here. No protocol is allowed, because a partial
/// clone would otherwise fetch what it lacks, through whatever helper its configuration names.
ProcessResult run_git(const std::string& git, const std::string& directory,
                      const std::vector<std::string>& arguments, const GitLimits& limits) {
  std::vector<std::string> command{
      git,  "--no-pager",      "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
      "-c", "safe.directory=*"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  ProcessOptions options;
  options.directory = directory;
  options.timeout = limits.timeout;
  options.output_limit = limits.output;
  options.stop = limits.stop;
  options.environment = {{"GIT_OPTIONAL_LOCKS", "0"},     {"GIT_TERMINAL_PROMPT", "0"},
                         {"GIT_ALLOW_PROTOCOL", ""},      {"GIT_NO_LAZY_FETCH", "1"},
                         {"GIT_NO_REPLACE_OBJECTS", "1"}, {"LC_ALL", "C"}};
  options.without = {"KOLEGA_TOKEN", "GIT_TRACE",       "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS",
                     "GIT_SSH",      "GIT_SSH_COMMAND", "KOLEGA_SIGNING_KEY"};
  return run_process(command, options);
}

}  // namespace kolega::sys
