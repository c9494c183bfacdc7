// RELIABILITY, row "Signals", with the real program: HUP, INT and TERM, once and twice, in every state in which a run
// waits for somebody. It ends at once with 128 + n, names the batch that goes on and how to go on with it, leaves error
// reports or none, and asks nobody for anything more. What is no wish to end changes nothing.
#include <doctest/doctest.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <set>

#include "e2e/child.hpp"
#include "e2e/faulty_api.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;

namespace {

using Words = std::vector<std::string>;

const std::string token = "kcp_test_51c4a15c";
const std::string scans = "/api/v1/repositories/r1/scans";
constexpr auto patience = 30s;       // until a test gives up waiting for a state
constexpr auto longest_end = 10s;    // after the signal; the promise is one second, of a machine that is not busy
constexpr int most_twice = 400;      // ms: what comes sooner is the same wish (timeout(1) signals twice)

enum class Left {
  errors,  ///< error reports in the place of the stale green ones
  none,    ///< not even those: it had not begun
  whole,   ///< the verdict was written before the signal
};

/// A state that a run can be in for as long as one likes.
struct State {
  std::string name{};
  FaultyApi::Options server{};
  std::function<bool(const FaultyApi&, World&, Child&)> reached{};
  bool batch{};  ///< it is known, and goes on
  Left left{Left::errors};
  Words words{};                        ///< instead of `run`
  std::string phrase{};                 ///< what standard error must hold
  std::function<void(World&)> before{};
  bool full_port{};  ///< nobody takes the connection
  Child::Options how{};
  bool reads{true};  ///< somebody reads its streams
};

std::function<bool(const FaultyApi&, World&, Child&)> asked(const std::string& method, const std::string& path,
                                                            int count = 1) {
  return [=](const FaultyApi& server, World&, Child&) {
    const auto seen = server.requests();
    return std::ranges::count_if(seen, [&](const SeenRequest& one) {
             return one.method == method && one.path == path;
           }) >= count;
  };
}

std::function<bool(const FaultyApi&, World&, Child&)> has_file(const std::string& name) {
  return [=](const FaultyApi&, World& world, Child&) { return world.has(name); };
}

/// Says nothing, or some bytes for ever, from this request on.
FaultyApi::Options holding(const std::string& method, const std::string& path, const std::string& bytes = {},
                           bool drips = false) {
  FaultyApi::Options options;
  options.at_request = [=](Line& line, const SeenRequest& seen) {
    if (seen.method != method || seen.path != path) return Act::truth;
    if (!bytes.empty()) line.say(bytes);
    for (int i = 0; drips && i < 600 && line.say(" "); ++i) std::this_thread::sleep_for(20ms);
    line.stall();
    return Act::drop;
  };
  return options;
}

/// Of a port, how many connections ask to be taken and get no answer.
int knocking(std::uint16_t port) {
  char remote[16];
  std::snprintf(remote, sizeof remote, ":%04X", port);
  std::istringstream lines(slurp("/proc/net/tcp"));
  int out = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number;
    std::string local;
    std::string other;
    std::string state;
    words >> number >> local >> other >> state;
    out += other.ends_with(remote) && state == "02" ? 1 : 0;
  }
  return out;
}

/// A repository, and a git that hangs at the first argument that is `at`, and else is the real one.
std::function<void(World&)> hanging_git(const std::string& at) {
  return [at](World& world) {
    // The program is written by another process: what this one writes may be open in what its other threads start, and
    // a file that is open for writing cannot be started.
    world.write("git.sh", "#!/bin/sh\nfor word; do [ \"$word\" = " + at +
                              " ] && echo $$ >child.started && exec sleep 300; done\nexec /usr/bin/git \"$@\"\n");
    const auto made = world.run_in_shell(
        "/usr/bin/git init -q . && /usr/bin/git -c user.name=n -c user.email=e commit -q --allow-empty -m one && "
        "mkdir bin && install -m 700 git.sh bin/git && rm git.sh && exec \"$@\"",
        {"--version"});
    if (made.exit_code != 0) throw std::runtime_error("no git: " + made.err);
    world.set("PATH", world.file("bin") + ":/usr/bin:/bin");
  };
}

