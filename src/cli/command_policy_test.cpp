// policy test: the tests that policies carry, judged by the same decision as a run.
#include <algorithm>
#include <ostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/options.hpp"
#include "cli/policy_file.hpp"
#include "cli/policy_parents.hpp"
#include "cli/printer.hpp"
#include "gate/record.hpp"
#include "gate/test_inputs.hpp"
#include "report/junit_xml.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

namespace junit = report::junit;

/// What became of one test: nothing to say is good.
struct Result {
  std::string file{};
  const policy::TestCase* test{};
  std::vector<std::string> differences{};
};

std::string list_of(std::vector<std::string> rules) {
  std::sort(rules.begin(), rules.end());
  return rules.empty() ? "none" : join(rules, ", ");
}

std::string difference(std::string_view what, const std::string& expected, const std::string& got) {
  return "expected " + std::string(what) + " " + expected + ", got " + got;
}

/// What the decision gave instead of what the test expects.
std::vector<std::string> compare(const policy::TestCase& test, const gate::DecisionRecord& record) {
  std::vector<std::string> out;
  const std::string verdict(name_of(record.verdict.outcome));
  if (!test.verdict.empty() && test.verdict != verdict)
    out.push_back(difference("verdict", test.verdict, verdict));
  std::vector<std::string> broken;
  for (const auto& rule : record.verdict.rules) {
    if (rule.state == gate::RuleState::broken) broken.push_back(rule.id);
  }
  if (test.rules) {
    std::vector<std::string> wanted;
    for (const auto& rule : *test.rules) wanted.push_back(rule.id);
    if (list_of(wanted) != list_of(broken))
      out.push_back(difference("broken rules", list_of(wanted), list_of(broken)));
  }
  const int code = exit_code(record);
  if (test.exit && *test.exit != code)
    out.push_back(difference("exit code", std::to_string(*test.exit), std::to_string(code)));
  if (out.empty()) return out;
  for (const auto& entry : record.verdict.incomplete)
    out.push_back("incomplete: " + printable(entry.detail, 300));
  for (const auto& notice : record.verdict.notices) out.push_back("notice: " + printable(notice, 300));
  return out;
}

/// The policy with its tests, or Error(policy) with all remarks: what does not load is not tested.
policy::Loaded load(const PolicyText& source, const Invocation& invocation) {
  auto loaded = policy::lint(source.text, source.name, make_fetch(invocation, source.name));
  if (!loaded.policy) policy::require_policy(loaded, source.name);  // throws them
  for (const auto& remark : loaded.remarks) invocation.printer.remark(render(remark, loaded));
  return loaded;
}

void tell(const Result& result, Printer& printer) {
  const auto name = printable(result.test->name, 200);
  if (result.differences.empty()) return printer.note("ok      " + name);
  std::string text = "FAILED  " + name + " (" + describe(result.test->pos) + ")";
  for (const auto& line : result.differences) text += "\n          " + line;
  printer.remark(text);
}

std::string junit_of(const std::vector<Result>& results, Instant at) {
  std::vector<junit::Case> cases;
  junit::UniqueNames names;
  for (const auto& result : results) {
    junit::Case entry{.classname = result.file, .name = result.test->name, .file = result.file};
    if (!result.differences.empty()) {
      entry.state = junit::CaseState::failed;
      entry.type = "policy test";
      entry.message = result.differences.front();
      entry.lines = result.differences;
      entry.lines.push_back("at " + describe(result.test->pos));
    }
    names.make_unique(entry);
    cases.push_back(std::move(entry));
  }
  const auto counts = junit::count(cases);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  junit::append_root_head(out, "kolega-gate policy test", counts);
  junit::append_suite_head(out, "policy tests", counts, at);
  for (const auto& entry : cases) junit::append_case(out, entry);
  return out + "  </testsuite>\n</testsuites>\n";
}

/// The path of `-o junit=PATH`; "-" is standard output; nothing when it was not asked for.
std::optional<std::string> junit_path(const Invocation& invocation) {
  const auto given = invocation.arguments.find("output");
  if (!given) return std::nullopt;
  const auto equals = given->find('=');
  if (given->substr(0, equals) != "junit") {
    throw Error(ErrorKind::usage, "--output: '" + printable(*given, 60) + "' is no format of test results",
                "write junit=FILE, or only junit");
  }
  const auto path = equals == std::string::npos ? "-" : given->substr(equals + 1);
  if (path.empty()) throw Error(ErrorKind::usage, "--output junit=: the path is empty", "write junit=FILE");
  return path;
}

void write_junit(const std::string& path, const std::string& text, const sys::Streams& streams) {
  if (path != "-") return sys::write_file(path, text);
  streams.out.bytes() << text;
  streams.out.flush();
}

int run(const Invocation& invocation) {
  const auto output = junit_path(invocation);
  const auto now = invocation.system.now();
  require_said_once(invocation, "policy");
  auto files = invocation.arguments.positionals();
  if (files.empty()) files.push_back(named_policy(invocation).value_or(""));
  std::vector<policy::Loaded> policies;  // results point into them
  policies.reserve(files.size());
  std::vector<Result> results;
  for (const auto& file : files) {
    const auto source = find_policy(file, invocation.system.working_directory);
    const auto& loaded = policies.emplace_back(load(source, invocation));
    if (loaded.tests.empty()) {
      throw Error(ErrorKind::usage, printable(source.name) + ": there are no tests in it",
                  "write some under 'tests:'; a policy without tests proves nothing");
    }
    invocation.printer.note(printable(source.name) + ": " + plural(loaded.tests.size(), "test"));
    for (const auto& test : loaded.tests) {
      const auto record = gate::decide(gate::inputs_of_test(test, *loaded.policy, now));
      results.push_back({source.name, &test, compare(test, record)});
      tell(results.back(), invocation.printer);
    }
  }
  if (output) write_junit(*output, junit_of(results, now), invocation.streams);
  const auto failed = static_cast<std::size_t>(
      std::ranges::count_if(results, [](const Result& result) { return !result.differences.empty(); }));
  const auto summary = plural(results.size(), "test") + ": " + std::to_string(results.size() - failed) +
                       " ok, " + std::to_string(failed) + " failed";
  if (failed == 0) {
    invocation.printer.note(summary);
    return 0;
  }
  throw Error(ErrorKind::policy_test, summary);
}

}  // namespace

Command command_policy_test() {
  return {
      .name = "policy test",
      .summary = "run the tests that policies carry",
      .description =
          "Judges what each test under `tests:` supposes with the same decision as `run`, and compares "
          "verdict, "
          "broken rules and exit code with what it expects. Exit code 8 when a test fails, 2 when a policy "
          "does "
          "not load or has no test.",
      .options =
          options_of({policy_options(),
                      {{.names = "-o,--output",
                        .value = "FORMAT[=PATH]",
                        .help = "junit: the results as JUnit XML; without a path, or -, standard output",
                        .report = true}},
                      output_options()}),
      .positional = {.name = "FILE", .help = "default: the policy that `run` would use", .repeatable = true},
      .examples = {{"policy test", "test the policy of this repository"},
                   {"policy test policies/*.yaml -o junit=policy-tests.xml", "test several, for a CI"}},
      .run = run,
  };
}

}  // namespace kolega::cli
