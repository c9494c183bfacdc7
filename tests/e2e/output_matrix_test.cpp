// RELIABILITY, row "Output", with the real program: every report format against every kind of place that a report
// may be sent to and every kind of surroundings. `evaluate` at a fixed instant gives reports that are the same
// bytes wherever they are written, so each row knows its file to the byte; `run` shows what must be known before
// anything is spent, that no stale green report survives a run that failed, and that the token is nowhere.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <set>

#include "e2e/child.hpp"
#include "e2e/faulty_api.hpp"
#include "report/formats.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

const std::string token = "kcp_test_0c7a11ce";
constexpr auto patience = 60s;  // what hangs, hangs for ever

/// Where a row takes place: the work tree, and what lies outside of it.
struct Place {
  World world{};
  TempDir outside{};
};

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

std::string target_of(const report::Format& format) {
  return "report." + std::string(format.name);
}

std::string output_of(const report::Format& format, const std::string& path) {
  return std::string(format.name) + "=" + path;
}

Words evaluate_words(const std::string& file) {
  return {"evaluate", file, "--policy", "policy.yaml", "--at", "2027-01-31T12:00:00Z", "--ci", "off"};
}

/// The report of a calm run, to the byte.
std::map<std::string_view, std::string> calm_reports(const std::string& file, int exit) {
  World world;
  auto words = evaluate_words(file);
  for (const auto& format : report::formats())
    words.insert(words.end(), {"-o", output_of(format, target_of(format))});
  const auto run = Child(world, words).wait(patience);
  REQUIRE_MESSAGE(run.exit == exit, run.err);
  std::map<std::string_view, std::string> out;
  for (const auto& format : report::formats()) out[format.name] = world.read(target_of(format));
  return out;
}

/// Every name beneath, with what it is and holds. Links are not followed, so one may lead to itself.
std::map<std::string, std::string> snapshot(const fs::path& root, const std::string& prefix = {}) {
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::directory_iterator(root)) {
    const auto name = prefix + entry.path().filename().string();
    auto& text = out[name];
    const auto type = entry.symlink_status().type();
    if (type == fs::file_type::symlink) text = "link " + fs::read_symlink(entry.path()).string();
    if (type == fs::file_type::regular) text = "file " + slurp(entry.path());
    if (type == fs::file_type::directory) text = "directory";
    if (text.empty()) text = "special";
    if (type == fs::file_type::directory) out.merge(snapshot(entry.path(), name + "/"));
  }
  return out;
}

enum class Then {
  written,    ///< a regular file of exactly the report's bytes
  untouched,  ///< as it was before, there or not
  gone,       ///< a stale report must not outlive a run that could not replace it
};

struct Row {
  std::string section{};
  std::string name{};
  std::string path{};  ///< of the report; empty: report.FORMAT; @/ is the work tree
  Then then{Then::written};
  int exit{1};
  std::string phrase{};                      ///< what standard error must hold
  std::function<void(Place&)> before{};
  Child::Options how{};
  std::map<std::string, std::string> environment{};
  std::vector<std::string> more{};           ///< more of the command line; @FORMAT@ is the format
  std::function<std::string(Place&, const Ended&)> after{};  ///< what else is wrong, or nothing
  bool needs_mounts{};
};

struct Outcome {
  Ended run{};
  std::vector<std::string> wrong{};
};

/// No row may leave a temporary file or an empty one, touch what it was not given, or show the token.
void compare(std::vector<std::string>& wrong, const fs::path& root, const std::map<std::string, std::string>& before,
             const std::set<std::string>& targets) {
  const auto after = snapshot(root);
  for (const auto& [name, text] : after) {
    if (text.find(token) != std::string::npos) wrong.push_back("the token in " + name);
    if (targets.contains(name)) continue;
    const auto found = before.find(name);
    if (found == before.end()) wrong.push_back("left over: " + name);
    if (found != before.end() && found->second != text) wrong.push_back("changed: " + name);
  }
  for (const auto& [name, text] : before) {
    if (!targets.contains(name) && !after.contains(name)) wrong.push_back("taken away: " + name);
  }
}

