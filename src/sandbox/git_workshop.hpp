// A temporary directory in which git works on trees without anybody's configuration, hooks or filters having
// a say. Not for: what the gate asks of git (sys/git.hpp).
#pragma once

#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace kolega::sandbox {

class GitWorkshop {
 public:
  using Variables = std::vector<std::pair<std::string, std::string>>;

  /// Throws Error when there is no git or no temporary directory. A stop ends every call with
  /// Error(interrupted).
  explicit GitWorkshop(std::stop_token stop = {});
  ~GitWorkshop();
  GitWorkshop(const GitWorkshop&) = delete;
  GitWorkshop& operator=(const GitWorkshop&) = delete;

  /// A path inside it.
  std::string path(const std::string& name) const { return root_ + "/" + name; }
  /// Writes a file inside it and tells its path.
  std::string write(const std::string& name, std::string_view text) const;

  /// Runs git in `directory` and gives its output. Throws Error(input) with git's last words when it fails.
  std::string git(const std::string& directory, const std::vector<std::string>& arguments,
                  const Variables& variables) const;

 private:
  std::stop_token stop_;
  std::string git_;
  std::string root_;
};

/// Without the line break at its end.
std::string first_line(std::string text);

}  // namespace kolega::sandbox
