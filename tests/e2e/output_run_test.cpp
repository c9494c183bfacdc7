// RELIABILITY, row "Output", for runs that fail or have little: what must be known before anything is spent, that no
// stale green report survives a run that failed, and that the token is nowhere.
#include <doctest/doctest.h>

#include "e2e/faulty_api.hpp"
#include "e2e/output_matrix.hpp"
#include "support/keys.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

// UBSan needs descriptors of its own.
#ifdef __SANITIZE_ADDRESS__
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

/// What a format says when the gate did not pass. A format without a row here fails the tests.
const std::map<std::string_view, std::string>& alarms() {
  static const std::map<std::string_view, std::string> table{
      {"table", "INCOMPLETE"},
      {"sarif", "\"executionSuccessful\": false"},
      {"junit", "<error"},
      {"json", "\"outcome\": \"incomplete\""},
      {"markdown", "INCOMPLETE"},
      {"html", "INCOMPLETE"},
      {"gitlab", "\"status\": \"failure\""},
      {"codequality", "\"severity\": \"blocker\""},
      {"github", "::error"},
      {"azure", "type=error"}};
  return table;
}

const std::string scans = "/api/v1/repositories/r1/scans";

FaultyApi::Options answering(const std::string& method, const std::string& path, const std::string& answer) {
  FaultyApi::Options options;
  options.at_request = [=](Line& line, const SeenRequest& seen) {
    if (seen.method != method || seen.path != path) return Act::truth;
    line.say(answer);
    return Act::answered;
  };
  return options;
}

/// One way to fail, with the exit code that it must have.
struct Failure {
  std::string name{};
  int exit{};
  FaultyApi::Options server{};
  Words options{};
  std::function<void(World&)> before{};
  bool removed{};  ///< no error report can be written: then the stale one goes
  Child::Options how{};
};

std::vector<Failure> failures() {
  std::vector<Failure> out;
  FaultyApi::Options serious;
  serious.severity = "high";
  out.push_back({"1, a broken rule", 1, serious});
  out.push_back({"2, a policy that does not load", 2, {}, {}, [](World& w) { w.write("policy.yaml", "gate: v9\n"); }});
  out.push_back({"2, a policy that is not there", 2, {}, {}, [](World& w) { fs::remove(w.path() / "policy.yaml"); }});
  out.push_back({"2, a baseline that cannot be read", 2, {}, {"--baseline", "none.json"}});
  out.push_back({"2, another output that cannot be written", 2, {}, {"-o", "json=none/x"}, {}, true});
  out.push_back({"2, the same output twice", 2, {}, {"-o", "json=report.sarif"}, {}, true});
  // What is wrong before the outputs are known: all that names them has been read by then.
  const std::vector<Words> wrong_words{{"--foo"}, {"--mode", "x"}, {"-o", "srif=a"}, {"-o", "json="}, {"--timeout", "5"},
                                       {"--scan-type", "x"}, {"--fix=zz"}, {"--policy", "policy.yaml"}, {"stray"},
                                       {"--attest", "a.intoto"}, {"--attest", "a", "--signing-key", "policy.yaml"}};
  for (const auto& words : wrong_words) {
    std::string name = "2, wrong words:";
    for (const auto& word : words) name += " " + word;
    out.push_back({name, 2, {}, words, {}, true});
  }
  for (const auto* variable : {"KOLEGA_MODE", "KOLEGA_COMMENT"}) {
    const auto set = [=](World& w) { w.set(variable, "zz"); };
    out.push_back({"2, a wrong variable: "s + variable, 2, {}, {}, set, true});
  }
  out.push_back({"2, no file can be written", 2, {}, {}, {}, true, before_exec("ulimit -f 0;")});
  out.push_back({"3, quota", 3,
                 answering("POST", scans,
                           FaultyApi::response(403, R"({"detail":{"detail":"none left","error_code":)"
                                                    R"("OPERATION_FAILED","quota_type":"sast_scans"}})"))});
  out.push_back({"4, refused", 4, answering("POST", scans, FaultyApi::response(403, R"({"detail":"no scope"})"))});
  out.push_back({"4, an unknown repository", 4, {}, {"--repository", "r9"}});
  out.push_back({"5, no sense in the answer", 5,
                 answering("GET", scans + "/b1/results", FaultyApi::response(200, "{}"))});
  out.push_back({"6, the scan failed", 6,
                 answering("GET", scans + "/b1/progress",
                           FaultyApi::response(200, R"({"batch_id":"b1","repository_id":"r1","scan_type":"semgrep_scan",)"
                                                    R"("status":"failed","total_repositories":1,"scans_created":1,)"
                                                    R"("scans_failed":1,"scans_completed":0,"scans_assessed":0,)"
                                                    R"("percent_complete":50})"))});
  FaultyApi::Options slow;
  slow.length = 1h;
  out.push_back({"7, the time is over", 7, slow, {"--timeout", "1s"}});
  return out;
}

