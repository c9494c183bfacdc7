// The same verdict without a network: saved results of Kolega, SARIF of any scanner, Semgrep's JSON, a
// record.
#include <algorithm>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/break_glass.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/gap.hpp"
#include "cli/judge.hpp"
#include "cli/locks.hpp"
#include "cli/policy_file.hpp"
#include "cli/previous_batch.hpp"
#include "cli/reference.hpp"
#include "cli/source_lines.hpp"
#include "cli/trusted_policy.hpp"
#include "gate/record.hpp"
#include "ingest/foreign.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

std::string_view name_of(ingest::Format format) {
  switch (format) {
    case ingest::Format::results:
      return "results";
    case ingest::Format::sarif:
      return "sarif";
    case ingest::Format::semgrep:
      return "semgrep";
    case ingest::Format::record:
      return "record";
  }
  return "results";
}

std::string digest_of(const TextSource& source) {
  Sha256 digest;
  source.read([&](std::string_view part) { digest.update(part); });
  return digest.finish_hex();
}

/// Reads the files one after the other into the inputs; with their digests where a report tells them, which take a sixth
/// of the time in which a large file is judged.
class Reader {
 public:
  Reader(gate::Inputs& inputs, std::vector<ScanType> types, bool digests)
      : inputs_(inputs), types_(std::move(types)), digests_(digests) {}

  void read(const std::string& file) {
    const sys::MappedFile mapped(file, ErrorKind::input);
    const auto shown = printable(file == "-" ? "standard input" : file);
    const TextSource source(mapped.text(), [&](std::size_t bytes) { mapped.release(bytes); });
    if (ingest::detect_format(source.text) == ingest::Format::record) return read_record(source, shown);
    if (read_record_) refuse_mixture();
    read_foreign(source, shown);
  }
  bool has_record() const noexcept { return read_record_; }

 private:
  [[noreturn]] static void refuse_mixture() {
    throw Error(ErrorKind::usage, "a decision record is evaluated alone",
                "name the record, or the files of scanners, not both");
  }

  void read_record(const TextSource& source, const std::string& shown) {
    if (read_record_ || !inputs_.batches.empty() || !inputs_.files.empty()) refuse_mixture();
    auto recorded = gate::read_record(source, shown);
    recorded.mode_cap = inputs_.mode_cap ? inputs_.mode_cap : recorded.mode_cap;
    recorded.at = inputs_.at;
    recorded.bypass = inputs_.bypass;  // who bypassed then did not bypass this
    auto digest = digests_ ? digest_of(source) : std::string();
    recorded.files.push_back({shown, std::move(digest), std::string(name_of(ingest::Format::record)), {}});
    inputs_ = std::move(recorded);
    read_record_ = true;
  }

  void read_foreign(const TextSource& source, const std::string& shown) {
    // The bytes are in the cache when the reader has them, so they are digested on the way.
    Sha256 digest;
    std::size_t digested = 0;
    const TextSource watched(source.text, [&](std::size_t end) {
      if (digests_ && end > digested) digest.update(source.text.substr(digested, end - digested));
      digested = std::max(digested, end);
      source.consumed(end);
    });
    auto read = ingest::read_foreign(watched, shown, *inputs_.findings.pool);
    if (digests_) digest.update(source.text.substr(digested));
    gate::SourceFile file{shown, digests_ ? digest.finish_hex() : std::string(), std::string(name_of(read.format)), {}};
    for (auto& scan : read.scans) {
      if (!scan.tool.empty() && file.tool.find(scan.tool) == std::string::npos) {
        file.tool += (file.tool.empty() ? "" : ", ") + scan.tool;
      }
      add(std::move(scan), read.format, shown);
    }
    inputs_.files.push_back(std::move(file));
  }

  void add(ingest::ForeignScan scan, ingest::Format format, const std::string& shown) {
    scan.batch.type = type_of(scan, format, shown);
    const auto index = inputs_.batches.size();
    if (index > UINT16_MAX) throw Error(ErrorKind::input, shown + ": more than 65536 scans in all");
    scan.findings.change_batches([&](std::uint16_t) { return static_cast<std::uint16_t>(index); });
    scan.findings.set_scan_type(scan.batch.type);
    inputs_.findings.rows.append(std::move(scan.findings));
    for (const auto& note : scan.notes) inputs_.notes.push_back(shown + ": " + note);
    inputs_.batches.push_back(std::move(scan.batch));
  }

