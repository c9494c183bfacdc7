// Every request that our own client makes, recorded between it and the sandbox, against the published
// contract: path, method, names and types of query parameters, body. Not for: what the answers mean
// (tests/cli, tests/api).
#include <doctest/doctest.h>

#include <mutex>
#include <sstream>

#include "api/history.hpp"
#include "cli/run.hpp"
#include "contract/journey.hpp"
#include "net/server.hpp"
#include "support/fake_system.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;

namespace {

/// The sandbox behind a server that writes down what it is asked.
class RecordedWorld {
 public:
  RecordedWorld()
      : sandbox_(make_config(checkout.dir.path().string()), Secret(rig_token), sys::real_system()),
        server_([this](const net::ServerRequest& request) { return handle(request); }, 0) {
    checkout.dir.write("out.sarif",
                       sarif({{"CWE-120", "src/a.c", 2, "first"}, {"CWE-78", "src/b.c", 9, "x"}}));
    policy = dir.write("policy.yaml",
                       "gate: v1\nname: test\nscan: {types: [semgrep_scan], timeout: 60s, reuse: 1h}\n"
                       "rules: [{id: serious, when: {severity: '>=high'}, max: 0}]\n");
  }

  /// Runs a command and gives its standard output; its exit code must be `code`.
  std::string run(const std::vector<std::string>& words, int code = 0) {
    auto system = sys::real_system();
    system.environment =
        sys::Environment(std::map<std::string, std::string>{{"KOLEGA_API_URL", server_.url()},
                                                            {"KOLEGA_TOKEN", rig_token},
                                                            {"KOLEGA_STATE_DIR", dir.file("state")}});
    system.working_directory = "/nonexistent";
    system.terminal = false;
    std::stop_source stop;
    system.stop = stop.get_token();
    system.signal = [] { return 15; };
    if (std::ranges::find(words, "--follow") != words.end()) {
      system.sleep_until = [&stop](sys::SteadyTime, const std::stop_token&) { return !stop.request_stop(); };
    }
    std::ostringstream out;
    std::ostringstream err;
    std::istringstream in;
    const auto before = requests.size();
    const int got = cli::run(words, {out, err, in}, system);
    std::string line;
    for (const auto& word : words) line += " " + word;
    INFO(line, " -> ", got, "\n", out.str(), err.str());
    CHECK(got == code);
    CHECK(requests.size() > before);
    return out.str();
  }
  /// The member of the JSON document that the command prints.
  std::string member(const std::vector<std::string>& words, const std::string& pointer) {
    const auto text = run(words);
    boost::system::error_code failure;
    const auto document = boost::json::parse(text, failure);
    INFO(words[0], " ", words[1], ": ", text);
    REQUIRE(!failure);
    return std::string(document.at_pointer(pointer).as_string());
  }
  void wait_for_jobs() const { sandbox_.wait_for_feeds(); }

  Checkout checkout{};
  TempDir dir{};
  std::string policy{};
  std::vector<net::ServerRequest> requests{};

 private:
  static sandbox::Config make_config(const std::string& directory) {
    auto config = Journey::with_fixer(one_repository(directory, "cat out.sarif"));
    config.scan_duration = Duration(20);
    return config;
  }
  net::ServerResponse handle(const net::ServerRequest& request) {
    {
      const std::scoped_lock lock(mutex_);
      requests.push_back(request);
    }
    return sandbox_.handle(request);
  }

  std::mutex mutex_{};
  sandbox::Sandbox sandbox_;
  net::Server server_;
};

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
    } else {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    }
  }
  return out;
}

/// Names and values as they were sent, also when one comes twice.
std::vector<std::pair<std::string, std::string>> query_of(const std::string& target) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto mark = target.find('?');
  if (mark == std::string::npos) return out;
  for (const auto part : split(std::string_view(target).substr(mark + 1), '&')) {
    const auto equals = part.find('=');
    out.emplace_back(decoded(part.substr(0, equals)),
                     decoded(part.substr(std::min(part.size(), equals + 1))));
  }
  return out;
}

