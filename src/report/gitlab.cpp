// GitLab's security reports, schema 15.2.1:
// https://gitlab.com/gitlab-org/security-products/security-report-schemas. GitLab takes nothing from a file
// with one schema error, and knows a finding again by its first identifier and its location.
#include <algorithm>
#include <ostream>

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "gate/normalise.hpp"
#include "gate/phrases.hpp"
#include "report/escape.hpp"
#include "report/finding_id.hpp"
#include "report/fixes.hpp"
#include "report/formats.hpp"
#include "report/view.hpp"

namespace kolega::report {

namespace {

// Exactly a version that GitLab holds: an unknown one is an error of the report.
constexpr std::string_view schema_version = "15.2.1";
constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_description = 20'000;
constexpr std::size_t longest_fix = 600;
constexpr std::size_t most_cwe = 8;
constexpr std::size_t most_owasp = 4;
constexpr std::size_t most_links = 10;

GitlabKind kind_of(ScanType type) {
  switch (type) {
    case ScanType::secrets_scan:
      return GitlabKind::secret_detection;
    case ScanType::semgrep_scan:
    case ScanType::deep_ai_scan:
      return GitlabKind::sast;
    case ScanType::sbom_scan:
      return GitlabKind::dependency_scanning;
  }
  return GitlabKind::sast;
}

std::string_view name_of(GitlabKind kind) {
  switch (kind) {
    case GitlabKind::sast:
      return "sast";
    case GitlabKind::secret_detection:
      return "secret_detection";
    case GitlabKind::dependency_scanning:
      return "dependency_scanning";
  }
  return "sast";
}

/// The kind that all scan types share; with several, code wins: it is what most runs are about.
GitlabKind kind_of(const gate::DecisionRecord& record) {
  std::optional<GitlabKind> only;
  for (const auto type : record.inputs.scan_types) {
    if (only && *only != kind_of(type)) return GitlabKind::sast;
    only = kind_of(type);
  }
  return only.value_or(GitlabKind::sast);
}

std::string_view severity_word(Severity severity) {
  switch (severity) {
    case Severity::critical:
      return "Critical";
    case Severity::high:
      return "High";
    case Severity::medium:
      return "Medium";
    case Severity::low:
      return "Low";
    case Severity::info:
      return "Info";
  }
  return "Unknown";
}

/// UTC without the zone: with a "Z" the schema is broken.
std::string time_text(Instant at) {
  auto text = format_instant_seconds(at);
  text.pop_back();
  return text;
}

std::string as_uuid(const std::string& digits) {
  return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" + digits.substr(12, 4) + "-" +
         digits.substr(16, 4) + "-" + digits.substr(20, 12);
}

class GitlabReport {
 public:
  GitlabReport(const gate::DecisionRecord& record, GitlabKind kind, std::ostream& out)
      : record_(record),
        kind_(kind),
        rows_(active_rows(record)),
        fixes_(record),
        json_(out, JsonWriter::Style::pretty) {
    const auto all = rows_.size();
    std::erase_if(rows_, [&](std::uint32_t row) { return kind_of(finding(row).scan_type) != kind_; });
    other_kinds_ = all - rows_.size();
    gather_messages();
  }

  void write() {
    json_.begin_object().member("version", schema_version);
    json_.member("schema", "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v" +
                               std::string(schema_version) + "/dist/" + schema_file());
    write_scan();
    json_.key("vulnerabilities").begin_array();
    const auto bits = counting_rules(record_);
    for (const auto row : rows_) write_vulnerability(row, bits[row]);
    json_.end_array().end_object().finish();
  }

 private:
  struct Message {
    std::string_view level{};
    std::string text{};
  };

  Finding finding(std::uint32_t row) const { return record_.inputs.findings.rows[row]; }

  std::string schema_file() const {
    std::string name(name_of(kind_));
    std::replace(name.begin(), name.end(), '_', '-');
    return name + "-report-format.json";
  }

  void add_message(bool fails, std::string text) {
    failed_ = failed_ || fails;
    messages_.push_back({fails ? "fatal" : "warn", std::move(text)});
  }

