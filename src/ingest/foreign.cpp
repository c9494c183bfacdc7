#include "ingest/foreign.hpp"

#include "base/json.hpp"
#include "ingest/results.hpp"
#include "ingest/sarif.hpp"
#include "ingest/semgrep.hpp"

namespace kolega::ingest {

namespace {

/// Watches the top-level members go by until they tell the format.
class FormatSink final : public JsonSink {
 public:
  std::optional<Format> found() const {
    if (record_) return Format::record;
    if (runs_ && version_) return Format::sarif;
    if (findings_ && batch_id_) return Format::results;
    if (semgrep_row_) return Format::semgrep;
    return std::nullopt;
  }
  /// What only the end of the document can tell: SARIF without a version, a scan without results.
  std::optional<Format> found_at_end() const {
    if (const auto format = found()) return format;
    if (runs_) return Format::sarif;
    if (results_ && !foreign_row_) return Format::semgrep;
    return std::nullopt;
  }

  void begin_object() override {
    if (depth_ == 2 && in_results_) in_row_ = true;
    ++depth_;
  }
  void end_object() override {
    --depth_;
    if (depth_ == 2 && in_row_) {
      in_row_ = false;
      semgrep_row_ = row_members_ == 2;
      foreign_row_ = foreign_row_ || !semgrep_row_;
      row_members_ = 0;
    }
  }
  void begin_array() override {
    if (depth_ == 1) {
      in_results_ = key_ == "results";
      results_ = results_ || in_results_;
      runs_ = runs_ || key_ == "runs";
      findings_ = findings_ || key_ == "findings";
    }
    ++depth_;
  }
  void end_array() override {
    --depth_;
    if (depth_ == 1) in_results_ = false;
  }
  int key(std::string_view name) override {
    if (depth_ == 1) key_ = name.substr(0, 32);
    if (depth_ == 3 && in_row_ && (name == "check_id" || name == "extra")) ++row_members_;
    return unnumbered;
  }
  void string(std::string_view value) override {
    if (depth_ != 1) return;
    version_ = version_ || key_ == "version";
    batch_id_ = batch_id_ || key_ == "batch_id";
    record_ = record_ || (key_ == "format" && value.starts_with("kolega-gate/decision-record/"));
  }
  void integer(std::int64_t) override {}
  void number(double) override {}
  void boolean(bool) override {}
  void null() override {
    if (depth_ == 1 && key_ == "results") results_ = true;
  }