/// All commands, with every option that changes what is asked.
void use_everything(RecordedWorld& world) {
  const std::vector<std::string> repository{"--repository", "acme"};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.end(), repository.begin(), repository.end());
    return words;
  };
  world.run({"me"});
  world.run({"me", "--json"});
  world.run({"quota"});
  world.run({"repos", "list", "--all"});
  world.run({"repos", "list", "--archived", "--limit", "7", "--json"});
  world.run({"repos", "get", "acme/payments"});
  world.run({"repos", "get", "default"});
  world.run({"repos", "get", "acme", "--json"});

  world.run(with({"run", "--policy", world.policy}), 1);
  const auto scan =
      world.member(with({"scans", "start", "--scan-type", "semgrep", "--wait", "--json"}), "/batch_id");
  world.run(with({"scans", "start", "--scan-type", "secrets"}));
  world.run(with({"run", "--policy", world.policy, "--scan-id", scan}), 1);
  world.run(with({"scans", "list", "--scan-type", "sbom", "--status", "completed", "--limit", "3"}));
  world.run(with({"scans", "list", "--all", "--json"}));
  for (const auto* command : {"get", "progress", "results"}) {
    world.run(with({"scans", command, scan}));
    world.run(with({"scans", command, scan, "--json"}));
  }
  world.run(with({"scans", "progress", scan, "--watch"}));

  world.run(with({"findings", "list"}));
  const auto finding = world.member(with({"findings", "list", "--scan-id", scan, "--severity", "high",
                                          "--status", "open", "--scan-type", "semgrep", "--all", "--json"}),
                                    "/0/id");
  world.run(with({"findings", "get", finding}));
  world.run(with({"findings", "get", finding, "--json"}));
  for (const auto* status : {"ignored", "false_positive", "needs_manual_review", "resolved", "open"})
    world.run(with({"findings", "set-status", finding, status}));
  world.run({"findings", "events", "--all", "--json"});
  const std::vector<std::string> filters{
      "findings", "events",     "--repository", "acme",         "--finding", finding,   "--scan-type",
      "semgrep",  "--severity", "high",         "--event-type", "detected",  "--since", "7d"};
  auto listed = filters;
  listed.insert(listed.end(), {"--until", "2099-01-01", "--limit", "5"});
  world.run(listed);
  auto followed = filters;
  followed.emplace_back("--follow");
  world.run(followed, 143);
  world.run(followed, 143);  // from its cursor

  world.run(with({"fixes", "run", finding, "--wait", "--title", "T", "--instructions", "i", "--source-repo",
                  "acme/payments", "--source-repo-provider", "gitlab", "--source-scan-branch", "main"}));
  const auto fix = world.member(with({"fixes", "run", finding, "--no-quota-check", "--json"}), "/id");
  world.wait_for_jobs();
  world.run(with({"fixes", "list", "--finding", finding, "--limit", "2"}));
  world.run(with({"fixes", "list", "--all", "--json"}));
  world.run(with({"fixes", "get", fix}));
  world.run(with({"fixes", "diff", fix}));
  world.run(with({"fixes", "progress", fix}));
  world.run(with({"fixes", "progress", fix, "--watch"}));
  world.run(with({"fixes", "pr", fix, "--title", "T", "--body", "B", "--branch", "own/name"}));
  world.run(with({"fixes", "pr", fix}));
  world.run(with({"fixes", "refine", fix, "--instructions", "more", "--wait"}));
  const auto waiting =
      world.member(with({"fixes", "run", finding, "--instructions", "wait", "--json"}), "/id");
  world.run(with({"fixes", "cancel", waiting}));
  world.run(with({"run", "--policy", world.policy, "--fix=pr", "--fix-diffs", world.dir.file("diffs")}), 1);
}

/// A sandbox of two repositories on a clock that the test moves, without a server between it and the client.
class TwoRepositories final : public net::Transport {
 public:
  net::Response send(const net::Request& request, const net::Wait&) override {
    const auto path = request.target.substr(0, request.target.find('?'));
    INFO(request.method, " ", request.target);
    CHECK(join_lines(contract().check_request(request.method, path, query_of(request.target), request.body)) == "");
    const auto answer = rig.send({request.method, request.target, SandboxRig::authorized(), request.body}).response;
    if (!request.consumer || answer.status != 200) return {answer.status, answer.headers, answer.body};
    request.consumer->begin();
    request.consumer->data(answer.body);
    return {answer.status, answer.headers, {}};
  }

  Checkout checkout{};
  SandboxRig rig{make_config(checkout)};