  /// --scan-type is the stronger word where a file only lets one guess. Results of Kolega say themselves what
  /// they are.
  ScanType type_of(const ingest::ForeignScan& scan, ingest::Format format, const std::string& shown) {
    const auto tool = scan.tool.empty() ? std::string(name_of(format)) : printable(scan.tool, 60);
    if (format == ingest::Format::results && scan.guessed) {
      if (types_.size() == 1 && types_.front() != *scan.guessed) {
        throw Error(ErrorKind::usage,
                    shown + ": these are results of a " + std::string(kolega::name_of(*scan.guessed)) +
                        ", not of a " + std::string(kolega::name_of(types_.front())),
                    "leave --scan-type out");
      }
      return *scan.guessed;
    }
    if (types_.size() == 1) return types_.front();
    if (!scan.guessed) {
      throw Error(ErrorKind::usage,
                  shown + (scan.tool.empty() ? ": it names no tool, so its scan type is not known"
                                             : ": cannot tell which kind of scan " + tool + " does"),
                  "say it with --scan-type, for example --scan-type semgrep");
    }
    inputs_.notes.push_back(shown + ": taken for a " + std::string(kolega::name_of(*scan.guessed)) +
                            ", because of " + tool);
    return *scan.guessed;
  }

  gate::Inputs& inputs_;
  std::vector<ScanType> types_;
  bool digests_{};
  bool read_record_{};
};

Instant resolve_at(const Invocation& invocation) {
  const auto text = invocation.arguments.find("at");
  if (!text) return invocation.system.now();
  const auto at = parse_instant(*text);
  if (!at) {
    throw Error(ErrorKind::usage, "--at: '" + printable(*text, 60) + "' is no instant",
                "for example 2027-01-31T12:00:00Z");
  }
  return *at;
}

/// Before anything else is read, so that whatever fails later can still be reported under it.
void load_known_policies(const Invocation& invocation, gate::Inputs& known) {
  const bool named = named_policy(invocation).has_value();
  const auto own = named ? find_policy(invocation) : find_default_policy(invocation.system.working_directory);
  if (own || has_trusted_policy(invocation)) load_policies(own, invocation, known);
}

void take_policies(gate::Inputs& inputs, gate::Inputs& known) {
  inputs.policy = std::move(known.policy);
  inputs.head_policy = std::move(known.head_policy);
  inputs.trusted_policy = known.trusted_policy;
  inputs.notes.insert(inputs.notes.end(), known.notes.begin(), known.notes.end());
}

/// A record brings the policies it was decided by; they are used unless another one is named.
void choose_policy(gate::Inputs& inputs, gate::Inputs& known, bool has_record,
                   const std::vector<ScanType>& types, const Invocation& invocation) {
  const bool named = named_policy(invocation) || has_trusted_policy(invocation);
  const bool of_record = has_record && inputs.policy && !named;
  if (of_record) {
    inputs.notes.push_back("judged by the policy inside the record");
  } else if (known.policy) {
    const auto before = inputs.policy ? inputs.policy->baseline : std::nullopt;
    take_policies(inputs, known);
    // The record's baseline stays, and is then not the one that this policy names.
    const auto& now = inputs.policy->baseline;
    const bool same = before && now && before->from == now->from && before->name == now->name;
    if ((inputs.baseline || inputs.no_baseline) && !same) inputs.baseline_given = true;
  } else {
    find_policy(invocation);  // throws: the places looked at
  }
  require_bypass_allowed(inputs);
  // Where `scan` is locked, --scan-type only says what the files are.
  if (!types.empty() && !policy::find_lock(inputs.policy->locks, "scan")) {
    inputs.scan_types = types;
  } else if (!of_record) {
    inputs.scan_types = inputs.policy->scan.types;
  }
}

/// A record holds what it was judged with; only options replace it.
void read_reference(const ReferenceOptions& options, bool has_record, const ci::CiContext& ci,
                    gate::Inputs& inputs, const Invocation& invocation) {
  if (has_record) {
    if (options.baseline || !(inputs.baseline || inputs.no_baseline))
      read_baseline_file(options, invocation, inputs);
    read_given_changes(options, invocation, inputs);
  } else {
    read_baseline_file(options, invocation, inputs);
    read_changes(options, ci, invocation, inputs);
  }
  if (wants_batch_baseline(inputs)) miss_batch_baseline(inputs);
}

