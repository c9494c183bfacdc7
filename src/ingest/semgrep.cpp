#include "ingest/semgrep.hpp"

#include <array>

#include "base/text.hpp"
#include "ingest/foreign_words.hpp"
#include "ingest/path_reader.hpp"
#include "ingest/remarks.hpp"
#include "ingest/sarif.hpp"
#include "model/severity.hpp"

namespace kolega::ingest {

namespace {

enum Place {
  root,
  version,
  errors,
  error,
  error_message,
  results,
  result,
  check_id,
  path_place,
  line,
  end_line,
  message,
  severity,
  fingerprint,
  ignored,
  cwe,
  cwe_item,
  owasp,
  owasp_item,
  finding_id,
};

const PathTable& table() {
  static const PathTable table{
      {"", root},
      {"version", version},
      {"errors", errors},
      {"errors/[]", error},
      {"errors/[]/message", error_message},
      {"results", results},
      {"results/[]", result},
      {"results/[]/check_id", check_id},
      {"results/[]/path", path_place},
      {"results/[]/start/line", line},
      {"results/[]/end/line", end_line},
      {"results/[]/extra/message", message},
      {"results/[]/extra/severity", severity},
      {"results/[]/extra/fingerprint", fingerprint},
      {"results/[]/extra/is_ignored", ignored},
      {"results/[]/extra/metadata/cwe", cwe},
      {"results/[]/extra/metadata/cwe/[]", cwe_item},
      {"results/[]/extra/metadata/owasp", owasp},
      {"results/[]/extra/metadata/owasp/[]", owasp_item},
      {"results/[]/extra/metadata/finding_id", finding_id},
  };
  return table;
}

/// Semgrep's words for what SARIF calls error and warning; the other words go on as they are.
std::string_view severity_word(std::string_view word) {
  const auto severity = find_severity_of_level(word);
  return severity ? name_of(*severity) : word;
}

class SemgrepReader final : public PathReader {
 public:
  SemgrepReader(const std::string& file, TextPool& pool) : PathReader(table()), file_(file), pool_(pool) {}

  ForeignScan take() {
    if (!has_results_) add_shortcoming("results absent: the file says that none were computed");
    if (errors_ > 0) {
      add_shortcoming("the scanner reports " + plural(errors_, "error") +
                      (first_error_.empty() ? "" : ", first: " + printable(first_error_, 200)));
    }
    if (is_kolega_ && version_.empty()) {
      scan_.tool = "Kolega";
      scan_.guessed = ScanType::deep_ai_scan;
    } else {
      scan_.tool = version_.empty() ? "Semgrep" : "Semgrep " + version_;
      scan_.guessed = ScanType::semgrep_scan;
    }
    scan_.notes = remarks_.lines();
    return std::move(scan_);
  }

 private:
  void remark(std::string_view what) { remarks_.add(what, path()); }
  void add_shortcoming(std::string text) { scan_.batch.shortcomings.push_back(std::move(text)); }

  std::string_view text_of(const JsonScalar& scalar) {
    if (scalar.kind != JsonScalar::Kind::string && scalar.kind != JsonScalar::Kind::null) odd_type();
    return scalar.text;
  }
  void odd_type() { remark("members of another type than Semgrep's, ignored"); }

  void value(int place, const JsonScalar& scalar) override {
    switch (static_cast<Place>(place)) {
      case version:
        version_ = text_of(scalar);
        break;
      case error_message:
        if (first_error_.empty()) first_error_ = text_of(scalar);
        break;
      case check_id:
        finding_.check_id = pool_.intern(text_of(scalar));
        break;
      case path_place:
        finding_.path = pool_.recall(text_of(scalar));
        break;
      case line:
        finding_.line = line_of(scalar);
        break;
      case end_line:
        finding_.end_line = line_of(scalar);
        break;
      case message:
        finding_.message = pool_.recall(text_of(scalar));
        break;
      case severity:
        finding_.severity_word = pool_.intern(severity_word(text_of(scalar)));
        break;
      case fingerprint:
        set_fingerprint(text_of(scalar));
        break;
      case ignored:
        if (scalar.flag) remark("results ignored by a comment in the code: counted as findings");
        break;
      case cwe_item:
        add_cwe(text_of(scalar), cwe_);
        break;
      case owasp_item:
        add_owasp(text_of(scalar));
        break;
      case finding_id:
        is_kolega_ = true;
        break;
      case root:
      case errors:
      case error:
      case results:
      case result:
      case cwe:
      case owasp:
        break;
    }
  }

  void enter(int place) override {
    if (place == results) has_results_ = true;
    if (place == error) ++errors_;
    if (place != result) return;
    finding_ = {};
    cwe_.clear();
    owasp_.clear();
  }

  void leave(int place) override {
    if (place != result) return;
    if (finding_.check_id.empty()) {
      remark("results without a check_id");
      finding_.check_id = pool_.intern("(no rule)");
    }
    if (finding_.path.empty()) remark("results without a path");
    if (finding_.message.empty()) {
      remark("results without a message, which get a placeholder");
      finding_.message = pool_.intern("(the file gives no message for this result)");
    }
    if (finding_.end_line < finding_.line) finding_.end_line = finding_.line;
    finding_.cwe = list_of(cwe_);
    finding_.owasp = list_of(owasp_);
    scan_.findings.push_back(finding_);
  }

  void wrong_shape(int place, std::string_view wanted, const JsonScalar* scalar) override {
    const bool is_null = scalar && scalar->kind == JsonScalar::Kind::null;
    const bool is_text = scalar && scalar->kind == JsonScalar::Kind::string;
    if (place == root) throw Error(ErrorKind::input, file_ + ": not " + std::string(wanted));
    if (place == cwe && is_text) return add_cwe(scalar->text, cwe_);
    if (place == owasp && is_text) return add_owasp(scalar->text);
    if (place == result) {
      if (unreadable_++ == 0) add_shortcoming("results cannot be read: not objects");
      return remark("results that are no objects");
    }
    if (place == error) ++errors_;
    if (is_null) return;
    if (place == errors) ++errors_;
    odd_type();
  }

  void set_fingerprint(std::string_view text) {
    // Without an account Semgrep writes "requires login" for all.
    if (text.find(' ') == std::string_view::npos) finding_.fingerprint = pool_.add_fingerprint(text);
  }
  void add_owasp(std::string_view text) { add_tag("owasp " + std::string(text), cwe_, owasp_); }

  std::uint32_t line_of(const JsonScalar& scalar) {
    const auto line = find_line_number(scalar);
    if (!line) remark(odd_line_remark);
    return line.value_or(0);
  }

  TextList list_of(const std::vector<std::string>& words) {
    views_.assign(words.begin(), words.end());
    return pool_.intern_list(views_);
  }

  std::string file_;
  TextPool& pool_;
  ForeignScan scan_;
  Remarks remarks_;
  std::string version_;
  std::string first_error_;
  std::size_t errors_{};
  std::uint64_t unreadable_{};
  bool has_results_{};
  bool is_kolega_{};
  Finding finding_;
  std::vector<std::string> cwe_;
  std::vector<std::string> owasp_;
  std::vector<std::string_view> views_;
};

}  // namespace

ForeignScan read_semgrep(const TextSource& source, const std::string& file, TextPool& pool) {
  SemgrepReader reader(file, pool);
  JsonParser parser(reader, file, ErrorKind::input);
  source.read([&](std::string_view part) { parser.feed(part); });
  parser.finish();
  return reader.take();
}

}  // namespace kolega::ingest
