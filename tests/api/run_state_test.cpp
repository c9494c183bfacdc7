// A run that is killed at any request, and the same run started again: one batch in all, and nothing that others left is
// taken for ours.
#include "api/run_state.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/text.hpp"
#include "fake_api.hpp"
#include "support/file_size_limit.hpp"
#include "support/files.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;

namespace {

void spew(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  return text.replace(text.find(what), what.size(), with);
}

std::string last_line(const std::string& text) {
  return text.substr(text.rfind('\n', text.size() - 2) + 1);
}

/// No Error: like a SIGKILL, nothing of the program reacts to it.
struct Killed {};

const api::RunKey key{"https://api.test", "r1", "main", "c0ffee", "digest"};

struct Rig {
  Rig() { api.next.length = 20s; }

  TempDir dir{};
  FakeApi api{};
  std::vector<std::string> notes{};

  api::RunState open(const api::RunKey& of = key) {
    return api::RunState(dir.path(), of, api.fake.now(), [this](std::string text) { notes.push_back(std::move(text)); });
  }
  /// One run of the program. The state goes away with it, as a lock does with its process.
  std::optional<ScanBatch> run(const api::RunKey& of = key) {
    auto state = open(of);
    api.options.state = &state;
    try {
      auto collected = api.run();
      return collected.batches.at(0);
    } catch (const Killed&) {
      return std::nullopt;
    }
  }
  /// Killed when the request with this number (from 1) is sent, or when its answer has come.
  void kill_at(int number, bool answered) {
    api.intercept = [this, number, answered, seen = 0](const net::Request& request) mutable
        -> std::optional<ScriptedAnswer> {
      if (++seen != number) return std::nullopt;
      if (answered && request.method == "POST") api.add("semgrep_scan", {});
      throw Killed{};
    };
  }
  std::string file() {
    return open().path();
  }
  bool says(std::string_view part) const {
    for (const auto& note : notes) {
      if (note.find(part) != std::string::npos) return true;
    }
    return false;
  }
};

}  // namespace

TEST_CASE("killed at any request, before or after the server acted: the next run ends with one batch in all") {
  int killed = 0;
  for (const bool answered : {false, true}) {
    for (int number = 1; number < 40; ++number) {
      Rig rig;
      rig.kill_at(number, answered);
      if (rig.run()) break;  // it needs no more requests than that
      ++killed;
      rig.api.intercept = {};
      const auto batch = rig.run();
      INFO("request " << number << (answered ? " answered" : " sent"));
      REQUIRE(batch);
      CHECK(batch->ending == BatchEnding::read);
      CHECK(rig.api.batches.size() == 1);
    }
  }
  MESSAGE("killed at " << killed << " moments");
  CHECK(killed > 10);
}

TEST_CASE("killed, and the scan ends before the next run: its batch is judged, however it came to be known") {
  for (const bool answered : {false, true}) {
    Rig rig;
    rig.kill_at(answered ? 2 : 4, answered);  // 1 is the quota, 2 the POST
    REQUIRE_FALSE(rig.run());
    rig.api.intercept = {};
    rig.api.fake.advance(1h);
    const auto batch = rig.run();
    REQUIRE(batch);
    CHECK(batch->origin == BatchOrigin::resumed);
    CHECK(batch->ending == BatchEnding::read);
    CHECK(rig.api.batches.size() == 1);
  }
}

TEST_CASE("a POST that never arrived is sent by the next run, and a later batch of others is not ours") {
  Rig rig;
  rig.kill_at(2, false);
  REQUIRE_FALSE(rig.run());
  rig.api.intercept = {};
  rig.api.fake.advance(30min);
  rig.api.add("semgrep_scan", 10min);
  const auto batch = rig.run();
  REQUIRE(batch);
  CHECK(batch->origin == BatchOrigin::triggered);
  CHECK(batch->id == "b2");
  CHECK(rig.api.posts == 1);
}

TEST_CASE("another commit, policy, repository, branch or API is another run") {
  for (auto other : {api::RunKey{"https://else.test", "r1", "main", "c0ffee", "digest"},
                     api::RunKey{"https://api.test", "r1", "topic", "c0ffee", "digest"},
                     api::RunKey{"https://api.test", "r1", "main", "decaf", "digest"},
                     api::RunKey{"https://api.test", "r1", "main", "c0ffee", "other"}}) {
    Rig rig;
    rig.kill_at(4, true);
    REQUIRE_FALSE(rig.run());
    rig.api.intercept = {};
    const auto batch = rig.run(other);
    REQUIRE(batch);
    CHECK(batch->origin == BatchOrigin::triggered);
    CHECK(rig.api.batches.size() == 2);
  }
}

TEST_CASE("while one run holds the state another cannot") {
  Rig rig;
  const auto first = rig.open();
  CHECK_THROWS_AS(rig.open(), Error);
}

