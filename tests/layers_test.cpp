// The directions between the folders of src/: the table below is the architecture, src/README.md explains it.
#include <doctest/doctest.h>

#include <map>
#include <regex>
#include <set>

#include "support/files.hpp"

namespace fs = std::filesystem;
using kolega::test::slurp;
using kolega::test::source_dir;

namespace {

const std::map<std::string, std::set<std::string>> allowed{
    {"base", {}},
    {"model", {"base"}},
    {"policy", {"base", "model"}},
    {"gate", {"base", "model", "policy"}},
    {"ingest", {"base", "model"}},
    {"report", {"base", "model", "policy", "gate"}},
    {"sys", {"base"}},
    {"net", {"base", "sys"}},
    {"api", {"base", "model", "ingest", "net", "sys"}},
    {"ci", {"base", "model", "sys"}},
    {"forge", {"base", "ci", "net", "sys"}},
    {"sandbox", {"base", "model", "ingest", "net", "sys"}},  // never api: see src/README.md
    {"fleet", {"base", "model", "policy", "gate", "ingest", "report", "sys", "net", "api", "ci"}},
    {"cli",
     {"base", "model", "policy", "gate", "ingest", "report", "sys", "net", "api", "ci", "forge", "sandbox", "fleet"}},
};

/// Third-party headers by prefix -> the folders that may see them.
const std::map<std::string, std::set<std::string>> third_party{
    {"boost/beast", {"net"}}, {"boost/asio", {"net"}},
    {"boost/url", {"net"}},   {"openssl", {"net", "base"}},
    {"ares", {"net"}},        {"zlib", {"net"}},
    {"yaml-cpp", {"base"}},   {"toml++", {"base"}},   {"CLI/", {"cli"}},
    {"sqlite3", {"sandbox"}}, {"boost/json", {"base", "gate", "ingest", "report", "api", "forge", "sandbox", "cli"}},
};

std::string folder_of(const fs::path& file) {
  const auto relative = fs::relative(file, source_dir() / "src");
  return relative.has_parent_path() ? relative.begin()->string() : std::string{};
}

void check_include(const std::string& folder, const std::string& included, const std::string& where) {
  INFO(where, " includes ", included);
  const auto slash = included.find('/');
  const auto target = included.substr(0, slash);
  if (slash != std::string::npos && allowed.contains(target)) {
    CHECK((target == folder || allowed.at(folder).contains(target)));
    return;
  }
  for (const auto& [prefix, folders] : third_party) {
    if (included.starts_with(prefix)) CHECK(folders.contains(folder));
  }
}

}  // namespace

TEST_CASE("includes follow the directions of the architecture") {
  const std::regex include(R"re(^\s*#\s*include\s*["<]([^">]+)[">])re");
  std::size_t seen = 0;
  for (const auto& entry : fs::recursive_directory_iterator(source_dir() / "src")) {
    const auto extension = entry.path().extension();
    if (extension != ".cpp" && extension != ".hpp") continue;
    const auto folder = folder_of(entry.path());
    if (folder.empty()) continue;  // main.cpp
    REQUIRE_MESSAGE(allowed.contains(folder), "unknown folder ", folder);
    std::istringstream lines(slurp(entry.path()));
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      ++seen;
      check_include(folder, match[1], entry.path().string() + ":" + std::to_string(number));
    }
  }
  CHECK(seen > 100);
}
