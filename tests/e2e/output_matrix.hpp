// What the tables of outputs share: what a row is, what it may leave behind, the ways to start the program.
// Not for: the rows of places (output_places_test.cpp) and of runs (output_run_test.cpp).
#pragma once

#include <sys/stat.h>

#include <set>

#include "e2e/child.hpp"
#include "report/formats.hpp"

namespace kolega::test {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

inline const std::string token = "kcp_test_0c7a11ce";
constexpr std::chrono::seconds patience{60};  // what hangs, hangs for ever

/// Where a row takes place: the work tree, and what lies outside of it.
struct Place {
  World world{};
  TempDir outside{};
};

inline std::string target_of(const report::Format& format) {
  return "report." + std::string(format.name);
}

inline std::string output_of(const report::Format& format, const std::string& path) {
  return std::string(format.name) + "=" + path;
}

inline Words evaluate_words(const std::string& file) {
  return {"evaluate", file, "--policy", "policy.yaml", "--at", "2027-01-31T12:00:00Z", "--ci", "off"};
}

/// The report of a calm run, to the byte.
inline std::map<std::string_view, std::string> calm_reports(const std::string& file, int exit) {
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
inline std::map<std::string, std::string> snapshot(const fs::path& root, const std::string& prefix = {}) {
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
inline void compare(std::vector<std::string>& wrong, const fs::path& root, const std::map<std::string, std::string>& before,
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

inline Child::Options before_exec(const std::string& line) {
  Child::Options how;
  how.shell = line;
  return how;
}
/// Through another program, "exec env -i", in front of the gate.
inline Child::Options through(const std::string& program) {
  Child::Options how;
  how.shell = "exec " + program + " \"$@\"";
  how.whole_line = true;
  return how;
}
inline Child::Options redirected(const std::string& redirection) {
  Child::Options how;
  how.redirection = redirection;
  return how;
}
using Rows = std::vector<Row>;

inline std::string mode_of(const fs::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return "none";
  char text[8];
  std::snprintf(text, sizeof text, "%04o", facts.st_mode & 07777U);
  return text;
}

inline const std::string few_descriptors = "16 descriptors";

/// Where the program may be started and has its verdict and its reports all the same.
inline Rows surroundings() {
  Rows rows;
  const auto add = [&](const std::string& name, Child::Options how,
                       std::map<std::string, std::string> environment = {}) {
    rows.push_back({"Surroundings", name, "x", Then::written, 1, {}, {}, std::move(how), std::move(environment)});
  };
  for (const std::string closing :
       {">&-", "<&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>&1", "</dev/zero"})
    add(closing, redirected(closing));
  add(few_descriptors, before_exec("ulimit -n 16;"));
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
    if (run.took <= slowest) return;
    slowest = run.took;
    slowest_name = name;
  }
  /// "a; b; " is what is wrong; nothing is right.
  static std::string joined(const std::vector<std::string>& wrong) {
    std::string out;
    for (const auto& one : wrong) out += one + "; ";
    return out;
  }
  void tell() const {
    std::string text;
    for (const auto& [section, count] : sections) text += ", " + std::to_string(count) + " " + section;
    for (const auto& [exit, count] : exits) text += ", " + std::to_string(count) + " exit " + std::to_string(exit);
    if (skipped > 0) text += "; skipped, since nothing may be mounted here: " + std::to_string(skipped);
    MESSAGE("output matrix: ", rows, " rows", text, "; slowest: ", slowest_name, ", ", slowest.count(), " ms");
  }
};

}  // namespace kolega::test
