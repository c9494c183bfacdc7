#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "ingest/foreign_words.hpp"
#include "ingest/path_reader.hpp"
#include "ingest/sarif.hpp"
#include "ingest/sarif_invocation.hpp"
#include "ingest/sarif_places.hpp"
#include "ingest/sarif_words.hpp"

namespace kolega::ingest {

namespace {

class SarifReader final : public PathReader {
 public:
  SarifReader(std::string file, TextPool& pool)
      : PathReader(sarif_table()), file_(std::move(file)), pool_(pool) {}

  std::vector<SarifRun> take_runs() {
    if (version_.empty() && !runs_.empty()) runs_[0].remarks.add("the file names no SARIF version", "");
    for (auto& run : runs_) {
      if (inline_results_) run.shortcomings.push_back("results in inlineExternalProperties are not read");
    }
    return std::move(runs_);
  }

 private:
  enum class Rank { none, partial, primary, own };

  SarifRun& now() { return runs_.back(); }
  SarifComponent& component() { return now().components[component_at_]; }
  SarifRule& current_rule() { return component().rules.back(); }
  void remark(std::string_view what) { now().remarks.add(what, path()); }

  /// The text of a scalar; another kind is remarked, null is absent.
  std::string_view text_of(const JsonScalar& scalar) {
    if (scalar.kind != JsonScalar::Kind::string && scalar.kind != JsonScalar::Kind::null) odd_type();
    return scalar.text;
  }
  std::int64_t index_of(const JsonScalar& scalar) {
    if (scalar.kind == JsonScalar::Kind::integer && scalar.integer >= -1) return scalar.integer;
    odd_type();
    return -1;
  }
  /// Rows often repeat what the row before them said.
  Text interned(const JsonScalar& scalar, Text& last) {
    const auto text = text_of(scalar);
    if (last.view() != text) last = pool_.intern(text);
    return last;
  }
  Text recalled(const JsonScalar& scalar, Text& last) {
    const auto text = text_of(scalar);
    if (last.view() != text) last = pool_.recall(text);
    return last;
  }
  void odd_type() { remark("members of another type than SARIF's, ignored"); }

  void value(int place, const JsonScalar& scalar) override {
    if (place >= results) {
      result_value(static_cast<SarifPlace>(place), scalar);
    } else if (place >= invocations) {
      run_value(static_cast<SarifPlace>(place), scalar);
    } else {
      tool_value(static_cast<SarifPlace>(place), scalar);
    }
  }

  void tool_value(SarifPlace place, const JsonScalar& scalar) {
    switch (place) {
      case version:
        check_version(scalar);
        break;
      case newline_sequence:
        add_newline_sequence(text_of(scalar));
        break;
      case component_name:
        component().name = text_of(scalar);
        break;
      case component_version:
        component().version = text_of(scalar);
        break;
      case component_semantic_version:
        component().semantic_version = text_of(scalar);
        break;
      case component_guid:
        component().guid = text_of(scalar);
        break;
      case component_message_text:
        component().messages.back().second = text_of(scalar);
        break;
      case rule_id:
        current_rule().id = text_of(scalar);
        break;
      case rule_level:
        current_rule().level = text_of(scalar);
        break;
      case rule_score:
        set_score(scalar, current_rule().security_severity);
        break;
      case rule_tag:
        add_tag(text_of(scalar), current_rule().cwe, current_rule().owasp);
        break;
      case rule_cwe_item:
        add_cwe_scalar(scalar, current_rule().cwe);
        break;
      case rule_owasp_item:
        add_owasp(text_of(scalar));
        break;
      case rule_message_text:
        current_rule().messages.back().second = text_of(scalar);
        break;
      case rule_target_id:
        taxon_.id = text_of(scalar);
        break;
      case rule_target_component:
        taxon_.component = text_of(scalar);
        break;
      default:
        break;
    }
  }

  void run_value(SarifPlace place, const JsonScalar& scalar) {
    switch (place) {
      case invocation_success:
        read_success(scalar, now());
        break;
      case invocation_signal:
        read_signal(scalar, now());
        break;
      case invocation_start_failure:
        read_start_failure(scalar, now());
        break;
      case invocation_start:
        set_instant(scalar, now().started_at);
        break;
      case invocation_end:
        set_instant(scalar, now().completed_at);
        break;
      case invocation_directory:
        now().working_directories.emplace_back(text_of(scalar));
        break;
      case notification_level:
        notification_level_ = text_of(scalar);
        break;
      case notification_text:
        notification_text_ = text_of(scalar);
        break;
      case base_uri:
        now().bases.back().uri = text_of(scalar);
        break;
      case base_parent:
        now().bases.back().parent = text_of(scalar);
        break;
      case artifact_uri:
        now().artifacts.back().uri = pool_.intern(text_of(scalar));
        break;
      case artifact_base:
        now().artifacts.back().base = pool_.intern(text_of(scalar));
        break;
      default:
        break;
    }
  }