/// The program has come so far that it takes signals itself.
bool takes_signals(pid_t id) {
  const auto status = slurp("/proc/" + std::to_string(id) + "/status");
  const auto at = status.find("SigBlk:");
  if (at == std::string::npos) return false;
  return (std::stoull(status.substr(at + 7), nullptr, 16) >> (SIGTERM - 1) & 1U) == 1U;
}

const std::vector<std::string> reports{"report.sarif", "report.json", "report.xml"};

Words with_reports(Words words) {
  words.insert(words.end(), {"-o", "sarif=report.sarif", "-o", "json=report.json", "-o", "junit=report.xml"});
  return words;
}

Words run_words() {
  return with_reports({"run", "-v", "--policy", "policy.yaml", "--repository", "r1", "--timeout", "5m"});
}

std::vector<State> network_states(const TlsContext& tls) {
  std::vector<State> out;
  out.push_back({"connect that hangs"});
  out.back().full_port = true;
  State handshake{"TLS handshake that hangs"};
  handshake.server.tls = &tls;
  handshake.server.at_connection = [](Peer& peer, int) {
    peer.wait_for_end();
    return false;
  };
  handshake.reached = [](const FaultyApi& server, World&, Child&) { return server.connections() >= 1; };
  out.push_back(handshake);
  out.push_back({"hung answer to the first request", holding("GET", "/api/v1/repositories/r1"),
                 asked("GET", "/api/v1/repositories/r1")});
  out.push_back({"hung answer to POST", holding("POST", scans), asked("POST", scans)});
  out.push_back({"half a header of the answer to POST", holding("POST", scans, "HTTP/1.1 202 Acc"),
                 asked("POST", scans)});
  State slow{"between polls", {}, asked("GET", scans + "/b1/progress", 8), true};
  slow.server.length = 1h;
  out.push_back(slow);
  State told_to_wait{"in a Retry-After of 60 s", {}, asked("GET", scans + "/b1/results"), true};
  told_to_wait.server.at_request = [](Line& line, const SeenRequest& seen) {
    if (seen.path != scans + "/b1/results") return Act::truth;
    line.say(FaultyApi::response(429, "", "Retry-After: 60\r\n"));
    return Act::answered;
  };
  out.push_back(told_to_wait);
  out.push_back({"in a Retry-After of 60 s of the POST", {}, asked("POST", scans)});
  out.back().server.at_request = [](Line& line, const SeenRequest& seen) {
    if (seen.method != "POST") return Act::truth;
    line.say(FaultyApi::response(429, "", "Retry-After: 60\r\n"));
    return Act::answered;
  };
  out.push_back({"hung progress", holding("GET", scans + "/b1/progress"), asked("GET", scans + "/b1/progress"), true});
  out.push_back({"hung results", holding("GET", scans + "/b1/results"), asked("GET", scans + "/b1/results"), true});
  out.push_back({"results that drip",
                 holding("GET", scans + "/b1/results", FaultyApi::head(200, 100'000) + "{", true),
                 asked("GET", scans + "/b1/results"), true});
  return out;
}

std::vector<State> other_commands() {
  std::vector<State> out;
  State fleet{"fleet in the middle", {}, asked("GET", scans + "/b1/progress", 8)};
  fleet.server.length = 1h;
  fleet.words = {"fleet", "--all", "--policy", "policy.yaml", "--out", "out", "-o", "json=report.json", "-o",
                 "junit=report.xml"};
  fleet.phrase = "go on with: kolega-gate fleet --all";
  out.push_back(fleet);
  State waiting{"scans start --wait", {}, asked("GET", scans + "/b1/progress", 8)};
  waiting.server.length = 1h;
  waiting.words = {"scans", "start", "--scan-type", "semgrep", "--repository", "r1", "--wait"};
  waiting.phrase = "b1";
  waiting.left = Left::whole;
  out.push_back(waiting);
  State watching{"scans progress --watch", {}, asked("GET", scans + "/b9/progress", 8)};
  watching.server.at_request = [](Line& line, const SeenRequest& seen) {
    if (seen.path != scans + "/b9/progress") return Act::truth;
    line.say(FaultyApi::response(200, R"({"batch_id":"b9","repository_id":"r1","scan_type":"semgrep_scan",)"
                                      R"("status":"scanning","total_repositories":1,"scans_created":1,)"
                                      R"("scans_failed":0,"scans_completed":0,"scans_assessed":0,"percent_complete":5})"));
    return Act::answered;
  };
  watching.words = {"scans", "progress", "b9", "--repository", "r1", "--watch"};
  watching.phrase = "b9";
  watching.left = Left::whole;
  out.push_back(watching);
  return out;
}

std::vector<State> local_states() {
  std::vector<State> out;
  State git{"git that hangs", {}, has_file("child.started")};
  git.before = hanging_git("HEAD");
  git.left = Left::none;
  out.push_back(git);
  State diff{"git that hangs over the changes", {}, has_file("child.started")};
  diff.before = hanging_git("merge-base");
  diff.words = run_words();
  diff.words.insert(diff.words.end(), {"--base", "HEAD"});
  out.push_back(diff);
  State scanner{"a scanner of --sandbox that hangs", {}, has_file("child.started")};
  scanner.before = [](World& world) {
    world.configure("commands: ['echo $$ >\"$SEEN/child.started\"; exec sleep 300']");
    world.set("SEEN", world.path().string());
  };
  scanner.words = with_reports({"run", "--sandbox=sandbox.yaml", "--policy", "policy.yaml"});
  out.push_back(scanner);
  State input{"standard input that never comes", {}, [](const FaultyApi&, World&, Child& child) {
                return takes_signals(child.id());
              }};
  input.words = with_reports({"evaluate", "-", "--policy", "policy.yaml"});
  input.how.shell = "mkfifo fifo; exec 3<>fifo;";  // open for both ends, and so never at its own
  input.how.redirection = "<fifo";
  out.push_back(input);
  State pipe{"standard output that nobody reads", {}, [](const FaultyApi&, World&, Child& child) {
               return child.waiting(0) >= 60'000;
             }};
  pipe.before = [](World& world) { world.write("many.sarif", World::many_findings(500, "note")); };
  pipe.words = with_reports({"evaluate", "many.sarif", "--policy", "policy.yaml", "-o", "html"});
  pipe.left = Left::whole;
  pipe.reads = false;
  pipe.phrase = "interrupted: ";
  out.push_back(pipe);
  State log{"standard error that nobody reads", {}, input.reached};
  log.server.length = 1h;
  log.how.full_stderr = true;
  log.reads = false;
  out.push_back(log);
  return out;
}

/// Those that it was asked for; a fleet writes SARIF in parts.
std::vector<std::string> reports_of(const State& state) {
  if (state.words.empty() || state.words.front() == "run" || state.words.front() == "evaluate") return reports;
  if (state.words.front() == "fleet") return {"report.json", "report.xml"};
  return {};
}

struct Case {
  const State* state{};
  int signal{};
  bool twice{};
};

struct Result {
  Ended run{};
  std::chrono::milliseconds end{};
  std::vector<std::string> wrong{};
};

void check_reports(std::vector<std::string>& wrong, const State& state, const World& world) {
  const auto green = [&](const std::string& name, const std::string& alarm) {
    if (!world.has(name)) {
      if (state.left != Left::none) wrong.push_back("no " + name);
      return;
    }
    const auto text = world.read(name);
    if (state.left == Left::whole) return;
    if (text == "stale and green") wrong.push_back("a stale " + name);
    else if (state.left == Left::none) wrong.push_back(name + " although nothing had begun");
    else if (text.find(alarm) == std::string::npos) wrong.push_back(name + " looks green");
  };
  for (const auto& name : reports_of(state)) {
    if (name == "report.sarif") green(name, "\"executionSuccessful\": false");
    if (name == "report.json") green(name, "incomplete");
    if (name == "report.xml") green(name, "<error");
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.path())) {
    const auto name = entry.path().filename().string();
    if (name.find(".kolega-gate-") != std::string::npos) wrong.push_back("left over: " + name);
    if (entry.is_regular_file() && slurp(entry.path()).find(token) != std::string::npos)
      wrong.push_back("the token in " + name);
  }
}

Result run_case(const Case& one) {
  const auto& state = *one.state;
  Result out;
  const auto wrong = [&](const std::string& what) { out.wrong.push_back(what); };
  FaultyApi server(state.server);
  World world;
  for (const auto& name : reports_of(state)) world.write(name, "stale and green");
  world.set("KOLEGA_TOKEN", token);
  std::optional<FullPort> full;
  if (state.full_port) full.emplace();
  world.set("KOLEGA_API_URL", full ? full->url() : server.url());
  const int knocked = full ? knocking(full->port()) : 0;
  const auto reached = [&](Child& child) {
    return full ? knocking(full->port()) > knocked : state.reached(server, world, child);
  };
  if (state.before) state.before(world);
  Child child(world, state.words.empty() ? run_words() : state.words, state.how);
  const auto begin = std::chrono::steady_clock::now();
  while (!reached(child) && child.running() && std::chrono::steady_clock::now() - begin < patience) {
    if (state.reads) child.seen();
    std::this_thread::sleep_for(20ms);
  }
  if (std::chrono::steady_clock::now() - begin >= patience) wrong("the state was not reached");
  std::this_thread::sleep_for(250ms);  // the state is known from outside, a little early
  if (!child.running()) wrong("it had ended before");
  const auto requests = server.requests().size();
  const auto sent = std::chrono::steady_clock::now();
  child.signal(one.signal);
  if (one.twice) {
    for (int i = 0; i < most_twice / 10 && child.running(); ++i) std::this_thread::sleep_for(10ms);
    if (child.running()) child.signal(one.signal);
  }
  out.run = child.wait(longest_end, state.reads);
  out.end = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - sent);
  const auto& run = out.run;
  const auto text = run.out + run.err;
  if (run.killed) wrong("it had to be killed");
  if (run.exit != 128 + one.signal) wrong("exit " + std::to_string(run.exit));
  const auto more = server.requests().size() - requests;
  if (more > 0) wrong(std::to_string(more) + " requests after it");
  if (server.batches() > 1) wrong("more than one batch");
  if (state.batch && text.find("--scan-id b1") == std::string::npos) wrong("nothing says how to go on");
  if (text.find(state.phrase) == std::string::npos) wrong("nothing says '" + state.phrase + "'");
  if (text.find(token) != std::string::npos) wrong("the token on a stream");
  check_reports(out.wrong, state, world);
  if (world.has("child.started")) {
    const auto id = std::atoi(world.read("child.started").c_str());
    for (int i = 0; i < 100 && ::kill(id, 0) == 0; ++i) std::this_thread::sleep_for(10ms);
    if (id > 1 && ::kill(id, 0) == 0) wrong("the program that it started goes on");
  }
  return out;
}

}  // namespace