 private:
  std::size_t depth_{};
  std::string key_;
  int row_members_{};
  bool in_results_{};
  bool in_row_{};
  bool record_{};
  bool runs_{};
  bool version_{};
  bool findings_{};
  bool batch_id_{};
  bool results_{};
  bool semgrep_row_{};
  bool foreign_row_{};
};

/// Mostly the first bytes decide. They are fed singly, because what follows may be no JSON document any more:
/// a record may hold several, one a line.
constexpr std::size_t fed_singly = 4096;
constexpr std::size_t part = 64 * 1024;

/// JSON begins with one of these. What does not is some other file, and no byte of it is to blame.
bool may_be_json(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  return begin == std::string_view::npos || text[begin] == '{' || text[begin] == '[';
}

std::optional<Format> find_format(std::string_view text, const std::string& what) {
  FormatSink sink;
  JsonParser parser(sink, what, ErrorKind::input);
  for (std::size_t at = 0; at < text.size();) {
    const auto length = at < fed_singly ? 1 : part;
    parser.feed(text.substr(at, length));
    if (const auto format = sink.found()) return format;
    at += length;
  }
  parser.finish();
  return sink.found_at_end();
}

void fill_counts(ForeignScan& scan, const std::string& id) {
  auto& batch = scan.batch;
  batch.origin = BatchOrigin::file;
  if (batch.id.empty()) batch.id = id;
  if (batch.status.empty()) batch.status = "completed";
  if (batch.results_status.empty()) batch.results_status = batch.status;
  if (scan.guessed) batch.type = *scan.guessed;
  batch.rows_received = static_cast<std::int64_t>(scan.findings.size());
  if (!batch.findings_count) batch.findings_count = batch.rows_received;
  scan.findings.set_scan_type(batch.type);
}

ForeignScan read_results(const TextSource& source, const std::string& file, TextPool& pool) {
  ForeignScan scan;
  ResultsDecoder decoder(pool, scan.findings, file, ErrorKind::input);
  source.read([&](std::string_view bytes) { decoder.feed(bytes); });
  const auto head = decoder.finish();
  scan.batch.id = head.batch_id;
  scan.batch.status = head.status;
  scan.batch.findings_count = head.findings_count;
  scan.tool = "Kolega";
  scan.guessed = head.scan_type;
  return scan;
}

/// A fingerprint must be unique in the whole file, so the scans' findings are looked at together.
void assign_in_file(std::vector<ForeignScan>& scans, TextPool& pool) {
  if (scans.size() == 1) return assign_fingerprints(scans.front().findings, pool, scans.front().line_identity);
  FindingRows all;
  std::vector<bool> line_identity;
  for (const auto& scan : scans) {
    all.append(scan.findings);
    line_identity.insert(line_identity.end(), scan.line_identity.begin(), scan.line_identity.end());
  }
  assign_fingerprints(all, pool, line_identity);
  std::size_t next = 0;
  for (auto& scan : scans) {
    scan.findings.change_all([&](Finding& finding) { finding.fingerprint = all.fingerprint(next++); });
  }
}

std::vector<ForeignScan> read_sarif_scans(const TextSource& source, const std::string& file, TextPool& pool) {
  std::vector<ForeignScan> scans;
  for (auto& run : read_sarif(source, file, pool)) {
    scans.push_back(settle(std::move(run), "/runs/" + std::to_string(scans.size()), pool));
  }
  if (scans.empty()) {
    scans.emplace_back();
    scans.back().batch.shortcomings.emplace_back("the file holds no run: nothing was scanned");
  }
  return scans;
}

/// Tools of Microsoft begin their files with a byte order mark, which a reader may skip (RFC 8259, 8.1).
TextSource without_mark(const TextSource& source) {
  static constexpr std::string_view mark = "\xEF\xBB\xBF";
  if (!source.text.starts_with(mark)) return source;
  const auto told = source.consumed;
  if (!told) return source.text.substr(mark.size());
  return {source.text.substr(mark.size()), [told](std::size_t bytes) { told(bytes + mark.size()); }};
}

}  // namespace

std::optional<Format> detect_format(std::string_view text) {
  try {
    return find_format(without_mark(text).text, "the file");
  } catch (const Error&) {
    // Not JSON, or cut off before it could be told: what it is not is an answer here, not a failure.
    return std::nullopt;
  }
}

ForeignFile read_foreign(const TextSource& given, const std::string& file, TextPool& pool) {
  const auto source = without_mark(given);
  constexpr auto read_formats = "read are SARIF 2.1.0, saved /results of Kolega, Semgrep's JSON and decision records";
  if (!may_be_json(source.text)) throw Error(ErrorKind::input, file + ": this is no JSON", read_formats);
  const auto format = find_format(source.text, file);
  if (!format) {
    throw Error(
        ErrorKind::input,
        file +
            ": neither SARIF nor saved /results nor Semgrep's JSON nor a decision record: none of their "
            "members is at its top level",
        "let the scanner write SARIF 2.1.0");
  }
  ForeignFile out{*format, {}};
  switch (*format) {
    case Format::record:
      return out;
    case Format::results:
      out.scans.push_back(read_results(source, file, pool));
      break;
    case Format::semgrep:
      out.scans.push_back(read_semgrep(source, file, pool));
      assign_in_file(out.scans, pool);
      break;
    case Format::sarif:
      out.scans = read_sarif_scans(source, file, pool);
      assign_in_file(out.scans, pool);
      break;
  }
  for (std::size_t i = 0; i < out.scans.size(); ++i) {
    fill_counts(out.scans[i], out.scans.size() == 1 ? file : file + "#" + std::to_string(i + 1));
  }
  return out;
}

}  // namespace kolega::ingest
