// The real binary as a child: words in, exit code, both streams and files out. A directory of its own each
// time.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/files.hpp"
#include "sys/process.hpp"

namespace kolega::test {

/// Variables of the machine the tests run on that would change what the gate does.
inline const std::vector<std::string> foreign_variables{
    "CI",           "GITHUB_ACTIONS",    "GITLAB_CI",
    "TF_BUILD",     "JENKINS_URL",       "BITBUCKET_COMMIT",
    "KOLEGA_TOKEN", "KOLEGA_TOKEN_FILE", "KOLEGA_API_URL",
    "KOLEGA_MODE",  "KOLEGA_POLICY",     "KOLEGA_REPOSITORY", "KOLEGA_SIGNING_KEY",
    "HTTPS_PROXY",  "HTTP_PROXY",        "ALL_PROXY",
    "https_proxy",  "http_proxy",        "all_proxy",
    "NO_PROXY",     "XDG_CONFIG_HOME",   "KOLEGA_ALLOW_HTTP"};

class World {
 public:
  World() {
    write("policy.yaml",
          "gate: v1\nname: test\nscan: {types: [semgrep_scan], timeout: 20s}\n"
          "rules: [{id: serious, when: {severity: '>=high'}, max: 0}]\n");
    write("good.sarif", sarif("note"));
    write("bad.sarif", sarif("error"));
  }
  /// One run of the gate in the world's directory.
  sys::ProcessResult run(std::vector<std::string> words) { return start(binary(), std::move(words)); }
  /// The same through a shell line in which "$@" is the gate's command line.
  sys::ProcessResult run_in_shell(const std::string& line, std::vector<std::string> words) {
    words.insert(words.begin(), {"-c", line, "sh", binary()});
    return start("/bin/sh", std::move(words));
  }
  /// `run --sandbox` with one feed of semgrep_scan, written as YAML: "files: [good.sarif]".
  sys::ProcessResult run_feed(const std::string& feed, std::vector<std::string> more = {},
                              const std::string& top = {}) {
    configure(feed, top);
    std::vector<std::string> words{"run", "--sandbox=sandbox.yaml", "--policy", "policy.yaml"};
    words.insert(words.end(), more.begin(), more.end());
    return run(std::move(words));
  }
  void configure(const std::string& feed, const std::string& top = {}) {
    write("sandbox.yaml", "scan_duration: 50ms\n" + top +
                              "repositories:\n  - id: demo\n    full_name: acme/demo\n    feeds:\n"
                              "      semgrep_scan: {" +
                              feed + "}\n");
  }
  void write(const std::string& name, const std::string& text) { dir_.write(name, text); }
  std::string read(const std::string& name) const { return slurp(dir_.path() / name); }
  bool has(const std::string& name) const { return std::filesystem::exists(dir_.path() / name); }
  std::string file(const std::string& name) const { return dir_.file(name); }
  void set(const std::string& name, const std::string& value) { environment_[name] = value; }
  const std::filesystem::path& path() const { return dir_.path(); }
  std::map<std::string, std::string> environment() const { return environment_; }

  static std::string sarif(const std::string& level, const std::string& text = "a message") {
    return R"({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Flawfinder"}}, "results": [{"ruleId": "r1",)"
           R"( "level": ")" +
           level + R"(", "message": {"text": ")" + text +
           R"("}, "locations": [{"physicalLocation":)"
           R"( {"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}]}]}]})";
  }

  /// The same with so many results that reading and writing them takes a while.
  static std::string many_findings(int count, const std::string& level) {
    std::string rows;
    for (int i = 0; i < count; ++i) {
      rows += std::string(i > 0 ? "," : "") + R"({"ruleId": "r1", "level": ")" + level +
              R"(", "message": {"text": "number )" + std::to_string(i) +
              R"("}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"},)" +
              R"( "region": {"startLine": )" + std::to_string(i + 1) + "}}}]}";
    }
    return R"({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Flawfinder"}}, "results": [)" + rows + "]}]}";
  }

 private:
  sys::ProcessResult start(const std::string& program, std::vector<std::string> words) {
    words.insert(words.begin(), program);
    sys::ProcessOptions options;
    options.directory = dir_.path();
    options.timeout = std::chrono::seconds(60);
    options.without = foreign_variables;
    options.environment = {{"HOME", dir_.path()}};
    for (const auto& variable : environment_) options.environment.emplace_back(variable);
    return sys::run_process(words, options);
  }

  TempDir dir_{};
  std::map<std::string, std::string> environment_{};
};

/// Sends the signal and waits: its exit code, or 128 and the signal that ended it; -1 when there is no child any more.
inline int end_child(pid_t& child, int signal) {
  if (child <= 0) return -1;
  ::kill(child, signal);
  int status = 0;
  ::waitpid(child, &status, 0);
  child = 0;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// `kolega-gate sandbox` in the background, until the object goes.
class SandboxProcess {
 public:
  SandboxProcess(const World& world, std::vector<std::string> words) {
    words.insert(words.begin(), {binary(), "sandbox"});
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("pipe failed");
    child_ = ::fork();
    if (child_ == 0) {
      if (::chdir(world.path().c_str()) != 0 || ::dup2(ends[1], STDOUT_FILENO) < 0) ::_exit(99);
      ::close(ends[0]);
      ::close(ends[1]);
      ::execv(argv.front(), argv.data());
      ::_exit(98);
    }
    ::close(ends[1]);
    out_ = ::fdopen(ends[0], "r");
    first_line = line();
    second_line = line();
  }
  /// Runs of `world` ask this sandbox.
  void serve(World& world) const {
    world.set("KOLEGA_TOKEN", token());
    world.set("KOLEGA_API_URL", url());
  }
  ~SandboxProcess() {
    end(SIGKILL);
    std::fclose(out_);
  }
  SandboxProcess(const SandboxProcess&) = delete;
  SandboxProcess& operator=(const SandboxProcess&) = delete;

  std::string url() const { return first_line.substr(first_line.find("http")); }
  pid_t id() const { return child_; }
  std::string token() const { return second_line.substr(second_line.find(' ') + 1); }
  /// Its exit code after a signal.
  int end(int signal) { return end_child(child_, signal); }

  std::string first_line{};
  std::string second_line{};

 private:
  std::string line() {
    std::string text;
    for (int c = std::fgetc(out_); c != EOF && c != '\n'; c = std::fgetc(out_)) text += static_cast<char>(c);
    return text;
  }
  pid_t child_{};
  std::FILE* out_{};
};

}  // namespace kolega::test
