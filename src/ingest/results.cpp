#include "ingest/results.hpp"

#include <algorithm>
#include <array>

#include "ingest/strict_reader.hpp"

namespace kolega::ingest {

namespace {

enum ResultsPlace {
  results_root,
  batch_id,
  scan_type,
  status,
  findings_count,
  findings,
  row,
  row_check_id,
  row_path,
  row_severity,
  row_message,
  row_fingerprint,
  row_cwe,
  row_cwe_item,
  row_owasp,
  row_owasp_item,
};

const PathTable& results_table() {
  static const PathTable table{
      {"", results_root},
      {"batch_id", batch_id},
      {"scan_type", scan_type},
      {"status", status},
      {"findings_count", findings_count},
      {"findings", findings},
      {"findings/[]", row},
      {"findings/[]/check_id", row_check_id},
      {"findings/[]/file_path", row_path},
      {"findings/[]/severity", row_severity},
      {"findings/[]/message", row_message},
      {"findings/[]/cwe", row_cwe},
      {"findings/[]/cwe/[]", row_cwe_item},
      {"findings/[]/owasp", row_owasp},
      {"findings/[]/owasp/[]", row_owasp_item},
      {"findings/[]/fingerprint", row_fingerprint},
  };
  return table;
}

constexpr std::array<Required, 5> head_members{{{batch_id, "batch_id"},
                                                {scan_type, "scan_type"},
                                                {status, "status"},
                                                {findings_count, "findings_count"},
                                                {findings, "findings"}}};
constexpr std::array<Required, 5> row_members{{{row_check_id, "check_id"},
                                               {row_path, "file_path"},
                                               {row_severity, "severity"},
                                               {row_message, "message"},
                                               {row_fingerprint, "fingerprint"}}};

/// Of a list that does not end. A few rows more than announced are a fact that the gate judges; what
/// announces nothing (the count may stand behind the rows) has a limit too.
constexpr std::int64_t tolerated_surplus = 10'000;
constexpr std::int64_t most_unannounced = 10'000'000;

class ResultsReader final : public StrictReader {
 public:
  ResultsReader(TextPool& pool, FindingRows& rows, std::string what, ErrorKind kind)
      : StrictReader(results_table(), pool, std::move(what), kind), rows_(rows), first_row_(rows.size()) {}

  ResultsHead take_head() {
    if (!typed_) assign_scan_type();
    return std::move(head_);
  }

 private:
  /// The scan type may stand behind rows, and a second one would count.
  void assign_scan_type() {
    for (auto i = first_row_; i < rows_.size(); ++i) {
      Finding row = rows_[i];
      row.scan_type = head_.scan_type;
      rows_.set(i, row);
    }
  }

  void value(int place, const JsonScalar& scalar) override {
    switch (static_cast<ResultsPlace>(place)) {
      case batch_id:
        head_.batch_id = string_of(scalar);
        break;
      case scan_type:
        head_.scan_type = scan_type_of(scalar);
        typed_ = rows_.size() == first_row_;
        break;
      case status:
        head_.status = string_of(scalar);
        break;
      case findings_count:
        head_.findings_count = count_of(scalar);
        most_rows_ = std::min(head_.findings_count, most_unannounced) + tolerated_surplus;
        break;
      case row_check_id:
        finding_.check_id = pool().intern(string_of(scalar));
        break;
      case row_path:
        set_path(string_of(scalar));
        break;
      case row_severity:
        finding_.severity_word = pool().intern(string_of(scalar));
        break;
      case row_message:
        finding_.message = pool().recall(string_of(scalar));
        break;
      case row_fingerprint:
        set_fingerprint(string_of(scalar));
        break;
      case row_cwe_item:
        words_.push_back(pool().intern(string_of(scalar)));
        return;
      case row_owasp_item:
        words_.push_back(pool().intern(string_of(scalar)));
        return;
      case results_root:
      case findings:
      case row:
      case row_cwe:
      case row_owasp:
        return;
    }
    (place < row ? head_seen_ : row_seen_).mark(place);
  }
  /// A file's findings mostly follow each other.
  void set_path(std::string_view text) {
    if (path_.view() != text) path_ = pool().recall(text);
    finding_.path = path_;
  }
  /// An empty fingerprint would make one unit of findings that are not one.
  void set_fingerprint(std::string_view text) {
    if (text.empty()) fail("empty");
    finding_.fingerprint = pool().add_fingerprint(text);
  }
  void enter(int place) override {
    if (place == row) {
      finding_ = {};
      finding_.scan_type = head_.scan_type;
      row_seen_.clear();
    } else if (place == findings) {
      head_seen_.mark(place);
    } else if (place == row_cwe || place == row_owasp) {
      words_.clear();
    }
  }
  void leave(int place) override {
    if (place == row) {
      require_all(row_seen_, row_members);
      rows_.push_back(finding_);
      if (static_cast<std::int64_t>(rows_.size() - first_row_) > most_rows_)
        fail("more findings than there can be");
    } else if (place == row_cwe) {
      finding_.cwe = pool().intern_list(words_);
    } else if (place == row_owasp) {
      finding_.owasp = pool().intern_list(words_);
    } else if (place == results_root) {
      require_all(head_seen_, head_members);
    }
  }
  void wrong_shape(int place, std::string_view wanted, const JsonScalar* scalar) override {
    const bool absent = scalar && scalar->kind == JsonScalar::Kind::null;
    if (absent && (place == row_cwe || place == row_owasp)) return;
    StrictReader::wrong_shape(place, wanted, scalar);
  }

  FindingRows& rows_;
  std::size_t first_row_;
  bool typed_{};  ///< the scan type was there before the rows
  std::int64_t most_rows_{most_unannounced};
  ResultsHead head_;
  Finding finding_;
  Text path_;  ///< of the row before
  std::vector<Text> words_;  ///< of the array that is being read
  Seen head_seen_;
  Seen row_seen_;
};

}  // namespace

struct ResultsDecoder::State {
  State(TextPool& pool, FindingRows& rows, const std::string& what, ErrorKind kind)
      : reader(pool, rows, what, kind), parser(reader, what, kind) {}
  ResultsReader reader;
  JsonParser parser;
};

ResultsDecoder::ResultsDecoder(TextPool& pool, FindingRows& rows, std::string what, ErrorKind kind)
    : state_(std::make_unique<State>(pool, rows, what, kind)) {}
ResultsDecoder::~ResultsDecoder() = default;

void ResultsDecoder::feed(std::string_view bytes) {
  state_->parser.feed(bytes);
}

ResultsHead ResultsDecoder::finish() {
  state_->parser.finish();
  return state_->reader.take_head();
}

}  // namespace kolega::ingest
