#include "cli/judge.hpp"

#include "cli/exit_code.hpp"
#include "cli/next_steps.hpp"
#include "gate/phrases.hpp"
#include "gate/places.hpp"
#include "sys/git.hpp"

namespace kolega::cli {

namespace {

/// --quiet shows no table: then one line says how it ended, and where nothing could be proven a second one why. `told`:
/// an error said that already.
void tell_outcome(const gate::DecisionRecord& record, Printer& printer, const std::string& attach, bool told) {
  const bool table_shown = !printer.quiet() && !printer.json();
  const auto outcome = record.verdict.outcome;
  const bool good = outcome == gate::Outcome::pass || outcome == gate::Outcome::warn;
  if (printer.quiet() && !good) printer.remark(gate::headline(outcome) + ": " + gate::summary(record));
  const auto& missing = record.verdict.incomplete;
  if (printer.quiet() && outcome == gate::Outcome::incomplete && !told && !missing.empty()) {
    printer.remark(std::string(name_of(missing.front().cause)) + ": " + missing.front().detail +
                   (missing.size() > 1 ? " (and " + std::to_string(missing.size() - 1) + " more)" : ""));
  }
  for (const auto& step : next_steps(record, attach, table_shown)) {
    if (good) {
      printer.note("next: " + step);
    } else {
      printer.remark("next: " + step);
    }
  }
}

int code_of(const gate::DecisionRecord& record, const std::optional<Error>& ending) {
  if (ending && ending->kind() == ErrorKind::interrupted) return exit_code(*ending);
  if (record.verdict.outcome == gate::Outcome::fail) return exit_code(record);
  return ending ? exit_code(*ending) : exit_code(record);
}

/// When values for later steps are lost the verdict stands, but who reads them must not go on without them.
int write_ci_outputs(const CiOutputs& ci_outputs, const gate::DecisionRecord& record, int code,
                     const Reports& reports, Printer& printer) {
  try {
    ci_outputs.write(record, code, reports);
    return code;
  } catch (const Error& error) {
    printer.error(error);
    return stricter(code, exit_code(error));
  }
}

}  // namespace

Subject detect_subject(const ci::CiContext& ci, const sys::System& system) {
  Subject subject;
  subject.repository = ci.repository;
  subject.branch = ci.branch;
  subject.commit = ci.commit;
  subject.change = ci.change;
  subject.target_branch = ci.target_branch;
  subject.run_url = ci.run_url;
  subject.azure = ci.azure;
  subject.actor = ci.actor;
  subject.ci = ci.name;
  if (!subject.commit.empty() && !subject.repository.empty()) return subject;
  const auto git = sys::git_facts(system.working_directory, system.stop);
  if (subject.repository.empty() && !git.remotes.empty()) subject.repository = git.remotes.front();
  if (subject.commit.empty()) subject.commit = git.commit;
  if (subject.branch.empty()) subject.branch = git.branch;
  return subject;
}

int finish(gate::Inputs inputs, Reports& reports, const CiOutputs& ci_outputs, const Invocation& invocation,
           const std::optional<Error>& ending, const std::string& attach,
           const std::function<std::vector<gate::Fix>(const gate::DecisionRecord&)>& fix) {
  inputs.at = inputs.at == Instant{} ? invocation.system.now() : inputs.at;
  gate::note_other_root(inputs);
  auto record = gate::decide(std::move(inputs));
  if (fix && record.verdict.outcome == gate::Outcome::fail) {
    reports.write_files(record);
    invocation.printer.note(gate::headline(record.verdict.outcome) + ": " + gate::summary(record));
    record.inputs.fixes = fix(record);
  }
  reports.write(record, invocation.streams, invocation.printer);
  if (ending) invocation.printer.error(*ending);
  tell_outcome(record, invocation.printer, attach, ending.has_value());
  int decided = code_of(record, ending);
  for (const auto* why : {&reports.unsigned_because(), &reports.lost_because()}) {
    if (!*why) continue;
    invocation.printer.error(**why);
    decided = stricter(decided, exit_code(**why));
  }
  const int code = write_ci_outputs(ci_outputs, record, decided, reports, invocation.printer);
  ci_outputs.comment(record);
  return code;
}

}  // namespace kolega::cli
