#include "fleet/sarif_parts.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <sstream>
#include <unordered_map>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "fleet/output_folder.hpp"
#include "gate/phrases.hpp"
#include "report/escape.hpp"
#include "report/view.hpp"
#include "sys/files.hpp"

namespace kolega::fleet {

namespace {

constexpr std::string_view head =
    "{\n\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n\"version\": \"2.1.0\",\n\"runs\": [\n";
constexpr std::string_view tail = "\n]}\n";
constexpr std::size_t most_notifications = 1000;

/// Runs into files, a file after the other.
class Parts {
 public:
  Parts(std::string path, const SarifLimits& limits) : path_(std::move(path)), limits_(limits) {}

  void add(const std::string& run) {
    if (runs_ > 0 && (runs_ == limits_.runs || text_.size() + run.size() + tail.size() + 2 > limits_.bytes)) write();
    text_ += runs_ == 0 ? head : std::string_view(",\n");
    text_ += run;
    ++runs_;
  }

  std::vector<std::string> finish() {
    if (runs_ > 0) write();
    remove_stale();
    return std::move(files_);
  }

 private:
  void write() {
    text_ += tail;
    files_.push_back(part_path(path_, files_.size() + 1));
    sys::write_file(files_.back(), text_);
    text_.clear();
    runs_ = 0;
  }

  /// Of an earlier run over more repositories: an upload of all parts must not take them along.
  void remove_stale() const {
    for (auto number = files_.size() + 1;; ++number) {
      const auto path = part_path(path_, number);
      std::error_code failed;
      if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(path, failed))) return;
      if (!std::filesystem::remove(path, failed))
        throw Error(ErrorKind::output, "cannot remove " + printable(path) + ", of an earlier run: " + failed.message());
    }
  }

  std::string path_;
  SarifLimits limits_;
  std::string text_;
  std::size_t runs_{};
  std::vector<std::string> files_;
};

std::string run_text(const gate::DecisionRecord& record, report::SarifProfile profile, const report::SarifRun& run) {
  std::ostringstream out;
  report::write_sarif_run(record, profile, run, out);
  auto text = out.str();
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

/// A repository's results in runs that keep within the limits: the number of results is known, the size is tried.
void add_runs(Parts& parts, const gate::DecisionRecord& record, const std::string& id, const std::string& uri,
              report::SarifProfile profile, const SarifLimits& limits) {
  const auto rows = report::sarif_rows(record, profile);
  std::size_t at = 0;
  std::size_t number = 1;
  do {
    auto count = std::min(limits.results, rows.size() - at);
    while (true) {
      report::SarifRun run;
      const auto from = rows.begin() + static_cast<std::ptrdiff_t>(at);
      run.rows.assign(from, from + static_cast<std::ptrdiff_t>(count));
      run.category = id + "/" + (number > 1 ? std::to_string(number) + "/" : "");
      run.repository_uri = uri;
      const auto text = run_text(record, profile, run);
      if (text.size() + head.size() + tail.size() > limits.bytes && count > 1) {
        count /= 2;
        continue;
      }
      parts.add(text);
      break;
    }
    at += count;
    ++number;
  } while (at < rows.size());
}

std::string uri_of(const Fleet& fleet, const std::string& id) {
  auto url = report::http_url(fleet.api_url);
  while (url.ends_with('/')) url.pop_back();
  return (url.empty() ? "https://api.kolega.dev" : url) + "/api/v1/repositories/" + id;
}

void write_gap(JsonWriter& json, const Fleet& fleet, const Row& row) {
  json.one_line().begin_object().key("descriptor").begin_object().member("id", "incomplete").end_object();
  json.member("level", "error").key("message").begin_object();
  json.member("text", report::sarif_text(report::cut(std::string(name_of(row)) + ": " + describe(fleet, row), 2000)));
  json.end_object().end_object();
}

/// The run that stands for what has no record. Always there: its absence would look like completeness.
std::string fleet_run(const Fleet& fleet, const Summary& summary) {
  std::vector<const Row*> gaps;
  for (const auto& row : summary.rows) {
    if (!row.result || !row.result->record) gaps.push_back(&row);
  }
  std::ostringstream out;
  JsonWriter json(out, JsonWriter::Style::pretty);
  json.begin_object().key("tool").begin_object().key("driver").begin_object();
  json.member("name", program_name).member("organization", "Kolega");
  json.member("version", version()).member("semanticVersion", version()).member("informationUri", "https://kolega.dev/");
  json.key("rules").begin_array().end_array().end_object().end_object();
  json.key("automationDetails").one_line().begin_object();
  json.member("id", std::string(program_name) + "/fleet/" + fleet.digest.substr(0, 12) + "/").end_object();
  json.key("invocations").begin_array().begin_object();
  json.member("executionSuccessful", gaps.empty() && summary.outcome != gate::Outcome::incomplete);
  json.member("exitCode", summary.exit_code);
  json.member("exitCodeDescription", gate::headline(summary.outcome) + ": " + describe(summary));
  json.key("toolExecutionNotifications").begin_array();
  for (std::size_t i = 0; i < std::min(gaps.size(), most_notifications); ++i) write_gap(json, fleet, *gaps[i]);
  json.end_array().end_object().end_array();
  json.member("columnKind", "utf16CodeUnits").key("results").begin_array().end_array();
  json.key("properties").begin_object().member("outcome", gate::name_of(summary.outcome));
  json.member("repositories", static_cast<std::uint64_t>(summary.rows.size()));
  json.member("without_record", static_cast<std::uint64_t>(gaps.size())).end_object();
  json.end_object().finish();
  return out.str();
}

}  // namespace

std::string part_path(const std::string& path, std::size_t number) {
  const auto slash = path.rfind('/');
  const auto name = slash == std::string::npos ? 0 : slash + 1;
  const auto dot = path.rfind('.');
  const auto cut = dot == std::string::npos || dot <= name ? path.size() : dot;
  const auto ending = cut == path.size() ? std::string(".sarif") : path.substr(cut);
  return path.substr(0, cut) + "." + std::to_string(number) + ending;
}

std::vector<std::string> write_sarif_parts(const Fleet& fleet, const Summary& summary, const std::string& path,
                                           report::SarifProfile profile, const SarifLimits& limits) {
  Parts parts(path, limits);
  parts.add(fleet_run(fleet, summary));
  std::unordered_map<std::string_view, const Result*> results;
  for (const auto& result : fleet.results) {
    if (result.record) results.emplace(result.repository_id, &result);
  }
  for (const auto& selected : fleet.selected) {
    const auto found = results.find(selected.id);
    if (found == results.end()) continue;
    const auto& folder = folder_of(fleet, selected.shard);
    const auto text = read_record_bytes(folder, *found->second);
    const auto record = gate::decide(gate::read_record(text, printable(folder + "/" + record_path(selected.id))));
    add_runs(parts, record, selected.id, uri_of(fleet, selected.id), profile, limits);
  }
  return parts.finish();
}

}  // namespace kolega::fleet
