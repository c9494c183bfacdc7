// RELIABILITY, row "Output", with the real program: every report format against every kind of place that a report
// may be sent to and every kind of surroundings. `evaluate` at a fixed instant gives reports that are the same
// bytes wherever they are written, so each row knows its file to the byte.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <mutex>

#include "e2e/output_matrix.hpp"

using namespace kolega;
using namespace kolega::test;

namespace {

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

/// The line in a mount namespace of its own; what is in `list` afterwards is in listing.txt, which is taken away.
Child::Options mounted(const std::string& mount, const std::string& list) {
  Child::Options how;
  how.shell = "exec unshare -m /bin/sh -c '" + mount + " && \"$@\"; code=$?; ls -A " + list +
              " >&2; exit $code' sh \"$@\"";
  how.whole_line = true;
  return how;
}

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
  // What is lost when the verdict is known does not take a breach back.
  rows.push_back({"Disk", "file-size limit", {}, Then::untouched, 1, "File too large"});
  rows.back().how = before_exec("ulimit -f 0;");
  rows.push_back({"Disk", "file-size limit, a stale report", "old", Then::gone, 1, "File too large"});
  rows.back().how = before_exec("ulimit -f 0;");
  rows.back().before = [](Place& p) { p.world.write("old", "stale"); };
  const auto folder = [](Place& p) { fs::create_directory(p.world.file("disk")); };
  const std::string full = "mount -t tmpfs -o size=8k none disk && head -c 4096 /dev/zero >disk/filler";
  rows.push_back({"Disk", "full", "disk/x", Then::untouched, 1, "No space left on device", folder,
                  mounted(full + " && head -c 4096 /dev/zero >disk/more", "disk")});
  rows.back().after = [](Place&, const Ended& run) {
    return run.err.ends_with("filler\nmore\n") ? std::string{} : "not as it was:\n" + run.err;
  };
  rows.push_back({"Disk", "full, a stale report", "disk/x", Then::untouched, 1, "No space left on device", folder,
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
    INFO(name, "\n", outcomes[i].run.err);
    CHECK(Tally::joined(outcomes[i].wrong) == "");
  }
  tally.tell();
}

TEST_CASE("output matrix: who reads a report while it is replaced sees the old one or the new one") {
  World world;
  world.write("many.sarif", World::many_findings(3000, "error"));
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
