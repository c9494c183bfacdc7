#include "cli/reports.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <sstream>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "cli/exit_code.hpp"
#include "gate/attestation.hpp"
#include "gate/phrases.hpp"
#include "gate/replay.hpp"

namespace kolega::cli {

Reports::Reports(std::vector<Output> outputs, report::SarifProfile profile, std::vector<std::string> inputs)
    : inputs_(std::move(inputs)) {
  options_.sarif_profile = profile;
  begin_set();
  // All of them before the first is opened: whichever cannot be, none of an earlier run stays.
  for (const auto& output : outputs) {
    if (output.path != "-") expect(output.path);
  }
  for (const auto& output : outputs) {
    table_asked_ = table_asked_ || output.format->name == "table";
    if (output.path == "-") {
      to_stdout_ = output.format;
    } else {
      files_.push_back({output.format, output.path, &set_->open(output.path)});
    }
  }
}

void Reports::begin_set() {
  set_.emplace(sys::Stale::removed);
}

/// Who lets a file be replaced by what is made of it must not lose it when nothing could be made.
void Reports::expect(const std::string& path) {
  const bool is_input = std::ranges::any_of(inputs_, [&](const std::string& input) {
    std::error_code absent;
    return std::filesystem::equivalent(path, input, absent);
  });
  if (!is_input) set_->expect(path);
}

void Reports::sign(Signing signing) {
  expect(signing.path);
  attestation_ = &set_->open(signing.path);
  signing_.emplace(std::move(signing));
}

/// Where none can be made the file says why: the envelope of an earlier run must not survive this one.
void Reports::write_attestation(const gate::DecisionRecord& record) {
  if (!signing_) return;
  unsigned_because_.reset();
  try {
    *attestation_ << gate::attest(record, gate::record_sha256(record), signing_->key);
  } catch (const Error& error) {
    unsigned_because_ = error;
    JsonWriter json(*attestation_, JsonWriter::Style::pretty);
    json.begin_object().member("error", std::string_view(error.message())).end_object();
    json.finish();
  }
}

bool Reports::wants(std::string_view format) const {
  return is_on_stdout(format) || path_of(format).has_value();
}

bool Reports::tell_digests() const {
  const auto tells = [](const File& file) { return file.format->tells_digests; };
  return signing_ || (to_stdout_ && to_stdout_->tells_digests) || std::ranges::any_of(files_, tells);
}

std::optional<std::string> Reports::path_of(std::string_view format) const {
  for (const auto& file : files_) {
    if (file.format->name == format) return file.path;
  }
  return std::nullopt;
}

/// A breach is final: its verdict is told and its exit code stands although the reports of it are lost. What would be
/// exit code 0 ends here, before anybody is told that it passed.
template <class Write>
void Reports::keep_loss(const gate::DecisionRecord& record, const Write& write) {
  try {
    write();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::output || exit_code(record) == 0) throw;
    lost_because_ = error;
  }
}

void Reports::write_files(const gate::DecisionRecord& record) {
  keep_loss(record, [&] { put_files(record); });
}

void Reports::put_files(const gate::DecisionRecord& record) {
  if (!set_) {
    begin_set();
    for (const auto& file : files_) expect(file.path);
    if (signing_) expect(signing_->path);
    for (auto& file : files_) file.stream = &set_->open(file.path);
    if (signing_) attestation_ = &set_->open(signing_->path);
  }
  for (const auto& file : files_) {
    auto options = options_;
    options.gitlab_kind = report::find_gitlab_kind(file.path);
    file.format->write(record, options, *file.stream);
  }
  write_attestation(record);
  set_->commit();
  set_.reset();
}

void Reports::write(const gate::DecisionRecord& record, const sys::Streams& streams, Printer& printer) {
  printer.clear_progress();
  if (!lost_because_) write_files(record);
  if (to_stdout_) {
    keep_loss(record, [&] {
      to_stdout_->write(record, options_, streams.out.bytes());
      streams.out.flush();
    });
  }
  if (printer.json()) {
    printer.note(gate::headline(record.verdict.outcome) + ": " + gate::summary(record));
  } else if (!table_asked_ && !printer.quiet()) {
    auto options = options_;
    options.colour = printer.colour();
    options.width = printer.columns();
    std::ostringstream table;
    report::write_table(record, options, table);
    printer.bytes() << table.str() << std::flush;  // where nobody can be told, the verdict is the same
  }
}

}  // namespace kolega::cli
