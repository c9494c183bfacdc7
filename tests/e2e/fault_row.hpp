// One row of the table of faults over real sockets: a server, the real binary with a short timeout, and what
// must hold of the exit code, the requests, the memory, the files and the token. Rows run several at a time.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>

#include <set>

#include "e2e/faulty_api.hpp"
#include "e2e/harness.hpp"

namespace kolega::test {

#if defined(__SANITIZE_ADDRESS__)
constexpr long peak_limit_mib = 1500;  // shadow memory and quarantine
#else
constexpr long peak_limit_mib = 300;
#endif

inline const std::string row_token = "kcp_test_70ce47a1";

struct MeasuredRun {
  int exit{};
  bool killed{};  ///< it did not end by itself
  std::string out{};
  std::string err{};
  long peak_kib{};
  std::chrono::milliseconds took{};
};

/// As World::run, with the peak of its memory.
inline MeasuredRun run_measured(const World& world, std::vector<std::string> words,
                                std::chrono::seconds patience) {
  std::vector<std::string> variables{"HOME=" + world.path().string(), "PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  for (const auto& [name, value] : world.environment()) variables.push_back(name + "=" + value);
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (auto& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
  };
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, world.path().c_str());
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "stdout.txt", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, "stderr.txt", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t child = 0;
  MeasuredRun out;
  const auto begin = std::chrono::steady_clock::now();
  const int failed = ::posix_spawn(&child, words.front().c_str(), &actions, nullptr, pointers(words).data(),
                                   pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed) throw std::runtime_error("cannot start " + words.front());
  int status = 0;
  rusage used{};
  while (::wait4(child, &status, WNOHANG, &used) == 0) {
    if (std::chrono::steady_clock::now() - begin > patience) {
      out.killed = true;
      ::kill(child, SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  out.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  out.exit = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  out.peak_kib = used.ru_maxrss;
  out.out = world.read("stdout.txt");
  out.err = world.read("stderr.txt");
  return out;
}

/// With the finding's severity "high" the verdict is 1, which nobody gets without having read it; with "low"
/// it is 0, which no fault may end in.
struct WireRow {
  std::string section{};
  std::string name{};
  FaultyApi::Options server{};
  std::set<int> exits{};
  int posts{1};         ///< at most
  int batches{1};       ///< at most; exactly one where the exit is a verdict
  int requests{60};     ///< at most
  int connections{60};  ///< at most
  std::string timeout{"3s"};
  std::vector<std::string> options{};  ///< more of the command line
  std::map<std::string, std::string> environment{};
  std::string api_url{};               ///< instead of the server's own; @PORT@ is its port
  std::vector<std::string> wrapper{};  ///< in front of the command line
  std::map<std::string, std::string> files{};
  std::string phrase{};                                  ///< what standard error must hold
  std::vector<std::string> secrets{};                    ///< beside the token: what must be nowhere
  std::function<std::string(FaultyApi&)> started{};      ///< before the gate; may say another address for it
  std::function<std::string(const FaultyApi&)> judge{};  ///< what else is wrong, or nothing
};

struct WireOutcome {
  MeasuredRun run{};
  std::vector<std::string> wrong{};
};

inline WireOutcome run_row(const WireRow& row) {
  WireOutcome out;
  const auto wrong = [&](const std::string& what) { out.wrong.push_back(what); };
  FaultyApi server(row.server);
  World world;
  for (const auto& [name, text] : row.files) world.write(name, text);
  const std::vector<std::string> reports{"report.sarif", "report.json", "report.xml"};
  for (const auto& name : reports) world.write(name, "stale and green");
  world.set("KOLEGA_TOKEN", row_token);
  const auto filled = [&](std::string text) {
    if (const auto at = text.find("@PORT@"); at != std::string::npos)
      text.replace(at, 6, std::to_string(server.port()));
    return text;
  };
  auto url = row.started ? row.started(server) : std::string{};
  if (url.empty()) url = row.api_url.empty() ? server.url() : row.api_url;
  world.set("KOLEGA_API_URL", filled(url));
  for (const auto& [name, value] : row.environment) world.set(name, filled(value));
  auto words = row.wrapper;
  words.insert(words.end(),
               {binary(), "run", "-v", "--policy", "policy.yaml", "--repository", "r1", "--timeout",
                row.timeout, "-o", "sarif=report.sarif", "-o", "json=report.json", "-o", "junit=report.xml"});
  words.insert(words.end(), row.options.begin(), row.options.end());
  out.run = run_measured(world, words, std::chrono::seconds(90));
  const auto& run = out.run;

  if (run.killed) wrong("it had to be killed");
  // Generous: many rows run at a time, and others on the machine.
  if (run.took > std::chrono::seconds(std::stoi(row.timeout) + 20)) wrong("it took too long");
  if (!row.exits.contains(run.exit)) wrong("exit code " + std::to_string(run.exit));
  const bool verdict = run.exit == 0 || run.exit == 1;
  const int batches = server.batches();
  if (batches > row.batches || (verdict && batches != 1)) wrong(std::to_string(batches) + " batches");
  if (server.posts() > row.posts) wrong(std::to_string(server.posts()) + " POSTs");
  const auto requests = server.requests();
  if (static_cast<int>(requests.size()) > row.requests) wrong(std::to_string(requests.size()) + " requests");
  if (server.connections() > row.connections) wrong(std::to_string(server.connections()) + " connections");
  if (run.peak_kib > peak_limit_mib * 1024)
    wrong("a peak of " + std::to_string(run.peak_kib / 1024) + " MiB");
  if (run.err.find(row.phrase) == std::string::npos) wrong("nothing says '" + row.phrase + "'");
  auto secrets = row.secrets;
  secrets.push_back(row_token);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.path())) {
    const auto file = entry.path().filename().string();
    if (!entry.is_regular_file() || row.files.contains(file)) continue;
    const auto text = slurp(entry.path());
    for (const auto& secret : secrets) {
      if (text.find(secret) != std::string::npos) wrong("a secret in " + file);
    }
    if (file.starts_with("report.") && text.find("stale") != std::string::npos) wrong("a stale " + file);
    if (!verdict && file == "report.sarif" &&
        text.find("\"executionSuccessful\": false") == std::string::npos)
      wrong("a SARIF report that looks green");
    if (!verdict && file == "report.xml" && text.find("<error") == std::string::npos)
      wrong("a JUnit report that looks green");
    if (file.find(".kolega") != std::string::npos || file.find(".tmp") != std::string::npos)
      wrong("left over: " + file);
  }
  if (row.judge) {
    if (const auto what = row.judge(server); !what.empty()) wrong(what);
  }
  return out;
}

/// Runs all rows, several at a time, and says how many there were. Most of them wait for something.
inline void check_rows(const std::vector<WireRow>& rows) {
  constexpr std::size_t at_once = 16;
  std::vector<WireOutcome> outcomes(rows.size());
  std::atomic<std::size_t> next{};
  const auto begin = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < std::min(at_once, rows.size()); ++i) {
      workers.emplace_back([&] {
        for (auto row = next++; row < rows.size(); row = next++) outcomes[row] = run_row(rows[row]);
      });
    }
  }
  const auto took =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
  std::map<std::string, int> sections;
  std::map<int, int> exits;
  long peak = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& run = outcomes[i].run;
    ++sections[rows[i].section];
    ++exits[run.exit];
    peak = std::max(peak, run.peak_kib);
    std::string wrong;
    for (const auto& one : outcomes[i].wrong) wrong += one + "; ";
    INFO(rows[i].section, ": ", rows[i].name, "\n", run.took.count(), " ms\n", run.err);
    CHECK(wrong == "");
  }
  std::string summary;
  for (const auto& [section, count] : sections) summary += ", " + std::to_string(count) + " " + section;
  for (const auto& [exit, count] : exits)
    summary += ", " + std::to_string(count) + " exit " + std::to_string(exit);
  MESSAGE("fault matrix: ", rows.size(), " rows", summary, "; peak ", peak / 1024, " MiB, ", took.count(),
          " s");
}

}  // namespace kolega::test