/// All that can be read, whatever the order of the files: a breach is final on any data. Then throws the first error.
void read_files(Reader& reader, const std::vector<std::string>& files, const Invocation& invocation) {
  std::optional<Error> first;
  for (const auto& file : files) {
    try {
      reader.read(file);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      if (!first) first = error;
    }
    if (invocation.system.stop.stop_requested())
      throw Error(ErrorKind::interrupted, "interrupted while reading files");
  }
  if (first) throw Error(*first);
}

/// What stopped the reading, as in `run`: the reports still say so, under the policy where it is known.
std::optional<Error> read_all(Reader& reader, const std::vector<std::string>& files,
                              const std::vector<ScanType>& types, const ReferenceOptions& reference,
                              const ci::CiContext& ci, gate::Inputs& inputs, const Invocation& invocation) {
  gate::Inputs known;
  try {
    load_known_policies(invocation, known);
    read_files(reader, files, invocation);
    choose_policy(inputs, known, reader.has_record(), types, invocation);
    check_overrides(*inputs.policy, {.mode_cap = inputs.mode_cap, .baseline = reference.baseline.has_value()});
    read_reference(reference, reader.has_record(), ci, inputs, invocation);
    return std::nullopt;
  } catch (const Error& error) {
    if (known.policy) take_policies(inputs, known);
    inputs.gaps.push_back(gap_of(error));
    return with_signal_of(error, invocation.system);
  }
}

int run(const Invocation& invocation) {
  const auto& files = invocation.arguments.positionals();
  const auto ci = ci::detect(invocation.system.environment);
  const auto types = resolve_scan_types(invocation);
  gate::Inputs inputs;
  inputs.origin = gate::Origin::file;
  inputs.mode_cap = resolve_mode(invocation);
  inputs.at = resolve_at(invocation);
  const auto outputs = parse_outputs(invocation.arguments.all("output"));
  const auto profile = resolve_sarif_profile(invocation, ci.system);
  auto signing = resolve_signing(invocation);
  const auto reference = resolve_reference_options(invocation);
  require_stdin_once(reference, files);
  const CiOutputs ci_outputs(invocation);
  Reports reports(outputs, profile, files);
  if (signing) reports.sign(std::move(*signing));
  Reader reader(inputs, types, reports.tell_digests());
  inputs.subject = detect_subject(ci, invocation.system);
  inputs.bypass = resolve_bypass(invocation);
  const auto ending = read_all(reader, files, types, reference, ci, inputs, invocation);
  if (!reader.has_record()) {
    if (reports.wants("sarif")) add_line_hashes(inputs.findings, invocation.system.working_directory);
  }
  return finish(std::move(inputs), reports, ci_outputs, invocation, ending, {});
}

std::vector<Option> own_options() {
  return {{.names = "--scan-type",
           .value = "TYPE",
           .help = "what the files are, else guessed from the tool; also: judge only this",
           .repeatable = true,
           .choices = scan_type_words},
          {.names = "--at",
           .value = "INSTANT",
           .help = "decide as of this moment, default now: 2027-01-31T12:00:00Z"}};
}

}  // namespace

Command command_evaluate() {
  return {
      .name = "evaluate",
      .summary = "judge saved results offline: /results JSON, SARIF, Semgrep JSON, a decision record",
      .description =
          "Gives the verdict of `run` about saved files: results of Kolega, SARIF of any tool, Semgrep's "
          "JSON, or a "
          "decision record. A scan type of the policy for which there is no file makes the verdict "
          "incomplete, unless "
          "--scan-type names what is judged. Exit codes as in `run`.",
      .options = options_of({policy_options(), trusted_policy_options(), own_options(), reference_options(),
                             report_options(), signing_options(), ci_options(), mode_options(),
                             break_glass_options(), output_options()}),
      .positional = {.name = "FILE",
                     .help = "a saved file, or a pipe of the shell: <(command); - is standard input",
                     .required = true,
                     .repeatable = true},
      .examples = {{"evaluate semgrep.sarif gitleaks.sarif", "judge what two scanners found"},
                   {"evaluate results.json --scan-type secrets -o sarif=out.sarif", "judge one scan type"},
                   {"evaluate decision.json --policy stricter.yaml", "judge a past run by another policy"}},
      .run = run,
  };
}

}  // namespace kolega::cli