Outcome run_row(const Row& row, const report::Format& format, const std::string& calm) {
  Outcome out;
  const auto wrong = [&](const std::string& what) { out.wrong.push_back(what); };
  Place place;
  auto& world = place.world;
  if (row.before) row.before(place);
  world.set("KOLEGA_TOKEN", token);
  for (const auto& [name, value] : row.environment) world.set(name, value);
  auto path = row.path.empty() ? target_of(format) : row.path;
  if (path.starts_with("@")) path.replace(0, 1, world.path().string());
  const auto full = path.starts_with('/') ? fs::path(path) : world.path() / path;
  std::error_code absent;
  // The name itself, its directory without links.
  const auto real = (fs::weakly_canonical(full.parent_path(), absent) / full.filename());
  const auto inside = real.lexically_relative(fs::canonical(world.path())).string();
  const auto before = snapshot(world.path());
  const auto outside = snapshot(place.outside.path());
  auto words = evaluate_words("bad.sarif");
  words.insert(words.end(), {"-o", output_of(format, path)});
  for (auto word : row.more) {
    if (const auto at = word.find("@FORMAT@"); at != std::string::npos) word.replace(at, 8, format.name);
    words.push_back(word);
  }
  out.run = Child(world, words, row.how).wait(patience);
  const auto& run = out.run;
  if (run.killed) wrong("it had to be killed");
  if (run.exit != row.exit) wrong("exit code " + std::to_string(run.exit));
  if (run.err.find(row.phrase) == std::string::npos) wrong("nothing says '" + row.phrase + "'");
  if ((run.out + run.err).find(token) != std::string::npos) wrong("the token on a stream");
  switch (row.then) {
    case Then::written: {
      struct stat facts {};
      const bool there = ::lstat(real.c_str(), &facts) == 0;
      if (!there || !S_ISREG(facts.st_mode)) wrong("no report");
      else if (facts.st_nlink != 1) wrong("the report has another name");
      else if (slurp(real) != calm) wrong("another report than that of a calm run");
      break;
    }
    case Then::untouched:
      break;
    case Then::gone:
      if (fs::exists(fs::symlink_status(real, absent))) wrong("a stale report is still there");
      break;
  }
  compare(out.wrong, world.path(), before,
          row.then == Then::untouched ? std::set<std::string>{} : std::set<std::string>{inside});
  compare(out.wrong, place.outside.path(), outside, {});
  if (row.after) {
    if (const auto what = row.after(place, run); !what.empty()) wrong(what);
  }
  return out;
}

/// Small disks and read-only folders need a mount of our own, which not every container allows.
bool may_mount() {
  static const bool may = [] {
    World world;
    Child::Options how;
    how.shell = "mkdir m && unshare -m mount -t tmpfs none m";
    how.whole_line = true;
    return Child(world, {}, how).wait(patience).exit == 0;
  }();
  return may;
}

Child::Options before_exec(const std::string& line) {
  Child::Options how;
  how.shell = line;
  return how;
}
/// Through another program, "exec env -i", in front of the gate.
Child::Options through(const std::string& program) {
  Child::Options how;
  how.shell = "exec " + program + " \"$@\"";
  how.whole_line = true;
  return how;
}
Child::Options redirected(const std::string& redirection) {
  Child::Options how;
  how.redirection = redirection;
  return how;
}
/// The line in a mount namespace of its own; what is in `list` afterwards is in listing.txt, which is taken away.
Child::Options mounted(const std::string& mount, const std::string& list) {
  Child::Options how;
  how.shell = "exec unshare -m /bin/sh -c '" + mount + " && \"$@\"; code=$?; ls -A " + list +
              " >&2; exit $code' sh \"$@\"";
  how.whole_line = true;
  return how;
}

using Rows = std::vector<Row>;