  void result_value(SarifPlace place, const JsonScalar& scalar) {
    switch (place) {
      case result_rule_id:
        kind_.rule_id = interned(scalar, last_rule_);
        break;
      case result_descriptor_id:
        if (kind_.rule_id.empty()) kind_.rule_id = pool_.intern(text_of(scalar));
        break;
      case result_rule_index:
        if (kind_.rule_index < 0) kind_.rule_index = index_of(scalar);
        break;
      case result_descriptor_index:
        kind_.rule_index = index_of(scalar);
        break;
      case result_component_index:
        kind_.component_index = index_of(scalar);
        break;
      case result_component_name:
        kind_.component = pool_.intern(text_of(scalar));
        break;
      case result_level:
        kind_.level = interned(scalar, last_level_);
        break;
      case result_kind:
        kind_.kind = interned(scalar, last_kind_);
        break;
      case result_message_text:
        finding_.message = pool_.recall(text_of(scalar));
        break;
      case result_message_markdown:
        markdown_ = text_of(scalar);
        break;
      case result_message_id:
        kind_.message_id = pool_.intern(text_of(scalar));
        break;
      case result_argument:
        arguments_.emplace_back(text_of(scalar));
        break;
      case result_fingerprint:
        offer_identity(Rank::own, text_of(scalar));
        break;
      case result_partial_fingerprint:
        offer_partial(text_of(scalar));
        break;
      case result_suppression_status:
        suppression_status_ = text_of(scalar);
        break;
      case result_baseline_state:
        absent_ = text_of(scalar) == "absent";
        break;
      case result_target_uri:
        target_.uri = pool_.intern(text_of(scalar));
        break;
      case result_target_base:
        target_.base = pool_.intern(text_of(scalar));
        break;
      case result_target_index:
        target_.index = index_of(scalar);
        break;
      case result_score:
        set_score(scalar, kind_.security_severity);
        break;
      case result_tag:
        add_tag(text_of(scalar), cwe_, owasp_);
        break;
      case result_cwe_item:
        add_cwe_scalar(scalar, cwe_);
        break;
      case result_taxon_id:
        taxon_.id = text_of(scalar);
        break;
      case result_taxon_component:
        taxon_.component = text_of(scalar);
        break;
      case location_uri:
        location_.uri = recalled(scalar, last_uri_);
        break;
      case location_base:
        location_.base = interned(scalar, last_base_);
        break;
      case location_index:
        location_.index = index_of(scalar);
        break;
      case location_line:
        line_ = line_of(scalar);
        break;
      case location_end_line:
        end_line_ = line_of(scalar);
        break;
      default:
        break;
    }
  }

  void enter(int place) override {
    switch (static_cast<SarifPlace>(place)) {
      case run:
        runs_.emplace_back();
        newlines_.clear();
        kinds_.clear();
        last_kind_key_.reset();
        break;
      case driver:
        component_at_ = 0;
        break;
      case extension:
        now().components.emplace_back();
        component_at_ = now().components.size() - 1;
        break;
      case component_message:
        component().messages.emplace_back(name(), "");
        break;
      case rule:
        component().rules.emplace_back();
        break;
      case rule_message:
        current_rule().messages.emplace_back(name(), "");
        break;
      case rule_target:
      case result_taxon:
        taxon_ = {};
        break;
      case invocation:
        ++now().invocations;
        break;
      case notification:
        notification_level_ = "warning";
        notification_text_.clear();
        break;
      case base:
        now().bases.push_back({name(), "", ""});
        break;
      case artifact:
        now().artifacts.emplace_back();
        break;
      case inline_result:
        inline_results_ = true;
        break;
      case external_results:
        now().shortcomings.push_back("results are kept in another file, which was not given");
        break;
      case results:
        now().has_results = true;
        break;
      case result:
        begin_result();
        break;
      case result_arguments:
        arguments_.clear();
        break;
      case result_suppression:
        suppression_status_ = "accepted";
        break;
      case location:
        location_ = {};
        line_ = end_line_ = 0;
        break;
      default:
        break;
    }
  }