TEST_CASE("what is no state of this run is told and forgotten") {
  using Spoil = void (*)(const std::string& path);
  const std::vector<std::pair<const char*, Spoil>> spoils{
      {"is forgotten", [](const std::string& path) { spew(path, "garbage\n"); }},
      {"is forgotten", [](const std::string& path) { spew(path, slurp(path) + "{\"repository_id\":\"r1\"}\n"); }},
      {"is forgotten",
       [](const std::string& path) { spew(path, slurp(path) + replaced(last_line(slurp(path)), "b1", "../b1")); }},
      {"another repository",
       [](const std::string& path) { spew(path, slurp(path) + replaced(last_line(slurp(path)), "r1", "r2")); }},
      {"can be written by others", [](const std::string& path) { ::chmod(path.c_str(), 0666); }},
      {"can be written by others",
       [](const std::string& path) { std::filesystem::create_hard_link(path, path + ".other"); }},
  };
  for (const auto& [told, spoil] : spoils) {
    Rig rig;
    rig.kill_at(4, true);
    REQUIRE_FALSE(rig.run());
    rig.api.intercept = {};
    spoil(rig.file());
    const auto batch = rig.run();
    INFO(told);
    REQUIRE(batch);
    CHECK(batch->origin == BatchOrigin::triggered);
    CHECK(rig.says(told));
  }
}

TEST_CASE("a state in the place of a link is not opened") {
  Rig rig;
  const auto path = rig.file();
  std::filesystem::remove(path);
  std::filesystem::create_symlink(rig.dir.file("elsewhere"), path);
  CHECK_THROWS_AS(rig.open(), Error);
  CHECK_FALSE(std::filesystem::exists(rig.dir.file("elsewhere")));
}

TEST_CASE("a state that finds no room is told of once, and the run goes on without it") {
  Rig rig;
  std::optional<FileSizeLimit> limit;
  rig.api.intercept = [&](const net::Request&) -> std::optional<ScriptedAnswer> {
    if (!limit) limit.emplace(0);  // from the first request on, when the state is open
    return std::nullopt;
  };
  const auto batch = rig.run();
  limit.reset();
  REQUIRE(batch);
  CHECK(batch->ending == BatchEnding::read);
  CHECK(rig.notes.size() == 1);
  CHECK(rig.says("if this run is killed, the next one scans anew"));
}

TEST_CASE("old states, and such from the future, are forgotten") {
  for (const auto when : {Duration(25h), -Duration(1h)}) {
    Rig rig;
    rig.kill_at(4, true);
    REQUIRE_FALSE(rig.run());
    rig.api.intercept = {};
    api::RunState state(rig.dir.path(), key, rig.api.fake.now() + when,
                        [&](std::string text) { rig.notes.push_back(std::move(text)); });
    CHECK(state.empty());
    CHECK(rig.says("too old, or not of this time"));
  }
}

TEST_CASE("a remembered batch that came to nothing, or that is none of ours, is not continued") {
  const std::vector<std::pair<const char*, std::function<void(Rig&)>>> cases{
      {"ended failed",
       [](Rig& rig) {
         rig.api.batches.at(0).at_end = "failed";
         rig.api.fake.advance(1h);
       }},
      {"does not know it", [](Rig& rig) { rig.api.batches.clear(); }},
      {"it is a secrets_scan", [](Rig& rig) { rig.api.batches.at(0).type = "secrets_scan"; }},
  };
  for (const auto& [why, change] : cases) {
    Rig rig;
    rig.kill_at(4, true);
    REQUIRE_FALSE(rig.run());
    rig.api.intercept = {};
    change(rig);
    const auto batch = rig.run();
    INFO(why);
    REQUIRE(batch);
    CHECK(batch->origin == BatchOrigin::triggered);
    CHECK(batch->ending == BatchEnding::read);
    bool told = false;
    for (const auto& note : rig.api.notes) told = told || note.find(why) != std::string::npos;
    CHECK(told);
  }
}

TEST_CASE("what is judged is not remembered") {
  Rig rig;
  const auto path = rig.file();
  {
    auto state = rig.open();
    state.write(ScanType::semgrep_scan, api::BatchEntry::Step::begun, "b9", rig.api.fake.now());
    CHECK(state.holds_only({"b9", "b10"}));
    CHECK_FALSE(state.holds_only({"b10"}));
    state.remove();
  }
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(rig.open().empty());
}

TEST_CASE("a refused POST leaves nothing to look for") {
  Rig rig;
  rig.api.post_faults[1] = {answer(422, R"({"detail":"no"})"), false};
  const auto batch = rig.run();
  REQUIRE(batch);
  CHECK(batch->ending == BatchEnding::api);
  CHECK(rig.open().recall(ScanType::semgrep_scan).has_value() == false);
}

namespace {

/// States that runs left which nobody starts again.
struct Leftovers {
  test::TempDir dir{};
  Instant now{std::chrono::time_point_cast<Instant::duration>(std::chrono::system_clock::now())};

