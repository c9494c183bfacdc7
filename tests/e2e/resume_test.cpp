// A run that is killed and started again, with the real program against a sandbox of its own: one batch in all.
#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "base/json.hpp"
#include "harness.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;

namespace {

/// The gate in the background, in the world's environment.
class Background {
 public:
  Background(const World& world, std::vector<std::string> words) {
    words.insert(words.begin(), binary());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    child_ = ::fork();
    if (child_ == 0) {
      for (const auto& name : foreign_variables) ::unsetenv(name.c_str());
      for (const auto& [name, value] : world.environment()) ::setenv(name.c_str(), value.c_str(), 1);
      if (::chdir(world.path().c_str()) != 0 || !std::freopen("killed.log", "w", stderr)) ::_exit(99);
      ::execv(argv.front(), argv.data());
      ::_exit(98);
    }
  }
  ~Background() { end(SIGKILL); }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  int end(int signal) { return end_child(child_, signal); }

 private:
  pid_t child_{};
};

struct Rig {
  Rig() {
    world.configure("files: [good.sarif]");
    auto config = world.read("sandbox.yaml");
    config.replace(config.find("50ms"), 4, "1500ms");
    world.write("sandbox.yaml", config);
    sandbox.emplace(world, std::vector<std::string>{"--config", world.file("sandbox.yaml")});
    world.set("KOLEGA_TOKEN", sandbox->token());
    world.set("CI", "true");
    world.set("GITHUB_ACTIONS", "true");
    use_commit("1111111111111111111111111111111111111111");
  }
  void use_commit(const std::string& commit) { world.set("GITHUB_SHA", commit); }
  std::vector<std::string> words(const std::string& policy = "policy.yaml") const {
    return {"run",      "--api-url",   sandbox->url(), "--policy", policy, "--repository", "demo",
            "--state-dir", "state", "-o", "json=decision.json", "--quiet"};
  }
  int kill_after(std::chrono::milliseconds after, int signal) {
    Background run(world, words());
    std::this_thread::sleep_for(after);
    return run.end(signal);
  }
  std::size_t batches() {
    const auto listed = world.run({"scans", "list", "--api-url", sandbox->url(), "--repository", "demo", "--json", "--all"});
    const auto document = parse_json(listed.out, "scans", ErrorKind::input);
    const auto& root = document.is_object() ? document.at("scans") : document;
    return root.as_array().size();
  }
  std::size_t states() const {
    std::error_code absent;
    const std::filesystem::directory_iterator files(world.path() / "state", absent);
    return absent ? 0 : static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }
  /// Until a run has its state open and its batch begun; a loaded machine takes its time.
  void wait_for_batch(std::size_t count) {
    for (int tries = 0; tries < 200 && (states() == 0 || batches() < count); ++tries)
      std::this_thread::sleep_for(50ms);
  }

  World world{};
  std::optional<SandboxProcess> sandbox{};
};

}  // namespace

TEST_CASE("resume: killed at many moments, the next run ends with a verdict and one batch in all") {
  for (const auto after : {30ms, 80ms, 150ms, 400ms, 1000ms, 1600ms}) {
    for (const int signal : {SIGKILL, SIGTERM}) {
      Rig rig;
      rig.kill_after(after, signal);
      const auto again = rig.world.run(rig.words());
      INFO(after.count() << " ms, signal " << signal << "\n" << again.err);
      CHECK(again.exit_code == 0);
      CHECK(rig.batches() == 1);
      CHECK(rig.states() == 0);
    }
  }
}

TEST_CASE("resume: another commit and another policy begin anew; a judged batch is not judged again") {
  Rig rig;
  {
    const Background killed(rig.world, rig.words());
    rig.wait_for_batch(1);
  }
  REQUIRE(rig.states() == 1);
  rig.use_commit("2222222222222222222222222222222222222222");
  CHECK(rig.world.run(rig.words()).exit_code == 0);
  CHECK(rig.batches() == 2);
  rig.use_commit("1111111111111111111111111111111111111111");
  rig.world.write("other.yaml", "gate: v1\nname: other\nscan: {types: [semgrep_scan]}\nthresholds: {critical: 0}\n");
  CHECK(rig.world.run(rig.words("other.yaml")).exit_code == 0);
  CHECK(rig.batches() == 3);
  CHECK(rig.world.run(rig.words()).exit_code == 0);  // the first one goes on with its own
  CHECK(rig.batches() == 3);
  CHECK(rig.world.read("decision.json").find("\"resumed\"") != std::string::npos);
  CHECK(rig.world.run(rig.words()).exit_code == 0);
  CHECK(rig.batches() == 4);
}

TEST_CASE("resume: a timeout is continued, and a run beside another begins its own") {
  Rig rig;
  auto hasty = rig.words();
  hasty.insert(hasty.end(), {"--timeout", "500ms"});
  CHECK(rig.world.run(hasty).exit_code == 7);
  CHECK(rig.states() == 1);
  CHECK(rig.world.run(rig.words()).exit_code == 0);
  CHECK(rig.batches() == 1);

  const Background first(rig.world, rig.words());
  rig.wait_for_batch(2);
  auto loud = rig.words();
  loud.pop_back();
  const auto second = rig.world.run(loud);
  CHECK(second.exit_code == 0);
  CHECK(second.err.find("another run of the same commit and policy is at work") != std::string::npos);
  CHECK(rig.batches() == 3);
}

TEST_CASE("resume: a named directory that cannot be used is an error before anything is spent") {
  Rig rig;
  rig.world.write("state", "a file");
  const auto result = rig.world.run(rig.words());
  CHECK(result.exit_code == 2);
  CHECK(rig.batches() == 0);
}

TEST_CASE("resume: a --state-dir that can do nothing is remarked on") {
  Rig rig;
  rig.use_commit("");
  auto words = rig.words();
  const auto result = rig.world.run(words);
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.err.find("--state-dir does nothing here: the commit is not known") != std::string::npos);
}
