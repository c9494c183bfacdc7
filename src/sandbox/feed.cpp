#include "sandbox/feed.hpp"

#include "base/text.hpp"
#include "ingest/foreign.hpp"
#include "sandbox/commands.hpp"
#include "sandbox/scanners.hpp"
#include "sys/files.hpp"

namespace kolega::sandbox {

namespace {

/// Scanners write absolute paths and "./"; the API's are relative to the repository.
std::string relative_path(std::string_view path, std::string_view directory) {
  if (path.starts_with("file://")) path.remove_prefix(7);
  while (directory.ends_with('/')) directory.remove_suffix(1);
  if (!directory.empty() && path.starts_with(directory) && path.substr(directory.size()).starts_with('/')) {
    path.remove_prefix(directory.size() + 1);
  }
  while (path.starts_with("./")) path.remove_prefix(2);
  return std::string(path);
}

/// What a saved /results document says against itself; SARIF and Semgrep's shortcomings come from the reader.
void add_batch_shortcomings(ScanBatch& batch) {
  if (batch.status != "completed")
    batch.shortcomings.push_back("the saved batch ended as " + printable(batch.status, 60));
  if (batch.findings_count != batch.rows_received) {
    batch.shortcomings.push_back(
        "it claims " + plural(static_cast<std::size_t>(batch.findings_count.value_or(0)), "finding") +
        " and holds " + std::to_string(batch.rows_received));
  }
}

class Gatherer {
 public:
  Gatherer(const RepositoryConfig& repository, ScanType type) : repository_(repository), type_(type) {}

  /// Throws Error(input) for what is no whole document of findings.
  void add_document(std::string_view text, const std::string& name) {
    auto file = ingest::read_foreign(text, name, *harvest_.findings.pool);
    if (file.format == ingest::Format::record) {
      throw Error(ErrorKind::input, name + ": a decision record is no scanner's output");
    }
    for (auto& scan : file.scans) add_scan(scan, name, file.format == ingest::Format::results);
    harvest_.usable = true;
    ++documents_;
  }
  void add_problem(std::string problem) { harvest_.problems.push_back(std::move(problem)); }

  Harvest finish() {
    // Scanners know nothing of each other, so a fingerprint that two of them gave is made anew.
    auto& pool = *harvest_.findings.pool;
    if (documents_ > 1) ingest::assign_fingerprints(rows_, pool, {});
    harvest_.findings.rows.assign(rows_.begin(), rows_.end());
    return std::move(harvest_);
  }

 private:
  void add_scan(ingest::ForeignScan& scan, const std::string& name, bool is_api_document) {
    auto& pool = *harvest_.findings.pool;
    for (Finding finding : scan.findings) {
      finding.scan_type = type_;
      if (!is_api_document) {  // that has the API's paths and words already
        finding.path = pool.intern(relative_path(finding.path, repository_.directory));
        finding.severity_word = pool.intern(to_lower_ascii(finding.severity_word));
      }
      rows_.push_back(finding);
    }
    add_batch_shortcomings(scan.batch);
    for (const auto& shortcoming : scan.batch.shortcomings) add_problem(name + ": " + shortcoming);
  }

  const RepositoryConfig& repository_;
  ScanType type_;
  std::size_t documents_{};
  FindingRows rows_;
  Harvest harvest_;
};

void run_command(Gatherer& gatherer, const std::string& command, const RepositoryConfig& repository,
                 Duration timeout, std::stop_token stop) {
  const auto name = program_of(command);
  const auto options = command_options(repository.directory, timeout, std::move(stop));
  const auto result = sys::run_process({"/bin/sh", "-c", command}, options);
  const auto ending = describe_end(result, timeout);
  if (result.timed_out || result.exit_code >= 128) {
    gatherer.add_problem(name + " " + ending);
    return;
  }
  if (trim(result.out).empty()) {
    gatherer.add_problem(name + " printed nothing and " + ending);
    return;
  }
  // Many scanners exit with 1 when they found something, so the document decides, not the code.
  try {
    gatherer.add_document(result.out, name);
  } catch (const Error& error) {
    gatherer.add_problem(name + " " + ending + "; its output is no whole SARIF or Semgrep document (" +
                         printable(error.message(), 200) + ")");
  }
}

}  // namespace

Harvest run_feed(const RepositoryConfig& repository, ScanType type, Duration timeout, std::stop_token stop) {
  Gatherer gatherer(repository, type);
  const auto found = repository.feeds.find(type);
  const Feed feed = found == repository.feeds.end() ? Feed{} : found->second;
  if (feed.commands.empty() && feed.files.empty()) gatherer.add_problem(describe_missing_scanner(type));
  for (const auto& command : feed.commands) {
    try {
      run_command(gatherer, command, repository, timeout, stop);
    } catch (const Error& error) {
      gatherer.add_problem(program_of(command) + " could not be run: " + printable(error.message(), 200));
    }
  }
  for (const auto& file : feed.files) {
    try {
      gatherer.add_document(sys::MappedFile(file, ErrorKind::input).text(), file);
    } catch (const Error& error) {
      gatherer.add_problem(printable(error.message(), 200));
    }
  }
  return gatherer.finish();
}

}  // namespace kolega::sandbox