 private:
  static sandbox::Config make_config(const Checkout& checkout) {
    checkout.dir.write("out.sarif", sarif({{"CWE-120", "src/a.c", 2, "first"}}));
    auto config = one_repository(checkout.dir.path().string(), "cat out.sarif");
    config.repositories.push_back(config.repositories.front());
    config.repositories.back().id = "other";
    config.repositories.back().full_name = "acme/other";
    return config;
  }
};

}  // namespace

TEST_CASE("how long scans take: the own repository's, else another's, asked within the contract") {
  TwoRepositories world;
  FakeSystem fake;
  api::Client client(world, Secret(rig_token), {}, [&] { return fake.steady(); });
  api::RunnerOptions options;
  options.repository_id = "acme";
  const api::ProgressListener listener = [](const api::ProgressEvent& event) { FAIL_CHECK(event.text); };
  const api::RunContext context{client, options, fake.system(), listener, fake.steady(), fake.steady() + 30min};
  ScanBatch batch;
  batch.id = "a-new-one";
  batch.type = ScanType::semgrep_scan;
  for (const bool several : {false, true}) {
    api::History nothing(context, several);
    const auto told = nothing.of(batch, true);
    CHECK(told.own.empty());
    CHECK(told.elsewhere.empty());
  }
  world.rig.scan("other", "semgrep_scan");
  for (const bool several : {false, true}) {
    api::History first(context, several);
    const auto told = first.of(batch, true);
    CHECK(told.own.empty());
    REQUIRE(told.elsewhere.size() == 1);
    CHECK(told.elsewhere[0] == 10s);
    CHECK(told.requests == 2);
  }
  world.rig.scan("acme", "semgrep_scan");
  for (const bool several : {false, true}) {
    api::History known(context, several);
    const auto told = known.of(batch, true);
    CHECK(told.own == std::vector<Duration>{10s});
    CHECK(told.requests == 1);
  }
}

TEST_CASE("every request of our client is one of the contract") {
  RecordedWorld world;
  use_everything(world);
  std::set<OpenApi::Operation> used;
  for (const auto& request : world.requests) {
    const auto path = request.target.substr(0, request.target.find('?'));
    INFO(request.method, " ", request.target, " ", request.body);
    CHECK(join_lines(
              contract().check_request(request.method, path, query_of(request.target), request.body)) == "");
    CHECK(request.header("Authorization") == std::string("Bearer ") + rig_token);
    CHECK(request.header("User-Agent").value_or("").starts_with("kolega-gate/"));
    if (!request.body.empty()) CHECK(request.header("Content-Type") == "application/json");
    if (const auto operation = contract().find_operation(request.method, path)) used.insert(*operation);
  }
  for (const auto& operation : contract().operations()) {
    CAPTURE(operation.name());
    CHECK(used.contains(operation));
  }
}

TEST_CASE("the checker of requests: what it must refuse") {
  const auto wrong = [](const std::string& method, const std::string& path,
                        const std::vector<std::pair<std::string, std::string>>& query = {},
                        const std::string& body = {}) {
    return !contract().check_request(method, path, query, body).empty();
  };
  const std::string scans = "/api/v1/repositories/r/scans";
  CHECK(!wrong("GET", scans, {{"limit", "200"}, {"scan_type", "sbom_scan"}, {"status", "any"}}));
  CHECK(wrong("GET", scans + "/"));
  CHECK(wrong("PUT", scans));
  CHECK(wrong("GET", scans, {{"limit", "201"}}));
  CHECK(wrong("GET", scans, {{"limit", "many"}}));
  CHECK(wrong("GET", scans, {{"scan_type", "sbom"}}));
  CHECK(wrong("GET", scans, {{"page", "2"}}));
  CHECK(wrong("GET", scans, {{"skip", "1"}, {"skip", "2"}}));
  CHECK(wrong("GET", scans, {}, "{}"));
  CHECK(wrong("GET", "/api/v1/finding-events", {{"start", "yesterday"}}));
  CHECK(!wrong("GET", "/api/v1/finding-events", {{"start", "2026-01-01T00:00:00Z"}}));
  CHECK(wrong("GET", "/api/v1/repositories", {{"include_archived", "yes"}}));
  CHECK(!wrong("POST", scans, {}, R"({"scan_type":"sbom_scan"})"));
  CHECK(wrong("POST", scans, {}, R"({"scan_type":"sbom"})"));
  CHECK(wrong("POST", scans, {}, R"({"scan_type":"sbom_scan","branch":"main"})"));
  CHECK(wrong("POST", scans));
}
