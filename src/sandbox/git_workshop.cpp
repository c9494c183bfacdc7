#include "sandbox/git_workshop.hpp"

#include <stdlib.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/text.hpp"
#include "sandbox/commands.hpp"
#include "sys/files.hpp"
#include "sys/git_command.hpp"

namespace kolega::sandbox {

namespace {

constexpr Duration git_timeout = std::chrono::minutes(2);
constexpr std::size_t most_output = 64 * 1024 * 1024;

/// Variables by which a caller's git (a hook that started us, say) would redirect ours.
const std::vector<std::string> redirections{"GIT_DIR",
                                            "GIT_WORK_TREE",
                                            "GIT_INDEX_FILE",
                                            "GIT_OBJECT_DIRECTORY",
                                            "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                            "GIT_COMMON_DIR",
                                            "GIT_NAMESPACE",
                                            "GIT_PREFIX",
                                            "GIT_CONFIG",
                                            "GIT_CONFIG_COUNT",
                                            "GIT_CONFIG_PARAMETERS",
                                            "GIT_EXTERNAL_DIFF",
                                            "GIT_DIFF_OPTS",
                                            "GIT_TRACE"};

}  // namespace

GitWorkshop::GitWorkshop(std::stop_token stop) : stop_(std::move(stop)) {
  const auto found = sys::find_git();
  if (!found) throw Error(ErrorKind::usage, "git is needed for fixes and is not on the PATH");
  git_ = *found;
  std::error_code absent;
  auto pattern = (std::filesystem::temp_directory_path(absent) / "kolega-sandbox-XXXXXX").string();
  if (absent || !::mkdtemp(pattern.data())) throw Error(ErrorKind::output, "cannot make a temporary directory");
  root_ = pattern;
}

GitWorkshop::~GitWorkshop() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::string GitWorkshop::write(const std::string& name, std::string_view text) const {
  auto file = path(name);
  sys::write_file(file, text);
  return file;
}

std::string GitWorkshop::git(const std::string& directory, const std::vector<std::string>& arguments,
                             const Variables& variables) const {
  std::vector<std::string> command{git_, "--no-pager",
                                   "-c", "core.fsmonitor=false",
                                   "-c", "core.hooksPath=/dev/null",
                                   "-c", "commit.gpgSign=false",
                                   "-c", "gc.auto=0",
                                   "-c", "safe.directory=*"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto options = command_options(directory, git_timeout, stop_);
  options.output_limit = most_output;
  options.without.insert(options.without.end(), redirections.begin(), redirections.end());
  options.environment = {{"GIT_CONFIG_GLOBAL", "/dev/null"},
                         {"GIT_CONFIG_NOSYSTEM", "1"},
                         {"GIT_ATTR_NOSYSTEM", "1"},
                         {"GIT_TERMINAL_PROMPT", "0"},
                         {"GIT_ALLOW_PROTOCOL", ""},
                         {"GIT_NO_REPLACE_OBJECTS", "1"},
                         {"LC_ALL", "C"}};
  options.environment.insert(options.environment.end(), variables.begin(), variables.end());
  auto result = sys::run_process(command, options);
  if (result.timed_out || result.exit_code != 0) {
    throw Error(ErrorKind::input, "git " + arguments.front() + " " + describe_end(result, git_timeout));
  }
  return std::move(result.out);
}

std::string first_line(std::string text) {
  text.resize(std::min(text.size(), text.find('\n')));
  return text;
}

}  // namespace kolega::sandbox
