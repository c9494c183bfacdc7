#include <array>

#include "ingest/join.hpp"
#include "ingest/results.hpp"
#include "ingest/strict_reader.hpp"

namespace kolega::ingest {

namespace {

enum PagePlace {
  page_root,
  page_total,
  page_limit,
  page_skip,
  page_has_next,
  page_items,
  item,
  item_id,
  item_check_id,
  item_severity,
  item_status,
  item_path,
  item_message,
  item_title,
  item_category,
  item_scan_type,
  item_cwe,
  item_cwe_item,
  item_owasp,
  item_owasp_item,
  item_references,
  item_references_item,
  item_source_url,
  item_cvss_score,
  item_cvss_vector,
  item_first_detected,
  item_last_detected,
};

const PathTable& page_table() {
  static const PathTable table{
      {"", page_root},
      {"items", page_items},
      {"items/[]", item},
      {"items/[]/id", item_id},
      {"items/[]/check_id", item_check_id},
      {"items/[]/severity", item_severity},
      {"items/[]/status", item_status},
      {"items/[]/file_path", item_path},
      {"items/[]/message", item_message},
      {"items/[]/title", item_title},
      {"items/[]/category", item_category},
      {"items/[]/scan_type", item_scan_type},
      {"items/[]/cwe", item_cwe},
      {"items/[]/cwe/[]", item_cwe_item},
      {"items/[]/owasp", item_owasp},
      {"items/[]/owasp/[]", item_owasp_item},
      {"items/[]/references", item_references},
      {"items/[]/references/[]", item_references_item},
      {"items/[]/source_url", item_source_url},
      {"items/[]/cvss_base_score", item_cvss_score},
      {"items/[]/cvss_vector", item_cvss_vector},
      {"items/[]/first_detected_at", item_first_detected},
      {"items/[]/last_detected_at", item_last_detected},
      {"total", page_total},
      {"limit", page_limit},
      {"skip", page_skip},
      {"has_next", page_has_next},
  };
  return table;
}

constexpr std::array<Required, 5> page_members{{{page_items, "items"},
                                                {page_total, "total"},
                                                {page_limit, "limit"},
                                                {page_skip, "skip"},
                                                {page_has_next, "has_next"}}};
/// Of the contract's required members those that a verdict or a report can depend on.
constexpr std::array<Required, 10> item_members{{{item_id, "id"},
                                                 {item_check_id, "check_id"},
                                                 {item_severity, "severity"},
                                                 {item_status, "status"},
                                                 {item_path, "file_path"},
                                                 {item_message, "message"},
                                                 {item_category, "category"},
                                                 {item_scan_type, "scan_type"},
                                                 {item_first_detected, "first_detected_at"},
                                                 {item_last_detected, "last_detected_at"}}};

class PageReader final : public StrictReader {
 public:
  PageReader(TextPool& pool, std::vector<FindingItem>& items, std::string what, ErrorKind kind)
      : StrictReader(page_table(), pool, std::move(what), kind), items_(items) {}

  const PageHead& head() const { return head_; }