Rows places() {
  Rows rows;
  rows.push_back({"Target", "absent"});
  rows.push_back({"Target", "in a folder, by ./ and //", "./sub//x"});
  rows.back().before = [](Place& p) { p.world.write("sub/keep", "keep"); };
  rows.push_back({"Target", "by an absolute path", "@/x"});
  rows.push_back({"Target", "exists, and is read-only", "old"});
  rows.back().before = [](Place& p) {
    p.world.write("old", "stale");
    ::chmod(p.world.file("old").c_str(), 0400);
  };
  rows.push_back({"Link", "to a file outside", "linked"});
  rows.back().before = [](Place& p) {
    p.outside.write("precious", "precious");
    fs::create_symlink(p.outside.file("precious"), p.world.file("linked"));
  };
  rows.push_back({"Link", "to nothing", "linked"});
  rows.back().before = [](Place& p) { fs::create_symlink(p.outside.file("none"), p.world.file("linked")); };
  rows.push_back({"Link", "to itself", "linked"});
  rows.back().before = [](Place& p) { fs::create_symlink("linked", p.world.file("linked")); };
  rows.push_back({"Link", "to a directory outside", "linked"});
  rows.back().before = [](Place& p) { fs::create_directory_symlink(p.outside.path(), p.world.file("linked")); };
  rows.push_back({"Link", "to /dev/full", "linked"});
  rows.back().before = [](Place& p) { fs::create_symlink("/dev/full", p.world.file("linked")); };
  rows.push_back({"Link", "hard, to a file outside", "linked"});
  rows.back().before = [](Place& p) {
    p.outside.write("precious", "precious");
    fs::create_hard_link(p.outside.file("precious"), p.world.file("linked"));
  };
  rows.push_back({"Link", "of the folder, to one in the tree", "way/x"});
  rows.back().before = [](Place& p) {
    p.world.write("sub/keep", "keep");
    fs::create_directory_symlink("sub", p.world.file("way"));
  };
  for (const std::string path : {"way/x", "sub/../way/x", "way/deep/x", "way/deep/../x"}) {
    rows.push_back({"Link", "of the folder, out of the tree: " + path, path, Then::untouched, 2, "leads out of"});
    rows.back().before = [](Place& p) {
      p.outside.write("deep/keep", "keep");
      p.outside.write("x", "precious");
      p.outside.write("deep/x", "precious");
      p.world.write("sub/keep", "keep");
      fs::create_directory_symlink(p.outside.path(), p.world.file("way"));
    };
  }
  const auto refused = [&](const std::string& name, const std::string& path, const std::string& phrase,
                           std::function<void(Place&)> before = {}) {
    rows.push_back({"No file", name, path, Then::untouched, 2, phrase, std::move(before)});
  };
  refused("a directory", "folder", "it is a directory", [](Place& p) { fs::create_directory(p.world.file("folder")); });
  refused("a directory that holds something", "folder", "it is a directory",
          [](Place& p) { p.world.write("folder/keep", "keep"); });
  refused("a name that ends in /", "folder/", "it is a directory",
          [](Place& p) { fs::create_directory(p.world.file("folder")); });
  refused("the folder itself", ".", "it is a directory");
  refused("the folder above", "..", "it is a directory");
  refused("/dev/full", "/dev/full", "it is no regular file");
  refused("/dev/stdout", "/dev/stdout", "it is no regular file");
  refused("/proc/self/fd/1", "/proc/self/fd/1", "it is no regular file");
  refused("a missing folder", "none/x", "create the directory none/ first");
  refused("a folder that is a file", "policy.yaml/x", "Not a directory");
  refused("a name that is too long", std::string(300, 'x'), "File name too long");
  refused("no name", "", "the path is empty");
  rows.back().more = {"-o", "@FORMAT@="};
  refused("a FIFO without a reader", "fifo", "it is no regular file",
          [](Place& p) { ::mkfifo(p.world.file("fifo").c_str(), 0600); });
  refused("a FIFO that is read", "fifo", "it is no regular file", [](Place& p) {
    ::mkfifo(p.world.file("fifo").c_str(), 0600);
    // Open for both ends, and so never without a reader.
    static std::vector<int> held;
    static std::mutex mutex;
    const std::scoped_lock lock(mutex);
    held.push_back(::open(p.world.file("fifo").c_str(), O_RDWR | O_CLOEXEC));
  });
  refused("a socket", "socket", "it is no regular file", [](Place& p) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = p.world.file("socket");
    path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
    const int one = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::bind(one, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::close(one);
  });
  for (const std::string second : {"x", "./x", "sub/../x", "way/../x", "here/x"}) {
    rows.push_back({"Twice", "x and " + second, "x", Then::gone, 2, "it is named twice"});
    rows.back().more = {"-o", "@FORMAT@=" + second};
    rows.back().before = [](Place& p) {
      p.world.write("x", "stale");
      p.world.write("sub/keep", "keep");
      fs::create_directory_symlink("sub", p.world.file("way"));
      fs::create_directory_symlink(".", p.world.file("here"));
    };
  }
  return rows;
}

