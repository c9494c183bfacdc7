#include "cli/fleet_reports.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <sstream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/exit_code.hpp"
#include "fleet/sarif_parts.hpp"
#include "gate/phrases.hpp"

namespace kolega::cli {

namespace {

FleetOutput parse_one(const std::string& text) {
  const auto equals = text.find('=');
  const auto name = text.substr(0, equals);
  FleetOutput out;
  out.format = fleet::find_format(name);
  if (!out.format) {
    throw Error(ErrorKind::usage, "--output: unknown format '" + printable(name, 60) + "' of a fleet's summary",
                suggest(name, fleet::format_names()));
  }
  out.path = equals == std::string::npos ? "-" : text.substr(equals + 1);
  if (out.path.empty()) throw Error(ErrorKind::usage, "--output " + printable(text, 60) + ": the path is empty");
  if (out.path == "-" && !out.format->write) {
    throw Error(ErrorKind::usage, "--output " + printable(text, 60) + ": it is written in several files",
                "name one, sarif=fleet.sarif gives fleet.1.sarif, fleet.2.sarif, ...");
  }
  return out;
}

}  // namespace

std::vector<Option> fleet_report_options() {
  auto options = report_options();
  for (auto& option : options) {
    if (long_name(option) != "output") continue;
    option.help =
        "write the summary as FORMAT: table, json, markdown, html, junit, sarif; without a path to standard output; "
        "sarif=NAME.sarif is written in parts NAME.1.sarif, ...";
    option.choices = fleet::format_names;
  }
  return options;
}

std::vector<FleetOutput> parse_fleet_outputs(const std::vector<std::string>& given) {
  std::vector<FleetOutput> out;
  for (const auto& text : given) {
    out.push_back(parse_one(text));
    if (out.back().path == "-" && std::ranges::count(out, std::string("-"), &FleetOutput::path) > 1) {
      throw Error(ErrorKind::usage,
                  "--output " + printable(text, 60) + ": another summary already goes to standard output",
                  "give all but one a path: " + std::string(out.back().format->name) + "=FILE");
    }
  }
  return out;
}

FleetReports::FleetReports(std::vector<FleetOutput> outputs, report::SarifProfile profile) : profile_(profile) {
  set_.emplace(sys::Stale::removed);
  // All of them before the first is opened: whichever cannot be, none of an earlier run stays.
  for (const auto& output : outputs) expect(output);
  for (const auto& output : outputs) {
    table_asked_ = table_asked_ || output.format->name == "table";
    if (!output.format->write) {
      sys::OutputSet().open(fleet::part_path(output.path, 1));  // what cannot be written is known now
      sarif_.push_back(output.path);
    } else if (output.path == "-") {
      to_stdout_ = output.format;
    } else {
      files_.push_back({output.format, &set_->open(output.path)});
    }
  }
}

void FleetReports::expect(const FleetOutput& output) {
  if (output.format->write) {
    if (output.path != "-") set_->expect(output.path);
    return;
  }
  std::error_code absent;
  for (std::size_t part = 1; std::filesystem::exists(fleet::part_path(output.path, part), absent); ++part)
    set_->expect(fleet::part_path(output.path, part));
}

int FleetReports::write(const fleet::Fleet& fleet, const fleet::Summary& summary, const sys::Streams& streams,
                         Printer& printer) {
  printer.clear_progress();
  std::optional<Error> lost;
  try {
    for (const auto& path : sarif_) {
      const auto parts = fleet::write_sarif_parts(fleet, summary, path, profile_);
      printer.detail("wrote " + plural(parts.size(), "SARIF file") + ", the last is " + parts.back());
    }
    for (const auto& file : files_) file.format->write(fleet, summary, {}, *file.stream);
    set_->commit();
    if (to_stdout_) {
      to_stdout_->write(fleet, summary, {}, streams.out.bytes());
      streams.out.flush();
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::output || summary.exit_code == 0) throw;
    lost = error;  // as in reports.cpp: a breach is told, and its exit code stands
  }
  if (printer.json()) {
    printer.note(gate::headline(summary.outcome) + ": " + describe(summary));
  } else if (printer.quiet()) {
    const bool good = summary.outcome == gate::Outcome::pass || summary.outcome == gate::Outcome::warn;
    if (!good) printer.remark(gate::headline(summary.outcome) + ": " + describe(summary));
  } else if (!table_asked_) {
    std::ostringstream table;
    fleet::write_table(fleet, summary, {printer.colour(), printer.columns()}, table);
    printer.bytes() << table.str() << std::flush;  // where nobody can be told, the verdict is the same
  }
  if (!lost) return summary.exit_code;
  printer.error(*lost);
  return stricter(summary.exit_code, exit_code(*lost));
}

}  // namespace kolega::cli