  void leave(int place) override {
    switch (static_cast<SarifPlace>(place)) {
      case rule_target:
        add_taxon(taxon_, current_rule().cwe, current_rule().owasp);
        break;
      case result_taxon:
        add_taxon(taxon_, cwe_, owasp_);
        break;
      case notification:
        note_notification();
        break;
      case result_suppression:
        suppressed_ = suppressed_ || suppression_status_ == "accepted";
        break;
      case location:
        take_location();
        break;
      case result:
        end_result();
        break;
      default:
        break;
    }
  }

  void wrong_shape(int place, std::string_view wanted, const JsonScalar* scalar) override {
    const bool is_null = scalar && scalar->kind == JsonScalar::Kind::null;
    if (place == root)
      throw Error(ErrorKind::input, file_ + ": not a SARIF file: the top level is not an object");
    if (place == inline_result) {
      inline_results_ = true;
      return;
    }
    if (runs_.empty() || place == run) {
      if (is_null && place != run) return;
      if (place == run) {
        runs_.emplace_back();
        kinds_.clear();
        last_kind_key_.reset();
      }
      if (runs_.empty())
        throw Error(ErrorKind::input, file_ + ": " + path() + ": not " + std::string(wanted));
      now().shortcomings.push_back("the run cannot be read: it is not an object");
      return;
    }
    if (place == result) {
      // Said once; the remark counts.
      if (now().unreadable++ == 0) now().shortcomings.push_back("results cannot be read: not objects");
      remark("results that are no objects");
      return;
    }
    if (scalar && scalar->kind == JsonScalar::Kind::string && place == rule_owasp)
      return add_owasp(scalar->text);
    if (scalar && !is_null && place == rule_cwe) return add_cwe_scalar(*scalar, current_rule().cwe);
    if (scalar && !is_null && place == result_cwe) return add_cwe_scalar(*scalar, cwe_);
    if (place == invocation_success) return refuse_invocation("executionSuccessful is neither true nor false", now());
    if (place == invocation || (place == invocations && !is_null)) return refuse_invocation("its invocations cannot be read", now());
    if (is_null) return;
    if (place == results) now().shortcomings.push_back("results cannot be read: not an array");
    odd_type();
  }

  void check_version(const JsonScalar& scalar) {
    version_ = scalar.text;
    if (!version_.starts_with("2.1")) {
      throw Error(ErrorKind::input,
                  file_ + ": /version: SARIF version '" + printable(version_, 40) + "' is not read",
                  "write the file as SARIF 2.1.0");
    }
  }

  void add_newline_sequence(std::string_view sequence) {
    if (std::find(newlines_.begin(), newlines_.end(), sequence) != newlines_.end()) {
      return remark("newlineSequences that name one sequence twice");
    }
    newlines_.emplace_back(sequence);
  }

  void add_owasp(std::string_view text) {
    add_tag("owasp " + std::string(text), current_rule().cwe, current_rule().owasp);
  }

  void add_cwe_scalar(const JsonScalar& scalar, std::vector<std::string>& cwe) {
    if (scalar.kind == JsonScalar::Kind::integer) return add_cwe(std::to_string(scalar.integer), cwe);
    add_cwe(text_of(scalar), cwe);
  }

  void set_score(const JsonScalar& scalar, std::optional<double>& out) {
    if (scalar.kind == JsonScalar::Kind::null) return;
    // GitHub documents scores above 0 up to 10. What lies beyond is not read as harmless.
    const auto score = find_score(scalar);
    if (!score || !(*score > 0))
      return remark("security-severity that is no number above 0, so the level decides");
    if (*score > 10) remark("security-severity above 10, taken as 10");
    out = std::min(*score, 10.0);
  }

  void set_instant(const JsonScalar& scalar, std::optional<Instant>& out) {
    const auto text = text_of(scalar);
    const auto at = parse_instant(text);
    if (!at) return remark("dates that do not exist or do not parse, ignored");
    out = at;
  }

  void note_notification() {
    if (notification_level_ != "error") return;
    now().remarks.add("errors that the tool reports of itself (" + printable(notification_text_, 200) + ")",
                      path());
  }

  std::uint32_t line_of(const JsonScalar& scalar) {
    const auto line = find_line_number(scalar);
    if (!line) remark(odd_line_remark);
    return line.value_or(0);
  }

  void begin_result() {
    finding_ = {};
    kind_ = {};
    result_ = {};
    arguments_.clear();
    markdown_.clear();
    cwe_.clear();
    owasp_.clear();
    target_ = {};
    located_ = suppressed_ = absent_ = false;
    identity_rank_ = Rank::none;
  }

  void take_location() {
    if (located_ || (location_.uri.empty() && location_.index < 0)) return;
    located_ = true;
    result_.file = location_;
    finding_.line = line_;
    finding_.end_line = end_line_ == 0 ? line_ : end_line_;
    if (finding_.end_line < line_) {
      remark("regions that end before they start, cut to their first line");
      finding_.end_line = line_;
    }
  }