TEST_CASE("signals: in every state a run ends at once, says how to go on, and looks green nowhere") {
  const TlsContext tls(make_identity({}));
  std::vector<State> states;
  for (auto& part : {network_states(tls), other_commands(), local_states()})
    states.insert(states.end(), part.begin(), part.end());
  std::vector<Case> cases;
  for (const auto& state : states) {
    for (const int signal : {SIGHUP, SIGINT, SIGTERM}) {
      for (const bool twice : {false, true}) cases.push_back({&state, signal, twice});
    }
  }
  std::vector<Result> results(cases.size());
  in_parallel(cases.size(), 12, [&](std::size_t i) { results[i] = run_case(cases[i]); });
  std::map<int, int> exits;
  std::size_t slowest = 0;
  const auto name_of = [&](std::size_t i) {
    return cases[i].state->name + ", " + ::sigabbrev_np(cases[i].signal) + (cases[i].twice ? " twice" : "");
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    ++exits[results[i].run.exit];
    if (results[i].end > results[slowest].end) slowest = i;
    std::string wrong;
    for (const auto& one : results[i].wrong) wrong += one + "; ";
    INFO(name_of(i), "\n", results[i].end.count(), " ms\n", results[i].run.err);
    CHECK(wrong == "");
  }
  std::string text;
  for (const auto& [exit, count] : exits) text += ", " + std::to_string(count) + " exit " + std::to_string(exit);
  MESSAGE("signals: ", cases.size(), " rows of ", states.size(), " states", text, "; the slowest end: ",
          name_of(slowest), ", ", results[slowest].end.count(), " ms");
}