/// What is wrong, format by format.
std::map<std::string_view, std::string> run_over_green(const Failure& failure, Ended& run,
                                                       const std::map<std::string_view, std::string>& green) {
  std::map<std::string_view, std::string> wrong;
  FaultyApi server(failure.server);
  World world;
  world.set("KOLEGA_TOKEN", token);
  world.set("KOLEGA_API_URL", server.url());
  if (failure.before) failure.before(world);
  Words words{"run", "-v", "--policy", "policy.yaml"};
  if (std::ranges::find(failure.options, "--repository") == failure.options.end())
    words.insert(words.end(), {"--repository", "r1"});
  std::set<std::string> targets;
  for (const auto& format : report::formats()) {
    world.write(target_of(format), green.at(format.name));
    words.insert(words.end(), {"-o", output_of(format, target_of(format))});
    targets.insert(target_of(format));
  }
  words.insert(words.end(), failure.options.begin(), failure.options.end());
  const auto before = snapshot(world.path());
  run = Child(world, words, failure.how).wait(patience);
  std::vector<std::string> common;
  compare(common, world.path(), before, targets);
  if (run.exit != failure.exit) common.push_back("exit code " + std::to_string(run.exit));
  if (run.killed) common.push_back("it had to be killed");
  if ((run.out + run.err).find(token) != std::string::npos) common.push_back("the token on a stream");
  for (const auto& format : report::formats()) {
    auto& text = wrong[format.name];
    for (const auto& one : common) text += one + "; ";
    const bool there = world.has(target_of(format));
    const auto now = there ? world.read(target_of(format)) : std::string{};
    if (there && now == green.at(format.name)) text += "the stale green report is still there; ";
    if (there == failure.removed) text += there ? "a report; " : "no report; ";
    if (there && now.find(token) != std::string::npos) text += "the token; ";
    if (there && failure.exit != 1 && now.find(alarms().at(format.name)) == std::string::npos)
      text += "it looks green: " + now.substr(0, 2000);
  }
  return wrong;
}

}  // namespace

TEST_CASE("output matrix: no stale green report survives a run that fails") {
  const auto green = calm_reports("good.sarif", 0);
  for (const auto& format : report::formats()) {
    REQUIRE_MESSAGE(alarms().contains(format.name), "say what a report of this format holds when nothing passed: ",
                    format.name);
    CHECK(green.at(format.name).find(alarms().at(format.name)) == std::string::npos);
  }
  const auto all = failures();
  std::vector<Ended> runs(all.size());
  std::vector<std::map<std::string_view, std::string>> wrong(all.size());
  in_parallel(all.size(), 8, [&](std::size_t i) { wrong[i] = run_over_green(all[i], runs[i], green); });
  Tally tally;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const auto& [format, text] : wrong[i]) {
      tally.add("over a stale green report", all[i].name, runs[i]);
      INFO(all[i].name, ", ", format, "\n", runs[i].err);
      CHECK(text == "");
    }
  }
  tally.tell();
}

TEST_CASE("output matrix: no signed decision of an earlier run survives one that cannot be signed") {
  const std::vector<Words> all{{"--signing-key", "none.pem"}, {"--signing-key", "policy.yaml"}, {},
                               {"--signing-key", "key.pem", "-o", "html=none/a"}, {"--signing-key", "key.pem", "-o", "html=."},
                               {"--signing-key", "key.pem", "--sandbox"}, {"--signing-key", "key.pem", "--foo"}};
  for (const auto& options : all) {
    World world;
    world.set("KOLEGA_TOKEN", token);
    world.write("key.pem", ed25519_key().private_pem);
    world.write("good.intoto", "{}");
    Words words{"run", "--policy", "policy.yaml", "--repository", "r1", "--attest", "good.intoto"};
    words.insert(words.end(), options.begin(), options.end());
    const auto run = Child(world, words, {}).wait(patience);
    INFO(run.err);
    CHECK(run.exit == 2);
    CHECK_FALSE(world.has("good.intoto"));
    CHECK(world.has("key.pem"));
    CHECK(world.has("policy.yaml"));
  }
}

TEST_CASE("output matrix: an output that cannot be written is known before anything is asked") {
  for (const std::string path : {"none/x", ".", "/dev/full", "fifo", "policy.yaml/x", "way/x"}) {
    const FaultyApi server({});
    Place place;
    auto& world = place.world;
    ::mkfifo(world.file("fifo").c_str(), 0600);
    fs::create_directory_symlink(place.outside.path(), world.file("way"));
    world.set("KOLEGA_TOKEN", token);
    world.set("KOLEGA_API_URL", server.url());
    const auto run =
        Child(world, {"run", "--policy", "policy.yaml", "--repository", "r1", "-o", "json=" + path}).wait(patience);
    INFO(path, "\n", run.err);
    CHECK(run.exit == 2);
    CHECK(run.err.find("cannot write ") != std::string::npos);
    CHECK(server.connections() == 0);
  }
}