  /// What keeps this file from being the whole truth about its kind. An empty file that looks like a success
  /// would close what GitLab knows.
  void gather_messages() {
    const auto& inputs = record_.inputs;
    bool any = false;
    for (std::size_t i = 0; i < inputs.batches.size(); ++i) {
      if (kind_of(inputs.batches[i].type) != kind_) continue;
      any = true;
      if (record_.verdict.batches[i].grade != gate::Grade::complete) failed_ = true;
    }
    if (!any) add_message(true, "no scan of this kind was part of the run");
    for (const auto& gap : inputs.gaps) {
      if (!gap.scan_type || kind_of(*gap.scan_type) == kind_) failed_ = true;
    }
    for (const auto& entry : record_.verdict.incomplete) {
      add_message(false, "incomplete (" + std::string(kolega::name_of(entry.cause)) + "): " + entry.detail);
    }
    if (auto bypass = gate::describe_bypass(record_); !bypass.empty()) add_message(false, std::move(bypass));
    if (const auto removed = describe_removals(record_); !removed.empty()) {
      add_message(false, "left out of the findings of all kinds: " + removed);
    }
    if (other_kinds_ > 0) {
      add_message(false, plural(other_kinds_, "finding") +
                             " of other kinds left out: GitLab takes one kind a file; write the others to "
                             "gl-sast-report.json, gl-secret-detection-report.json or "
                             "gl-dependency-scanning-report.json");
    }
    for (const auto& fix : describe_fixes(record_)) messages_.push_back({"info", fix});
    if (inputs.origin == gate::Origin::sandbox) {
      add_message(false, "this run is about the sandbox, not about the Kolega service");
    }
  }

  void write_scan() {
    json_.key("scan").begin_object().member("type", name_of(kind_));
    json_.member("status", failed_ ? "failure" : "success");
    write_times();
    write_program("analyzer", program_name, program_name, record_.tool_version);
    write_program("scanner", "kolega-devsec", "Kolega DevSec", "1");
    json_.key("messages").begin_array();
    for (const auto& message : messages_) {
      json_.one_line().begin_object().member("level", message.level);
      json_.member("value", printable(cut(message.text, 1000))).end_object();
    }
    json_.end_array().end_object();
  }

  void write_times() {
    auto start = record_.inputs.at;
    auto end = record_.inputs.at;
    bool known = false;
    for (const auto& batch : record_.inputs.batches) {
      if (kind_of(batch.type) != kind_) continue;
      if (batch.started_at) start = std::min(start, *batch.started_at);
      if (!batch.completed_at) continue;
      end = known ? std::max(end, *batch.completed_at) : *batch.completed_at;
      known = true;
    }
    json_.member("start_time", time_text(start)).member("end_time", time_text(std::max(start, end)));
  }

  void write_program(std::string_view key, std::string_view id, std::string_view name,
                     std::string_view version) {
    json_.key(key).one_line().begin_object().member("id", id).member("name", name);
    json_.member("version", version.empty() ? "unknown" : version);
    json_.key("vendor").begin_object().member("name", "Kolega").end_object().end_object();
  }

  void write_vulnerability(std::uint32_t row, std::uint64_t bits) {
    const auto& about = finding(row);
    const auto title = about.details ? about.details->title.view() : std::string_view{};
    json_.begin_object().member("id", as_uuid(ids_.next(about)));
    json_.member("name", cut(printable(cut(trim(title).empty() ? check_name(about) : title, longest_name)),
                             longest_name));
    json_.member("description", description(row, bits));
    json_.member("severity", severity_word(record_.verdict.findings[row].severity));
    write_location(about);
    write_identifiers(about);
    write_links(about);
    json_.end_object();
  }

  /// GitLab renders it as Markdown.
  std::string description(std::uint32_t row, std::uint64_t bits) const {
    auto text = markdown(message_of(finding(row), longest_description));
    std::vector<Markdown> ids;
    for (const auto rule : rules_of(record_, row, bits))
      ids.push_back(markdown(cut(record_.verdict.rules[rule].id, 80)));
    if (!ids.empty()) text += "\n\nCounted by the policy's rules: " + join_markup<MarkdownSink>(ids, ", ") + ".";
    if (const auto fix = fixes_.describe(finding(row)); !fix.empty())
      text += "\n\n" + markdown(cut(fix, longest_fix)) + ".";
    return std::move(text).str();
  }

