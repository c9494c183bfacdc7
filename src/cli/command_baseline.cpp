// baseline write and diff: what is accepted as known, made of decision records and compared.
#include <algorithm>
#include <filesystem>
#include <map>
#include <ostream>
#include <set>
#include <sstream>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/api_command.hpp"
#include "cli/commands.hpp"
#include "cli/printer.hpp"
#include "cli/text_table.hpp"
#include "gate/baseline_entry.hpp"
#include "gate/baseline_file.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

using gate::BaselineChange;
using Kind = BaselineChange::Kind;

constexpr std::string_view diff_format = "kolega-gate/baseline-diff/v1";
constexpr std::size_t most_shown = 50;

std::string_view word_of(Kind kind) {
  switch (kind) {
    case Kind::added:
      return "added";
    case Kind::removed:
      return "removed";
    case Kind::fewer:
      return "fewer";
    case Kind::more:
      return "more";
  }
  return "";
}

bool grows(const BaselineChange& change) {
  return change.kind == Kind::added || change.kind == Kind::more;
}

std::uint64_t findings_in(const Baseline& baseline) {
  std::uint64_t sum = 0;
  for (const auto& entry : baseline.entries) sum += entry.count;
  return sum;
}

Baseline read_baseline(const std::string& file) {
  return gate::read_baseline(sys::read_file(file, ErrorKind::input), printable(file));
}

gate::Inputs read_inputs(const std::string& file) {
  const sys::MappedFile mapped(file, ErrorKind::input);
  const auto shown = printable(file == "-" ? "standard input" : file);
  const TextSource source(mapped.text(), [&](std::size_t bytes) { mapped.release(bytes); });
  return gate::read_record(source, shown);
}

struct Made {
  Baseline baseline{};
  std::set<ScanType> types{};  ///< that the records judged
};

Made make_baseline(const std::vector<std::string>& files) {
  Made made;
  for (const auto& file : files) {
    auto inputs = read_inputs(file);
    for (const auto& batch : inputs.batches) {
      const bool judged = !made.types.insert(batch.type).second;
      if (judged && files.size() > 1) {
        throw Error(
            ErrorKind::usage,
            printable(file, 200) + ": another record holds a " + std::string(name_of(batch.type)) + " too",
            "name one record for each scan type");
      }
    }
    auto part = gate::baseline_of_inputs(std::move(inputs));
    auto& entries = made.baseline.entries;
    entries.insert(entries.end(), std::make_move_iterator(part.entries.begin()),
                   std::make_move_iterator(part.entries.end()));
  }
  std::sort(made.baseline.entries.begin(), made.baseline.entries.end(), gate::comes_before);
  return made;
}

bool exists(const std::string& path) {
  std::error_code unreadable;
  return std::filesystem::symlink_status(path, unreadable).type() != std::filesystem::file_type::not_found;
}

/// What the records did not look at is left as it is: nobody has seen that it is gone.
void keep_other_types(Made& made, const Baseline& before) {
  for (const auto& entry : before.entries) {
    if (!made.types.contains(entry.scan_type)) made.baseline.entries.push_back(entry);
  }
  std::sort(made.baseline.entries.begin(), made.baseline.entries.end(), gate::comes_before);
}

std::string describe(const BaselineEntry& entry) {
  return std::string(name_of(entry.scan_type)) + " " + std::string(name_of(entry.severity)) + " " +
         printable(entry.path, 200) + " " + printable(entry.check_id, 100);
}

std::string describe_sums(const std::vector<BaselineChange>& changes) {
  std::map<Kind, std::size_t> sums;
  for (const auto& change : changes) ++sums[change.kind];
  std::vector<std::string> parts;
  for (const auto& [kind, count] : sums)
    parts.push_back(std::to_string(count) + " " + std::string(word_of(kind)));
  return parts.empty() ? "no difference" : join(parts, ", ");
}

void tell_growth(const std::vector<BaselineChange>& changes, Printer& printer) {
  const auto total = static_cast<std::size_t>(std::ranges::count_if(changes, grows));
  if (total == 0) return;
  printer.warning("the baseline grows: " + plural(total, "finding") + " will no longer count as new");
  std::size_t shown = 0;
  for (const auto& change : changes) {
    if (!grows(change)) continue;
    if (++shown > most_shown) break;
    printer.remark("  " + std::string(word_of(change.kind)) + " " + describe(change.entry) +
                   (change.after > 1 ? " (" + std::to_string(change.after) + ")" : ""));
  }
  if (total > most_shown) printer.remark("  and " + std::to_string(total - most_shown) + " more");
}

