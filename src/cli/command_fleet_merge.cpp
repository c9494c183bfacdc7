// What is done with the folders of a fleet after it ran: shards joined, one folder shown again.
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/fleet_reports.hpp"
#include "fleet/merge.hpp"
#include "fleet/output_folder.hpp"

namespace kolega::cli {

namespace {

int finish(const Invocation& invocation, FleetReports& reports, const fleet::Fleet& fleet) {
  const auto summary = fleet::summarise(fleet, stricter);
  return reports.write(fleet, summary, invocation.streams, invocation.printer);
}

FleetReports open_reports(const Invocation& invocation) {
  return {parse_fleet_outputs(invocation.arguments.all("output")),
          resolve_sarif_profile(invocation, ci::detect(invocation.system.environment).system)};
}

int run_merge(const Invocation& invocation) {
  auto reports = open_reports(invocation);
  return finish(invocation, reports, fleet::merge_folders(invocation.arguments.positionals()));
}

int run_report(const Invocation& invocation) {
  auto reports = open_reports(invocation);
  auto folder = fleet::read_folder(invocation.arguments.positionals().front());
  const auto fleet =
      fleet::fleet_of(folder.path, folder.header, std::move(folder.results), std::move(folder.notes));
  fleet::verify_records(fleet);
  return finish(invocation, reports, fleet);
}

}  // namespace

Command command_fleet_merge() {
  return {
      .name = "fleet merge",
      .summary = "join the shards of a fleet: one summary, one exit code",
      .description =
          "Reads the folders that `fleet --shard I/N --out DIR` left and proves that they belong together: one selection "
          "of repositories, one number of shards, each shard once, the same policies, the same API. Every decision "
          "record must have the digest that its result names and, decided again, the outcome and the counts that it tells. What is "
          "missing is incomplete (exit code 6), never passed over; what contradicts itself is an error that names both "
          "sides (exit code 2). The exit code is the strictest of all repositories, as in `run`.",
      .options = options_of({fleet_report_options(), output_options()}),
      .positional = {.name = "DIR", .help = "folders of shards, in any order", .required = true, .repeatable = true},
      .examples = {{"fleet merge shard-1 shard-2", "the summary of both and their exit code"},
                   {"fleet merge shard-* -o html=fleet.html -o sarif=fleet.sarif", "with reports"}},
      .run = run_merge,
  };
}

Command command_fleet_report() {
  return {
      .name = "fleet report",
      .summary = "show the folder of a fleet run again, in any format",
      .description =
          "Reads a folder that `fleet --out DIR` left, also one of a run that was killed: what has no result yet is "
          "incomplete. Of a shard it shows that shard's part. Records are proven as in `fleet merge`. Exit codes as "
          "there.",
      .options = options_of({fleet_report_options(), output_options()}),
      .positional = {.name = "DIR", .help = "the folder of the run", .required = true},
      .examples = {{"fleet report out -o markdown", "another report of an old run"}},
      .run = run_report,
  };
}

}  // namespace kolega::cli