  void offer_identity(Rank rank, std::string_view text) {
    if (rank <= identity_rank_ || !is_identity(text)) return;
    identity_ = text;
    identity_rank_ = rank;
  }
  void offer_partial(std::string_view text) {
    if (is_commit_fact(name())) return;
    offer_identity(name().starts_with("primaryLocationLineHash") ? Rank::primary : Rank::partial, text);
  }

  /// Kinds other than "fail" come without a level; with one they contradict themselves and count.
  bool is_no_finding() {
    const auto kind = kind_.kind.view();
    if (absent_) {
      remark("results of baselineState absent: gone since an earlier run, not findings");
      return true;
    }
    if (kind == "pass" || kind == "notApplicable") {
      if (kind_.level.empty() || kind_.level.view() == "none") {
        remark("results of kind pass or notApplicable: not findings");
        return true;
      }
      remark("results of kind pass or notApplicable with a level: counted as findings");
    } else if (kind == "informational" || kind == "open" || kind == "review") {
      remark("results of kind " + kind_.kind.str() + ": counted as findings");
    } else if (!kind.empty() && kind != "fail") {
      remark("results of an unknown kind: counted as findings");
    }
    return false;
  }

  void end_result() {
    if (is_no_finding()) return;
    if (suppressed_) remark("results that the tool marks as suppressed: counted as findings");
    if (finding_.message.empty() && !markdown_.empty()) finding_.message = pool_.recall(markdown_);
    if (!located_) result_.file = target_;
    if (identity_rank_ != Rank::none) finding_.fingerprint = pool_.add_fingerprint(identity_);
    result_.line_identity = identity_rank_ == Rank::primary;
    result_.arguments = list_of(arguments_);
    finding_.cwe = list_of(cwe_);
    finding_.owasp = list_of(owasp_);
    result_.kind = index_of_kind();
    now().findings.push_back(finding_);
    push(now().results, result_);
  }

  std::uint32_t index_of_kind() {
    const auto key = kind_.key();
    if (last_kind_key_ != key) {
      const auto next = static_cast<std::uint32_t>(now().kinds.size());
      const auto [known, fresh] = kinds_.try_emplace(key, next);
      if (fresh) now().kinds.push_back(kind_);
      last_kind_key_ = key;
      last_kind_index_ = known->second;
    }
    return last_kind_index_;
  }

  /// Nobody says how many results will come. A long list gets room for many more, because room takes memory only where
  /// it is used, and moving rows takes it twice.
  template <class Row>
  static void push(std::vector<Row>& rows, const Row& row) {
    constexpr std::size_t few = 8192;
    if (rows.size() == rows.capacity() && rows.size() >= few) rows.reserve(rows.size() * 8);
    rows.push_back(row);
  }

  TextList list_of(const std::vector<std::string>& words) {
    views_.assign(words.begin(), words.end());
    return pool_.intern_list(views_);
  }

  std::string file_;
  TextPool& pool_;
  std::vector<SarifRun> runs_;
  std::string version_;
  bool inline_results_{};
  std::size_t component_at_{};
  std::vector<std::string> newlines_;
  // The result that is being read.
  Finding finding_;
  SarifKind kind_;
  SarifResult result_;
  std::map<decltype(kind_.key()), std::uint32_t> kinds_;  ///< of the run that is being read
  std::optional<decltype(kind_.key())> last_kind_key_;
  std::uint32_t last_kind_index_{};
  std::string markdown_;
  std::vector<std::string> arguments_;
  std::vector<std::string> cwe_;
  std::vector<std::string> owasp_;
  SarifFile target_;
  std::string identity_;
  Rank identity_rank_{};
  bool located_{};
  bool suppressed_{};
  bool absent_{};
  std::string suppression_status_;
  Text last_rule_;
  Text last_level_;
  Text last_kind_;
  Text last_uri_;
  Text last_base_;
  // The location, taxon or notification that is being read.
  SarifFile location_;
  std::uint32_t line_{};
  std::uint32_t end_line_{};
  Taxon taxon_;
  std::string notification_level_;
  std::string notification_text_;
  std::vector<std::string_view> views_;
};

}  // namespace

std::vector<SarifRun> read_sarif(const TextSource& source, const std::string& file, TextPool& pool) {
  SarifReader reader(file, pool);
  JsonParser parser(reader, file, ErrorKind::input);
  source.read([&](std::string_view part) { parser.feed(part); });
  parser.finish();
  return reader.take_runs();
}

}  // namespace kolega::ingest
