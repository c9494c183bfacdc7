// A whole command in this process: words and environment in, exit code and both streams out.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run.hpp"
#include "support/fake_system.hpp"

namespace kolega::test {

struct CliResult {
  int code{};
  std::string out{};
  std::string err{};
};

struct CliWorld {
  std::map<std::string, std::string> environment{};
  std::string directory{"/nonexistent"};
  std::string input{};
  std::size_t columns{100};
  bool terminal{};
};

inline CliResult cli(const std::vector<std::string>& words, const CliWorld& world = {}) {
  const FakeSystem fake;
  auto system = fake.system();
  system.environment = sys::Environment(world.environment);
  system.working_directory = world.directory;
  system.columns = world.columns;
  system.terminal = world.terminal;
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in(world.input);
  const int code = cli::run(words, {out, err, in}, system);
  return {code, out.str(), err.str()};
}

/// "run -o json" -> its words; no quoting.
inline std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

}  // namespace kolega::test