  void write_location(const Finding& about) {
    const auto path = relative_path(about.path);
    json_.key("location").one_line().begin_object();
    json_.member("file", path.empty() ? unknown_place : std::string_view(path));
    switch (kind_) {
      case GitlabKind::secret_detection:
        write_commit();
        [[fallthrough]];
      case GitlabKind::sast:
        if (path.empty() || about.line == 0) break;
        json_.member("start_line", about.line).member("end_line", std::max(about.line, about.end_line));
        break;
      case GitlabKind::dependency_scanning:
        // Demanded by the schema and not told by the API.
        json_.key("dependency").begin_object().key("package").begin_object().member("name", "unknown");
        json_.end_object().member("version", "unknown").end_object();
        break;
    }
    json_.end_object();
  }

  void write_commit() {
    const auto commit = printable(cut(record_.inputs.subject.commit, 64));
    json_.key("commit").begin_object();
    json_.member("sha", commit.empty() ? std::string(40, '0') : commit).end_object();
  }

  void write_identifier(std::string_view type, const std::string& name, const std::string& value,
                        const std::string& url = {}) {
    json_.one_line().begin_object().member("type", type).member("name", name).member("value", value);
    if (!url.empty()) json_.member("url", url);
    json_.end_object();
  }

  /// The first must mean this finding and no other: several findings of one check without a line would
  /// otherwise be one to GitLab.
  void write_identifiers(const Finding& about) {
    const auto check = printable(cut(check_name(about), 200));
    json_.key("identifiers").begin_array();
    if (!about.fingerprint.empty()) {
      write_identifier("kolega_fingerprint", check + " " + printable(cut(about.fingerprint.str(), 20)),
                       printable(cut(about.fingerprint.str(), 255)));
    }
    write_identifier("kolega_check", check, check);
    const auto numbers = gate::cwe_numbers(about.cwe);
    for (std::size_t i = 0; i < std::min(numbers.size(), most_cwe); ++i) {
      const auto digits = std::to_string(numbers[i]);
      write_identifier("cwe", "CWE-" + digits, digits,
                       "https://cwe.mitre.org/data/definitions/" + digits + ".html");
    }
    std::vector<std::string> words;
    for (const auto word : about.owasp) {
      auto text = printable(trim(word), 60);
      if (words.size() == most_owasp) break;
      if (text.empty() || std::find(words.begin(), words.end(), text) != words.end()) continue;
      words.push_back(std::move(text));
    }
    for (const auto& word : words) write_identifier("owasp", word, word);
    json_.end_array();
  }

  void write_links(const Finding& about) {
    if (!about.details) return;
    std::vector<std::string> urls;
    for (const auto reference : about.details->references) {
      if (auto url = http_url(reference); !url.empty() && urls.size() < most_links)
        urls.push_back(std::move(url));
    }
    if (urls.empty()) return;
    json_.key("links").begin_array();
    for (const auto& url : urls) json_.one_line().begin_object().member("url", url).end_object();
    json_.end_array();
  }

  const gate::DecisionRecord& record_;
  GitlabKind kind_;
  std::vector<std::uint32_t> rows_;
  FixIndex fixes_;
  std::size_t other_kinds_{};
  std::vector<Message> messages_;
  bool failed_{};
  FindingIds ids_;
  JsonWriter json_;
};

}  // namespace

std::optional<GitlabKind> find_gitlab_kind(std::string_view path) {
  const auto name = to_lower_ascii(path.substr(path.rfind('/') + 1));
  if (name.find("secret") != std::string::npos) return GitlabKind::secret_detection;
  if (name.find("dependency") != std::string::npos) return GitlabKind::dependency_scanning;
  if (name.find("sast") != std::string::npos) return GitlabKind::sast;
  return std::nullopt;
}

void write_gitlab(const gate::DecisionRecord& record, const ReportOptions& options, std::ostream& out) {
  GitlabReport(record, options.gitlab_kind.value_or(kind_of(record)), out).write();
}

}  // namespace kolega::report
