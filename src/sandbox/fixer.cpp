#include "sandbox/fixer.hpp"

#include <sstream>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "sandbox/commands.hpp"
#include "sandbox/git_workshop.hpp"
#include "sys/git.hpp"

namespace kolega::sandbox {

namespace {

void write_finding(JsonWriter& json, const FixTask::About& about) {
  const auto& finding = *about.finding;
  json.begin_object().member("id", about.id).member("check_id", finding.check_id.view());
  json.member("file_path", finding.path.view()).member("message", finding.message.view());
  json.member("severity", finding.severity_word.view()).member("scan_type", name_of(finding.scan_type));
  json.key("line");
  finding.line ? json.value(finding.line) : json.null();
  json.key("end_line");
  finding.end_line ? json.value(finding.end_line) : json.null();
  json.key("cwe").begin_array();
  for (const auto cwe : finding.cwe) json.value(cwe.view());
  json.end_array().member("fingerprint", finding.fingerprint.str()).end_object();
}

std::string request_text(const FixTask& task) {
  std::ostringstream out;
  JsonWriter json(out, JsonWriter::Style::pretty);
  json.begin_object().member("fix_id", task.fix_id).member("title", task.title);
  json.member("repository", task.repository).member("branch", task.branch);
  json.key("instructions").begin_array();
  for (const auto& text : task.instructions) json.value(text);
  json.end_array().key("findings").begin_array();
  for (const auto& about : task.findings) write_finding(json, about);
  json.end_array().end_object();
  json.finish();
  return std::move(out).str();
}

/// The checkout as it is, with what is not committed, as trees in a repository of our own: nothing is written
/// to the user's, and git's trees tell exactly what the fixer changed.
class Fixing {
 public:
  Fixing(const FixTask& task, std::stop_token stop) : task_(task), stop_(stop), shop_(std::move(stop)) {}

  void copy_checkout() {
    shop_.git(task_.directory, {"init", "--quiet", "--template="}, {{"GIT_DIR", shop_.path("git")}});
    shop_.git(task_.directory, {"add", "--all"}, over(task_.directory));
    before_ = first_line(shop_.git(task_.directory, {"write-tree"}, over(task_.directory)));
    shop_.git(task_.directory, {"checkout-index", "--all", "--force", "--prefix=" + copy_ + "/"},
              over(task_.directory));
    if (task_.earlier_diff.empty()) return;
    const auto patch = shop_.write("earlier.patch", task_.earlier_diff);
    shop_.git(copy_, {"apply", "--whitespace=nowarn", patch}, over(copy_));
  }

  void run_command() {
    auto options = command_options(copy_, task_.timeout, stop_);
    options.environment = {{"KOLEGA_FIX_REQUEST", shop_.write("request.json", request_text(task_))}};
    const auto result = sys::run_process({"/bin/sh", "-c", task_.command}, options);
    if (!result.timed_out && result.exit_code == 0) return;
    throw Error(ErrorKind::input, program_of(task_.command) + " " + describe_end(result, task_.timeout));
  }

  std::string take_diff() {
    shop_.git(copy_, {"add", "--all"}, over(copy_));
    const auto after = first_line(shop_.git(copy_, {"write-tree"}, over(copy_)));
    auto diff = shop_.git(copy_,
                          {"diff", "--binary", "--full-index", "--no-renames", "--no-color", "--no-ext-diff",
                           "--no-textconv", before_, after},
                          over(copy_));
    if (diff.empty()) throw Error(ErrorKind::input, program_of(task_.command) + " changed nothing");
    return diff;
  }

  void check_diff(std::string_view diff) {
    const auto patch = shop_.write("fix.patch", diff);
    shop_.git(task_.directory, {"apply", "--check", "--whitespace=nowarn", patch}, over(task_.directory));
  }

 private:
  GitWorkshop::Variables over(const std::string& work_tree) const {
    return {{"GIT_DIR", shop_.path("git")},
            {"GIT_INDEX_FILE", shop_.path("index")},
            {"GIT_WORK_TREE", work_tree}};
  }

  const FixTask& task_;
  std::stop_token stop_;
  GitWorkshop shop_;
  const std::string copy_{shop_.path("checkout")};
  std::string before_;
};

}  // namespace

FixResult run_fixer(const FixTask& task, std::stop_token stop, const std::function<void()>& step) {
  if (task.command.empty()) {
    throw Error(ErrorKind::usage, "no fixer is configured for " + printable(task.repository) +
                                      ": name one with 'fixer: COMMAND' in the sandbox's configuration");
  }
  FixResult result;
  result.base_commit = sys::git_facts(task.directory).commit;
  Fixing fixing(task, std::move(stop));
  fixing.copy_checkout();
  step();
  fixing.run_command();
  step();
  result.diff = fixing.take_diff();
  step();
  fixing.check_diff(result.diff);
  step();
  return result;
}

}  // namespace kolega::sandbox