 private:
  void value(int place, const JsonScalar& scalar) override {
    (place < item ? head_seen_ : item_seen_).mark(place);
    switch (static_cast<PagePlace>(place)) {
      case page_total:
        head_.total = count_of(scalar);
        break;
      case page_limit:
        head_.limit = count_of(scalar);
        break;
      case page_skip:
        head_.skip = count_of(scalar);
        break;
      case page_has_next:
        head_.has_next = flag_of(scalar);
        break;
      case item_id:
        details_.id = pool().add(string_of(scalar));
        break;
      case item_check_id:
        item_.check_id = pool().intern(string_of(scalar));
        break;
      case item_severity:
        item_.severity_word = pool().intern(string_of(scalar));
        break;
      case item_status:
        details_.status = pool().intern(string_of(scalar));
        break;
      case item_path:
        set_path(string_of(scalar));
        break;
      case item_message:
        item_.message = pool().recall(string_of(scalar));
        break;
      case item_title:
        details_.title = optional_text(scalar);
        break;
      case item_category:
        details_.category = pool().intern(string_of(scalar));
        break;
      case item_scan_type:
        item_.scan_type = scan_type_of(scalar);
        break;
      case item_source_url:
        source_url_ = scalar.kind == JsonScalar::Kind::null ? std::string_view{} : string_of(scalar);
        break;
      case item_cvss_score:
        set_score(scalar);
        break;
      case item_cvss_vector:
        details_.cvss_vector = optional_text(scalar);
        break;
      case item_first_detected:
        details_.first_detected_at = instant_of(scalar);
        break;
      case item_last_detected:
        details_.last_detected_at = instant_of(scalar);
        break;
      case item_cwe_item:
      case item_owasp_item:
      case item_references_item:
        words_.push_back(pool().intern(string_of(scalar)));
        break;
      case page_root:
      case page_items:
      case item:
      case item_cwe:
      case item_owasp:
      case item_references:
        break;
    }
  }
  /// A file's findings mostly follow each other.
  void set_path(std::string_view text) {
    if (path_.view() != text) path_ = pool().recall(text);
    item_.path = path_;
  }
  Text optional_text(const JsonScalar& scalar) {
    return scalar.kind == JsonScalar::Kind::null ? Text{} : pool().recall(string_of(scalar));
  }
  /// Every finding has a URL of its own; what it tells takes less room. The path may stand behind it.
  void read_source_url() {
    if (source_url_.empty()) return;
    item_.line = line_of_source_url(source_url_, item_.path).value_or(Line{});
    item_.repository = pool().intern(repository_of_source_url(source_url_));
  }
  void set_score(const JsonScalar& scalar) {
    switch (scalar.kind) {
      case JsonScalar::Kind::null:
        return;
      case JsonScalar::Kind::integer:
        details_.cvss_score = static_cast<float>(scalar.integer);
        break;
      case JsonScalar::Kind::number:
        details_.cvss_score = static_cast<float>(scalar.number);
        break;
      case JsonScalar::Kind::boolean:
      case JsonScalar::Kind::string:
        fail("not a number");
    }
    if (*details_.cvss_score < 0 || *details_.cvss_score > 10)
      fail("not a CVSS score from 0 to 10");
  }
  void enter(int place) override {
    if (place == item) {
      item_ = {};
      details_ = {};
      source_url_.clear();
      item_seen_.clear();
    } else if (place == page_items) {
      head_seen_.mark(place);
    } else {
      words_.clear();
    }
  }
  void leave(int place) override {
    switch (place) {
      case item:
        require_all(item_seen_, item_members);
        read_source_url();
        item_.details = pool().store(details_);
        items_.push_back(item_);
        break;
      case item_cwe:
        item_.cwe = pool().intern_list(words_);
        break;
      case item_owasp:
        item_.owasp = pool().intern_list(words_);
        break;
      case item_references:
        details_.references = pool().add_list(words_);
        break;
      case page_root:
        require_all(head_seen_, page_members);
        break;
      default:
        break;
    }
  }
  void wrong_shape(int place, std::string_view wanted, const JsonScalar* scalar) override {
    const bool absent = scalar && scalar->kind == JsonScalar::Kind::null;
    if (absent && (place == item_cwe || place == item_owasp || place == item_references)) return;
    StrictReader::wrong_shape(place, wanted, scalar);
  }

  std::vector<FindingItem>& items_;
  PageHead head_;
  FindingItem item_;
  FindingDetails details_;  ///< of item_
  std::string source_url_;
  Text path_;  ///< of the item before
  std::vector<Text> words_;  ///< of the array that is being read
  Seen head_seen_;
  Seen item_seen_;
};

}  // namespace

struct FindingsPageDecoder::State {
  State(TextPool& pool, std::vector<FindingItem>& items, const std::string& what, ErrorKind kind)
      : reader(pool, items, what, kind), parser(reader, what, kind) {}
  PageReader reader;
  JsonParser parser;
};

FindingsPageDecoder::FindingsPageDecoder(TextPool& pool, std::vector<FindingItem>& items, std::string what,
                                         ErrorKind kind)
    : state_(std::make_unique<State>(pool, items, what, kind)) {}
FindingsPageDecoder::~FindingsPageDecoder() = default;

void FindingsPageDecoder::feed(std::string_view bytes) {
  state_->parser.feed(bytes);
}

PageHead FindingsPageDecoder::finish() {
  state_->parser.finish();
  return state_->reader.head();
}

}  // namespace kolega::ingest
