#include "sandbox/feed.hpp"

#include "base/text.hpp"
#include "ingest/foreign.hpp"
#include "sandbox/scanners.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"

namespace kolega::sandbox {

namespace {

/// A scanner that needs a token of its own finds it under another name; ours opens the real API.
const std::vector<std::string> token_variables{"KOLEGA_TOKEN", "KOLEGA_TOKEN_FILE", "KOLEGA_SIGNING_KEY"};

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

/// The API has four words; scanners that were read without translation have others.
std::string_view api_severity(std::string_view word) {
  if (iequals_ascii(word, "error")) return "high";
  if (iequals_ascii(word, "warning")) return "medium";
  if (iequals_ascii(word, "note")) return "low";
  return word;
}

/// Why the program says that it failed: its last words.
std::string last_words(std::string_view err) {
  const auto text = trim(err);
  const auto line = text.substr(text.find_last_of('\n') + 1);
  return line.empty() ? std::string{} : ": " + printable(line, 200);
}

class Gatherer {
 public:
  Gatherer(const RepositoryConfig& repository, ScanType type) : repository_(repository), type_(type) {}

  void add_document(std::string_view text, const std::string& name) {
    auto& pool = *harvest_.findings.pool;
    auto file = ingest::read_foreign(text, name, pool);
    for (auto& scan : file.scans) add_scan(scan, name);
    harvest_.usable = true;
  }
  void add_problem(std::string problem) { harvest_.problems.push_back(std::move(problem)); }

  Harvest finish() {
    // Scanners know nothing of each other, so a fingerprint that two of them gave is made anew.
    ingest::assign_fingerprints(harvest_.findings.rows, *harvest_.findings.pool);
    return std::move(harvest_);
  }

 private:
  void add_scan(ingest::ForeignScan& scan, const std::string& name) {
    auto& pool = *harvest_.findings.pool;
    for (auto& finding : scan.findings) {
      finding.scan_type = type_;
      finding.path = pool.intern(relative_path(finding.path, repository_.directory));
      finding.severity_word = pool.intern(api_severity(finding.severity_word));
      harvest_.findings.rows.push_back(finding);
    }
    for (const auto& shortcoming : scan.batch.shortcomings) add_problem(name + ": " + shortcoming);
  }

  const RepositoryConfig& repository_;
  ScanType type_;
  Harvest harvest_;
};

void run_command(Gatherer& gatherer, const std::string& command, const RepositoryConfig& repository,
                 std::stop_token stop) {
  const auto name = program_of(command);
  sys::ProcessOptions options;
  options.directory = repository.directory;
  options.stop = std::move(stop);
  options.without = token_variables;
  const auto result = sys::run_process({"/bin/sh", "-c", command}, options);
  const auto ending = "exited with " + std::to_string(result.exit_code) + last_words(result.err);
  if (trim(result.out).empty()) {
    gatherer.add_problem(name + " printed nothing and " + ending);
    return;
  }
  if (result.exit_code >= 128) {
    gatherer.add_problem(name + " was killed by signal " + std::to_string(result.exit_code - 128));
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

std::string program_of(std::string_view command) {
  for (const auto& scanner : known_scanners()) {
    if (scanner.command == command) return std::string(scanner.program);
  }
  for (const auto word : split(collapse_white_space(command), ' ')) {
    if (word.find('=') != std::string_view::npos) continue;  // NAME=value before the program
    return printable(word.substr(word.find_last_of('/') + 1), 60);
  }
  return "the scanner";
}

Harvest run_feed(const RepositoryConfig& repository, ScanType type, std::stop_token stop) {
  Gatherer gatherer(repository, type);
  const auto found = repository.feeds.find(type);
  const Feed feed = found == repository.feeds.end() ? Feed{} : found->second;
  if (feed.commands.empty() && feed.files.empty()) gatherer.add_problem(describe_missing_scanner(type));
  for (const auto& command : feed.commands) {
    try {
      run_command(gatherer, command, repository, stop);
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