TEST_CASE("output matrix: a run has its verdict, its reports and its secret wherever it is started") {
  auto rows = surroundings();
  std::erase_if(rows, [](const Row& row) {
    return row.name == "no environment at all" || (sanitized && row.name == few_descriptors);
  });
  std::vector<Outcome> outcomes(rows.size());
  in_parallel(rows.size(), 12, [&](std::size_t i) {
    FaultyApi::Options options;
    options.severity = "high";
    const FaultyApi server(options);
    World world;
    world.set("KOLEGA_TOKEN", token);
    world.set("KOLEGA_API_URL", server.url());
    for (const auto& [name, value] : rows[i].environment) world.set(name, value);
    Words words{"run", "-v", "--policy", "policy.yaml", "--repository", "r1"};
    std::set<std::string> targets;
    for (const auto& format : report::formats()) {
      if (rows[i].name == few_descriptors && targets.size() == 3) break;  // each takes one
      words.insert(words.end(), {"-o", output_of(format, target_of(format))});
      targets.insert(target_of(format));
    }
    const auto before = snapshot(world.path());
    auto& [run, wrong] = outcomes[i];
    run = Child(world, words, rows[i].how).wait(patience);
    compare(wrong, world.path(), before, targets);
    if (run.exit != 1) wrong.push_back("exit code " + std::to_string(run.exit));
    if ((run.out + run.err).find(token) != std::string::npos) wrong.push_back("the token on a stream");
    for (const auto& target : targets) {
      if (world.has(target) ? world.read(target).empty() : true) wrong.push_back("no " + target);
    }
  });
  Tally tally;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    tally.add("of run", rows[i].name, outcomes[i].run);
    INFO(rows[i].name, "\n", outcomes[i].run.err);
    CHECK(Tally::joined(outcomes[i].wrong) == "");
  }
  tally.tell();
}

TEST_CASE("output matrix: too few descriptors are told, and leave nothing" * doctest::skip(sanitized)) {
  const auto calm = calm_reports("good.sarif", 0);
  for (int limit = 4; limit < 16; ++limit) {
    World world;
    auto words = evaluate_words("good.sarif");
    std::set<std::string> targets;
    for (const auto& format : report::formats()) {
      words.insert(words.end(), {"-o", output_of(format, target_of(format))});
      targets.insert(target_of(format));
    }
    const auto before = snapshot(world.path());
    const auto run = Child(world, words, before_exec("ulimit -n " + std::to_string(limit) + ";")).wait(patience);
    INFO(limit, "\n", run.err);
    if (run.exit != 0) {
      CHECK((run.exit == 2 || run.exit == 127));  // 127: not even the program could be loaded
      CHECK(snapshot(world.path()) == before);
    } else {
      for (const auto& format : report::formats()) CHECK(world.read(target_of(format)) == calm.at(format.name));
    }
  }
}

TEST_CASE("output matrix: a report that was asked for on standard output and is lost is never a pass") {
  World world;
  for (const auto& format : report::formats()) {
    auto words = evaluate_words("good.sarif");
    words.insert(words.end(), {"-o", std::string(format.name)});
    CAPTURE(format.name);
    for (const std::string losing : {">/dev/full", ">&-"})
      CHECK(Child(world, words, redirected(losing)).wait(patience).exit == 2);
    const auto whole = Child(world, words).wait(patience);
    CHECK(whole.exit == 0);
    CHECK(!whole.out.empty());
  }
}

TEST_CASE("output matrix: a breach whose report is lost is told and stays a breach; a pass ends with 2 and is not told") {
  World world;
  const auto limited = [&](const char* findings) {
    auto words = evaluate_words(findings);
    words.insert(words.end(), {"-o", "json=decision.json"});
    return Child(world, words, before_exec("ulimit -f 0;")).wait(patience);
  };
  world.write("decision.json", "stale");
  const auto breach = limited("bad.sarif");
  CHECK(breach.exit == 1);
  CHECK(breach.err.starts_with("FAIL"));
  CHECK(breach.err.find("error: cannot write decision.json") != std::string::npos);
  CHECK_FALSE(fs::exists(world.file("decision.json")));
  const auto pass = limited("good.sarif");
  CHECK(pass.exit == 2);
  CHECK(pass.err.find("PASS") == std::string::npos);
  auto words = evaluate_words("bad.sarif");
  words.insert(words.end(), {"-o", "json"});
  const auto unheard = Child(world, words, redirected(">/dev/full")).wait(patience);
  CHECK(unheard.exit == 1);
  CHECK(unheard.err.find("error: cannot write to standard output") != std::string::npos);
}