Rows disks() {
  Rows rows;
  rows.push_back({"Disk", "file-size limit", {}, Then::untouched, 2, "File too large"});
  rows.back().how = before_exec("ulimit -f 0;");
  rows.push_back({"Disk", "file-size limit, a stale report", "old", Then::gone, 2, "File too large"});
  rows.back().how = before_exec("ulimit -f 0;");
  rows.back().before = [](Place& p) { p.world.write("old", "stale"); };
  const auto folder = [](Place& p) { fs::create_directory(p.world.file("disk")); };
  const std::string full = "mount -t tmpfs -o size=8k none disk && head -c 4096 /dev/zero >disk/filler";
  rows.push_back({"Disk", "full", "disk/x", Then::untouched, 2, "No space left on device", folder,
                  mounted(full + " && head -c 4096 /dev/zero >disk/more", "disk")});
  rows.back().after = [](Place&, const Ended& run) {
    return run.err.ends_with("filler\nmore\n") ? std::string{} : "not as it was:\n" + run.err;
  };
  rows.push_back({"Disk", "full, a stale report", "disk/x", Then::untouched, 2, "No space left on device", folder,
                  mounted(full + " && head -c 4096 /dev/zero >disk/x", "disk")});
  rows.back().after = [](Place&, const Ended& run) {
    return run.err.ends_with("filler\n") ? std::string{} : "the stale report is still there:\n" + run.err;
  };
  rows.push_back({"Disk", "read-only", "disk/x", Then::untouched, 2, "Read-only file system", folder,
                  mounted("mount --bind disk disk && mount -o remount,ro,bind disk", "disk")});
  rows.push_back({"Disk", "without /proc", {}, Then::written, 1, {}, {},
                  mounted("mount -t tmpfs none /proc", "/proc")});
  for (auto& row : rows) row.needs_mounts = row.how.whole_line;  // setpriv comes behind
  rows.push_back({"Disk", "a folder of somebody else", "disk/x", Then::untouched, 2, "Permission denied",
                  [](Place& p) {
                    fs::create_directory(p.world.file("disk"));
                    ::chmod(p.world.path().c_str(), 0755);
                    ::chmod(p.world.file("disk").c_str(), 0555);
                  }});
  if (::geteuid() == 0)
    rows.back().how = through("setpriv --reuid=65534 --regid=65534 --clear-groups");
  return rows;
}

std::string mode_of(const fs::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return "none";
  char text[8];
  std::snprintf(text, sizeof text, "%04o", facts.st_mode & 07777U);
  return text;
}

Rows surroundings() {
  Rows rows;
  const auto add = [&](const std::string& name, Child::Options how,
                       std::map<std::string, std::string> environment = {}) {
    rows.push_back({"Surroundings", name, "x", Then::written, 1, {}, {}, std::move(how), std::move(environment)});
  };
  for (const std::string closing :
       {">&-", "<&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>&1", "</dev/zero"})
    add(closing, redirected(closing));
  add("16 descriptors", before_exec("ulimit -n 16;"));
  add("no HOME", before_exec("unset HOME;"));
  add("HOME that is not there", {}, {{"HOME", "/nowhere"}});
  add("no environment at all", through("env -i"));
  add("TMPDIR that is not there", {}, {{"TMPDIR", "/nowhere"}});
  for (const std::string locale : {"tr_TR.UTF-8", "de_DE.UTF-8", "garbage", "C.UTF-8", "../../x", ""})
    add("LC_ALL=" + locale, {}, {{"LC_ALL", locale}, {"LANG", locale}});
  add("no core of 0", before_exec("ulimit -c 0; ulimit -s 256;"));
  for (const auto& [mask, mode] : std::map<std::string, std::string>{
           {"000", "0644"}, {"022", "0644"}, {"027", "0640"}, {"077", "0600"}, {"0777", "0000"}}) {
    if (mode == "0000" && ::geteuid() != 0) continue;  // we could not read it either
    add("umask " + mask, before_exec("umask " + mask + ";"));
    rows.back().after = [mode](Place& p, const Ended&) {
      const auto is = mode_of(p.world.path() / "x");
      return is == mode ? std::string{} : "mode " + is;
    };
  }
  return rows;
}

struct Tally {
  std::map<std::string, int> sections{};
  std::map<int, int> exits{};
  int rows{};
  int skipped{};
  std::chrono::milliseconds slowest{};
  std::string slowest_name{};