namespace {

/// A run whose scan takes a second, with what is done to it in the middle.
Ended disturbed(World& world, const std::function<void(Child&)>& disturb, const Words& more = {}) {
  FaultyApi::Options options;
  options.severity = "high";
  options.length = 1s;
  const FaultyApi server(options);
  world.set("KOLEGA_TOKEN", token);
  world.set("KOLEGA_API_URL", server.url());
  auto words = run_words();
  words.insert(words.end(), more.begin(), more.end());
  Child child(world, words);
  while (server.batches() == 0 && child.running()) std::this_thread::sleep_for(5ms);
  disturb(child);
  const auto run = child.wait(60s);
  CHECK(server.batches() == 1);
  return run;
}

}  // namespace

TEST_CASE("signals: what is no wish to end changes nothing") {
  for (const int signal : {SIGSTOP, SIGCHLD, SIGWINCH, SIGURG, SIGCONT, SIGPIPE, SIGXFSZ}) {
    World world;
    const auto run = disturbed(world, [&](Child& child) {
      child.signal(signal);
      if (signal != SIGSTOP) return;
      std::this_thread::sleep_for(1s);
      CHECK(child.running());
      child.signal(SIGCONT);
    });
    INFO(signal, "\n", run.err);
    CHECK(run.exit == 1);
    for (const auto& name : reports) CHECK(world.has(name));
  }
}

TEST_CASE("signals: who read standard output goes away, and the verdict and the reports are as ever") {
  World world;
  const auto run = disturbed(world, [](Child& child) { child.leave_stdout(); });
  CHECK(run.exit == 1);
  for (const auto& name : reports) CHECK(world.has(name));
  // Where a report was to go there its loss is told, and a breach stays one.
  World other;
  const auto lost = disturbed(other, [](Child& child) { child.leave_stdout(); }, {"-o", "html"});
  INFO(lost.err);
  CHECK(lost.exit == 1);
  CHECK(lost.err.find("standard output") != std::string::npos);
  for (const auto& name : reports) CHECK(other.has(name));
}

TEST_CASE("signals: what nobody handles ends the program as any other, and leaves no piece of a file") {
  for (const int signal : {SIGUSR1, SIGUSR2, SIGALRM, SIGQUIT, SIGKILL}) {
    World world;
    const auto run = disturbed(world, [&](Child& child) { child.signal(signal); });
    INFO(signal, "\n", run.err);
    CHECK(run.died);
    CHECK(run.exit == 128 + signal);
    for (const auto& entry : std::filesystem::directory_iterator(world.path()))
      CHECK(entry.path().filename().string().find("kolega") == std::string::npos);
  }
}
