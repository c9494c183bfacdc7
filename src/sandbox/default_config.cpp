#include <filesystem>

#include "base/error.hpp"
#include "base/text.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/scanners.hpp"
#include "sys/git.hpp"
#include "sys/process.hpp"

namespace kolega::sandbox {

namespace {

/// For a directory that no remote names; "local/" also says that no host has its files (see
/// finding_wire.cpp).
std::string name_from_directory(const std::filesystem::path& directory) {
  const auto name = directory.filename().empty() ? directory.parent_path().filename() : directory.filename();
  return "local/" + (name.empty() ? std::string("root") : name.string());
}

bool is_available(const Scanner& scanner, const std::string& directory, const std::string& search_path) {
  if (!sys::find_program(std::string(scanner.program), search_path)) return false;
  if (scanner.available.empty()) return true;
  sys::ProcessOptions options;
  options.directory = directory;
  options.timeout = std::chrono::seconds(10);
  return sys::run_process({"/bin/sh", "-c", std::string(scanner.available)}, options).exit_code == 0;
}

}  // namespace

Config default_config(const std::string& directory, const sys::System& system) {
  const auto path =
      std::filesystem::weakly_canonical(directory.empty() ? system.working_directory : directory);
  std::error_code unreadable;
  if (!std::filesystem::is_directory(path, unreadable)) {
    throw Error(ErrorKind::usage,
                "the sandbox cannot serve " + printable(path.string()) + ": not a directory",
                "name the checkout that scanners shall run over");
  }
  const auto git = sys::git_facts(path.string());
  RepositoryConfig repository;
  repository.directory = path.string();
  repository.full_name = git.remotes.empty() ? name_from_directory(path) : git.remotes.front();
  if (!git.branch.empty()) repository.branch = git.branch;
  const auto search_path = system.environment.find("PATH").value_or("");
  for (const auto& scanner : known_scanners()) {
    if (!is_available(scanner, repository.directory, search_path)) continue;
    repository.feeds[scanner.type].commands.emplace_back(scanner.command);
  }
  Config config;
  config.repositories.push_back(std::move(repository));
  return config;
}

Secret make_token(const sys::System& system) {
  static constexpr char hex[] = "0123456789abcdef";
  std::string token = "kcp_test_";
  for (int i = 0; i < 32; ++i) token += hex[static_cast<int>(system.random() * 16) & 15];
  return Secret(std::move(token));
}

}  // namespace kolega::sandbox