  void add(const std::string& section, const std::string& name, const Ended& run) {
    ++rows;
    ++sections[section];
    ++exits[run.exit];
    if (run.took > slowest) slowest = run.took, slowest_name = name;
  }
  void tell() const {
    std::string text;
    for (const auto& [section, count] : sections) text += ", " + std::to_string(count) + " " + section;
    for (const auto& [exit, count] : exits) text += ", " + std::to_string(count) + " exit " + std::to_string(exit);
    if (skipped > 0) text += "; skipped, since nothing may be mounted here: " + std::to_string(skipped);
    MESSAGE("output matrix: ", rows, " rows", text, "; slowest: ", slowest_name, ", ", slowest.count(), " ms");
  }
};

}  // namespace

TEST_CASE("output matrix: every format in every place and surroundings") {
  const auto calm = calm_reports("bad.sarif", 1);
  Rows rows;
  for (auto& part : {places(), disks(), surroundings()}) rows.insert(rows.end(), part.begin(), part.end());
  const auto& formats = report::formats();
  struct Task {
    const Row* row{};
    const report::Format* format{};
  };
  Tally tally;
  std::vector<Task> tasks;
  for (const auto& row : rows) {
    for (const auto& format : formats) {
      if (row.needs_mounts && !may_mount()) ++tally.skipped;
      else tasks.push_back({&row, &format});
    }
  }
  std::vector<Outcome> outcomes(tasks.size());
  in_parallel(tasks.size(), 8, [&](std::size_t i) {
    outcomes[i] = run_row(*tasks[i].row, *tasks[i].format, calm.at(tasks[i].format->name));
  });
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const auto& row = *tasks[i].row;
    const auto name = row.section + ": " + row.name + ", " + std::string(tasks[i].format->name);
    tally.add(row.section, name, outcomes[i].run);
    std::string wrong;
    for (const auto& one : outcomes[i].wrong) wrong += one + "; ";
    INFO(name, "\n", outcomes[i].run.err);
    CHECK(wrong == "");
  }
  tally.tell();
}

namespace {

std::string many_findings() {
  std::string rows;
  for (int i = 0; i < 3000; ++i) {
    rows += std::string(i > 0 ? "," : "") + R"({"ruleId": "r1", "level": "error", "message": {"text": "number )" +
            std::to_string(i) + R"("}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"},)" +
            R"( "region": {"startLine": )" + std::to_string(i + 1) + "}}}]}";
  }
  return R"({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Flawfinder"}}, "results": [)" + rows + "]}]}";
}

}  // namespace

TEST_CASE("output matrix: who reads a report while it is replaced sees the old one or the new one") {
  World world;
  world.write("many.sarif", many_findings());
  auto words = evaluate_words("many.sarif");
  const auto& formats = report::formats();
  std::vector<int> held;
  for (const auto& format : formats) {
    world.write(target_of(format), "stale");
    held.push_back(::open(world.file(target_of(format)).c_str(), O_RDONLY | O_CLOEXEC));
    words.insert(words.end(), {"-o", output_of(format, target_of(format))});
  }
  std::vector<std::set<std::string>> seen(formats.size());
  std::atomic<int> reads{};
  const auto run = [&] {
    const std::jthread reader([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        for (std::size_t i = 0; i < formats.size(); ++i, ++reads) seen[i].insert(world.read(target_of(formats[i])));
      }
    });
    return Child(world, words).wait(patience);
  }();
  REQUIRE_MESSAGE(run.exit == 1, run.err);
  for (std::size_t i = 0; i < formats.size(); ++i) {
    CAPTURE(formats[i].name);
    seen[i].insert(world.read(target_of(formats[i])));
    CHECK(seen[i] == std::set<std::string>{"stale", world.read(target_of(formats[i]))});
    char text[16]{};
    CHECK(::read(held[i], text, sizeof text) == 5);  // who held the old one holds it still
    CHECK(std::string(text) == "stale");
    ::close(held[i]);
  }
  MESSAGE("output matrix: ", formats.size(), " reports replaced under ", reads.load(), " reads");
}

namespace {

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

// UBSan needs descriptors of its own.
#ifdef __SANITIZE_ADDRESS__
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

TEST_CASE("output matrix: a run has its verdict, its reports and its secret wherever it is started" * doctest::skip(sanitized)) {
  auto rows = surroundings();
  std::erase_if(rows, [](const Row& row) { return row.name == "no environment at all"; });
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
      if (rows[i].name == "16 descriptors" && targets.size() == 3) break;  // each takes one
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
    std::string wrong;
    for (const auto& one : outcomes[i].wrong) wrong += one + "; ";
    INFO(rows[i].name, "\n", outcomes[i].run.err);
    CHECK(wrong == "");
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