  std::string leave(const std::string& commit, Duration age) {
    api::RunState state(dir.path(), {"https://api.test", "r1", "main", commit, "digest"}, now - age, [](auto) {});
    state.write(ScanType::semgrep_scan, api::BatchEntry::Step::begun, "b1", now - age);
    const auto path = state.path();
    age_file(path, age);
    return path;
  }
  void age_file(const std::string& path, Duration age) const {
    const auto seconds = std::chrono::time_point_cast<std::chrono::seconds>(now - age).time_since_epoch().count();
    const timespec times[2]{{seconds, 0}, {seconds, 0}};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(dir.path()), std::filesystem::directory_iterator{}));
  }
};

}  // namespace

TEST_CASE("what is not certainly a forgotten state of ours is not pruned") {
  using Spoil = std::function<void(Leftovers&, const std::string& path)>;
  const std::vector<std::pair<const char*, Spoil>> spoils{
      {"fresh", [](Leftovers& left, const std::string& path) { left.age_file(path, 23h); }},
      {"a damaged line", [](Leftovers&, const std::string& path) { spew(path, slurp(path) + "{\"repository_id\":1}\n"); }},
      {"a line of somebody else", [](Leftovers&, const std::string& path) { spew(path, slurp(path) + "keep me\n"); }},
      {"another first line", [](Leftovers&, const std::string& path) { spew(path, replaced(slurp(path), "r1", "r2")); }},
      {"empty", [](Leftovers&, const std::string& path) { spew(path, ""); }},
      {"no whole line", [](Leftovers&, const std::string& path) { spew(path, "{\"format\""); }},
      {"a line that is not old",
       [](Leftovers& left, const std::string& path) {
         spew(path, slurp(path) + api::write_batch_entry({"r1", ScanType::sbom_scan, api::BatchEntry::Step::begun, "b2",
                                                          left.now - 1h}) +
                        "\n");
       }},
      {"others may write it", [](Leftovers&, const std::string& path) { ::chmod(path.c_str(), 0620); }},
      {"another name", [](Leftovers& left, const std::string& path) {
         std::filesystem::rename(path, left.dir.file("run-0123456789abcdef0123456789abcdef.journal"));
       }},
      {"a second name", [](Leftovers& left, const std::string& path) {
         std::filesystem::create_hard_link(path, left.dir.file("other"));
       }},
      {"a link", [](Leftovers& left, const std::string& path) {
         std::filesystem::rename(path, left.dir.file("state"));
         std::filesystem::create_symlink("state", path);
       }},
      {"a directory", [](Leftovers&, const std::string& path) {
         std::filesystem::remove(path);
         std::filesystem::create_directory(path);
       }},
      {"a FIFO", [](Leftovers&, const std::string& path) {
         std::filesystem::remove(path);
         REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
       }},
      {"large", [](Leftovers&, const std::string& path) { spew(path, slurp(path) + std::string(2'000'000, '\n')); }},
  };
  for (const auto& [name, spoil] : spoils) {
    const std::string what = name;
    CAPTURE(what);
    Leftovers left;
    const auto path = left.leave("decaf", 48h);
    const auto text = slurp(path);
    spoil(left, path);
    if (what != "fresh") {
      for (const auto& entry : std::filesystem::directory_iterator(left.dir.path()))
        left.age_file(entry.path().string(), 48h);
    }
    const auto before = left.files();
    CHECK(api::prune_states(left.dir.path(), left.now) == 0);
    CHECK(left.files() == before);
  }
  Leftovers left;
  const auto path = left.leave("decaf", 48h);
  {
    const sys::Journal held(path);  // another run has it
    left.age_file(path, 48h);
    CHECK(api::prune_states(left.dir.path(), left.now) == 0);
  }
  left.dir.write("events-0123456789abcdef.journal", "{}\n");
  left.dir.write("run-notes.journal", "mine\n");
  left.dir.write("README", "mine\n");
  for (const auto& entry : std::filesystem::directory_iterator(left.dir.path()))
    left.age_file(entry.path().string(), 48h);
  CHECK(api::prune_states(left.dir.path(), left.now) == 1);  // and nothing but the state
  CHECK(left.files() == 3);
  CHECK(api::prune_states(left.dir.file("none"), left.now) == 0);
}

TEST_CASE("a run takes away the states of runs that nobody starts again, and no more than so many at once") {
  Leftovers left;
  for (int i = 0; i < 300; ++i) left.leave("commit" + std::to_string(i), Duration(25h));
  const auto fresh = left.leave("fresh", 1h);
  // Cut off in the middle of a line, as by a kill.
  const auto killed = left.leave("killed", 30h);
  spew(killed, slurp(killed) + "{\"repository_id\":");
  left.age_file(killed, 30h);
  { const api::RunState state(left.dir.path(), key, left.now, [](auto) {}); }
  CHECK(left.files() == 103);
  for (int i = 0; i < 2; ++i) api::RunState(left.dir.path(), key, left.now, [](auto) {});
  CHECK(left.files() == 2);  // the fresh one and the own
  CHECK(std::filesystem::exists(fresh));
}
