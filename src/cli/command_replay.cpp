// A decision record judged again: the same facts must give the same bytes.
#include <algorithm>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/options.hpp"
#include "cli/printer.hpp"
#include "cli/reports.hpp"
#include "gate/phrases.hpp"
#include "gate/proof_error.hpp"
#include "gate/replay.hpp"
#include "report/escape.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

std::string digest_of(const TextSource& source) {
  Sha256 digest;
  source.read([&](std::string_view part) { digest.update(part); });
  return digest.finish_hex();
}

std::string describe_writer(const std::string& version) {
  const auto own = std::string(kolega::version());
  if (version == own) return {};
  return "it was written by version " + printable(version, 40) + ", this is " + own;
}

gate::ProofError difference_error(const gate::Difference& difference, const std::string& shown,
                                  const std::string& version, gate::Outcome decided) {
  const auto other = describe_writer(version);
  gate::ProofError error(shown + ":" + std::to_string(difference.line) + ": " +
                             (difference.path.empty() ? "/" : printable(difference.path, 200)) +
                             ": the record does not say what its facts give",
                         other.empty()
                             ? "it was changed after it was written; decided anew the verdict is " +
                                   std::string(gate::name_of(decided))
                             : other + ": replay it with the version that wrote it");
  error.with_excerpt("recorded:   " + log_line(difference.recorded, 160).str() +
                     "\nrecomputed: " + log_line(difference.recomputed, 160).str());
  return error;
}

/// What --at asks for; nothing: the instant of the record.
std::optional<Instant> resolve_at(const Invocation& invocation) {
  const auto text = invocation.arguments.find("at");
  if (!text) return std::nullopt;
  if (*text == "now") return invocation.system.now();
  const auto at = parse_instant(*text);
  if (!at) {
    throw Error(ErrorKind::usage, "--at: '" + printable(*text, 60) + "' is neither 'now' nor an instant",
                "for example 2027-01-31T12:00:00Z");
  }
  return at;
}

void tell_view(const gate::DecisionRecord& record, Instant recorded_at, Printer& printer) {
  printer.remark("as of " + format_instant(record.inputs.at) + ", recorded at " +
                 format_instant(recorded_at) + ": " + gate::headline(record.verdict.outcome));
}

int run(const Invocation& invocation) {
  const auto& file = invocation.arguments.positionals().front();
  const auto at = resolve_at(invocation);
  const auto outputs = parse_outputs(invocation.arguments.all("output"));
  const auto profile = resolve_sarif_profile(invocation, ci::System::none);
  const sys::MappedFile mapped(file, ErrorKind::input);
  const TextSource source(mapped.text(), [&](std::size_t bytes) { mapped.release(bytes); });
  const auto shown = printable(file == "-" ? "standard input" : file);
  Reports reports(outputs, profile, {file});
  auto recorded = gate::read_recorded(source, shown);
  const auto recorded_at = recorded.inputs.at;
  if (at) recorded.inputs.at = *at;
  auto record = gate::decide(std::move(recorded.inputs));
  // The version is a fact too. A later program must come to the same verdict, and say so in the same bytes.
  if (!at) record.tool_version = recorded.tool_version;
  const auto difference = at ? std::nullopt : gate::find_difference(record, source);
  reports.write(record, invocation.streams, invocation.printer);
  const auto& lost = reports.lost_because();
  if (lost) invocation.printer.error(*lost);
  const int code = lost ? stricter(exit_code(record), exit_code(*lost)) : exit_code(record);
  if (at) {
    tell_view(record, recorded_at, invocation.printer);
    return code;
  }
  if (difference) throw difference_error(*difference, shown, recorded.tool_version, record.verdict.outcome);
  const auto other = describe_writer(recorded.tool_version);
  invocation.printer.remark("replayed " + std::string(gate::name_of(record.verdict.outcome)) +
                            ": same bytes, sha256 " + digest_of(source) +
                            (other.empty() ? "" : "; " + other));
  return code;
}

}  // namespace

Command command_replay() {
  return {
      .name = "replay",
      .summary = "decide a decision record again: the same bytes, or where they differ",
      .description =
          "Reads the facts of a record, decides again and compares byte by byte. Exit codes: that of the "
          "verdict when every byte is the same (0 pass, 1 fail, others as in `run`), 9 when the record does "
          "not say what its facts give, 2 when it cannot be read. Facts that were changed together with the "
          "verdict are consistent; only a signature tells (`verify`). With --at the verdict is that of "
          "another "
          "moment and nothing is compared.",
      .options = options_of(
          {{{.names = "--at",
             .value = "INSTANT",
             .help = "decide as of this moment, or now, instead of the recorded one: 2027-01-31T12:00:00Z"}},
           report_options(),
           output_options()}),
      .positional = {.name = "RECORD", .help = "a decision record; - is standard input", .required = true},
      .examples = {{"replay decision.json", "prove that the verdict follows from the facts"},
                   {"replay decision.json --at now", "the verdict that the same findings get today"},
                   {"replay decision.json -q -o sarif=old.sarif", "another report of an old run"}},
      .run = run,
  };
}

}  // namespace kolega::cli