int write(const Invocation& invocation) {
  const auto output = invocation.arguments.find("output").value_or("-");
  if (output.empty()) throw Error(ErrorKind::usage, "--output: the value is empty");
  auto made = make_baseline(invocation.arguments.positionals());
  std::ostringstream text;
  if (output == "-") {
    gate::write_baseline(made.baseline, text);
    invocation.streams.out.bytes() << text.str();
    invocation.streams.out.flush();
    return 0;
  }
  std::string difference = "new";
  if (exists(output)) {
    const auto before = read_baseline(output);
    keep_other_types(made, before);
    const auto changes = gate::compare(before, made.baseline);
    tell_growth(changes, invocation.printer);
    difference = describe_sums(changes);
  } else {
    std::error_code problem;  // what is wrong is said by write_file
    std::filesystem::create_directories(std::filesystem::path(output).parent_path(), problem);
  }
  gate::write_baseline(made.baseline, text);
  sys::write_file(output, text.str());
  invocation.printer.note("wrote " + printable(output) + ": " +
                          plural(findings_in(made.baseline), "finding") + ", " + difference);
  return 0;
}

void write_json(const std::vector<BaselineChange>& changes, std::ostream& out) {
  JsonWriter json(out, JsonWriter::Style::pretty);
  json.begin_object().member("format", diff_format);
  json.key("changes").begin_array();
  for (const auto& change : changes) {
    json.one_line().begin_object().member("change", word_of(change.kind));
    json.member("before", change.before).member("after", change.after).key("entry");
    gate::write_baseline_entry(change.entry, json);
    json.end_object();
  }
  json.end_array().end_object();
  json.finish();
}

void write_table(const std::vector<BaselineChange>& changes, const LogOut& out, std::size_t columns) {
  std::vector<Row> rows{{"CHANGE", "TYPE", "SEVERITY", "PATH", "CHECK", "COUNT", "FINGERPRINT"}};
  for (const auto& change : changes) {
    const auto count = change.kind == Kind::fewer || change.kind == Kind::more
                           ? std::to_string(change.before) + " to " + std::to_string(change.after)
                           : std::to_string(change.entry.count);
    rows.push_back({std::string(word_of(change.kind)), std::string(name_of(change.entry.scan_type)),
                    std::string(name_of(change.entry.severity)), change.entry.path, change.entry.check_id,
                    count, change.entry.fingerprint});
  }
  if (!changes.empty()) write_rows(out, rows, columns);
  out.line(log_line(describe_sums(changes)));
}

int diff(const Invocation& invocation) {
  const auto& files = invocation.arguments.positionals();
  if (files.size() != 2)
    throw Error(ErrorKind::usage, "baseline diff takes two files", "name the old and the new one");
  const auto changes = gate::compare(read_baseline(files[0]), read_baseline(files[1]));
  auto& out = invocation.streams.out;
  if (invocation.arguments.has("json")) {
    write_json(changes, out.bytes());
  } else {
    write_table(changes, out, table_columns(invocation.system));
  }
  out.flush();
  return 0;
}

}  // namespace

Command command_baseline_write() {
  return {
      .name = "baseline write",
      .summary = "record the findings of a decision record as the baseline",
      .description =
          "Writes what a run found active as a baseline: sorted, one finding a line, so that it merges and "
          "reviews "
          "well. Triaged, excluded and waived findings are left out. Only complete batches may write: else "
          "exit code "
          "6, the reason, and nothing is written. Where the file exists, entries of scan types that the "
          "records do "
          "not hold stay, and what is added is printed.",
      .options = options_of({{{.names = "-o,--output",
                               .value = "FILE",
                               .help = "where to write it; default, and with -: standard output"}},
                             output_options()}),
      .positional =
          {.name = "RECORD",
           .help = "a decision record, of `run` or `evaluate` with -o json=RECORD; one for each scan type",
           .required = true,
           .repeatable = true},
      .examples = {{"baseline write decision.json -o .kolega/baseline.json", "accept what is there today"},
                   {"baseline write secrets.json semgrep.json", "look at it first, of two runs"}},
      .run = write,
  };
}

Command command_baseline_diff() {
  return {
      .name = "baseline diff",
      .summary = "what two baselines differ in",
      .description =
          "Prints the entries that were added or removed and those whose number has changed; a changed "
          "severity is "
          "one of each. Exit code 0 whether they differ or not.",
      .options = options_of(
          {{{.names = "--json", .help = "print the changes as one JSON document"}}, output_options()}),
      .positional = {.name = "OLD NEW", .help = "two baseline files", .required = true, .count = 2},
      .examples = {{"baseline diff before.json .kolega/baseline.json", "what has been accepted since"}},
      .run = diff,
  };
}

}  // namespace kolega::cli
