#include "base/json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include "base/text.hpp"

namespace kolega {

namespace {

using boost::json::error;
using boost::json::error_code;

/// The keys of every open object, to refuse duplicates. Few keys: bytes one behind the other in a buffer that
/// is reused; many: a tree, which nobody can slow down with chosen collisions as a hash table could be.
class KeyGuard {
 public:
  void open() { frames_.push_back({keys_.size(), bytes_.size(), {}}); }

  void close() {
    keys_.resize(frames_.back().first_key);
    bytes_.resize(frames_.back().first_byte);
    frames_.pop_back();
  }

  /// False when the innermost open object has this key already.
  bool insert(std::string_view key) {
    auto& frame = frames_.back();
    if (frame.many) return frame.many->emplace(key).second;
    const auto mark = mark_of(key);
    for (std::size_t i = frame.first_key; i < keys_.size(); ++i) {
      if (keys_[i].mark == mark && text_of(keys_[i]) == key) return false;
    }
    if (keys_.size() - frame.first_key == few) {
      frame.many = std::make_unique<std::set<std::string, std::less<>>>();
      for (std::size_t i = frame.first_key; i < keys_.size(); ++i) frame.many->emplace(text_of(keys_[i]));
      frame.many->emplace(key);
      return true;
    }
    keys_.push_back({mark, bytes_.size(), key.size()});
    bytes_.append(key);
    return true;
  }

 private:
  static constexpr std::size_t few = 16;
  struct Key {
    std::uint64_t mark{};
    std::size_t at{};
    std::size_t length{};
  };
  struct Frame {
    std::size_t first_key{};
    std::size_t first_byte{};
    std::unique_ptr<std::set<std::string, std::less<>>> many{};
  };
  /// Differs for nearly all keys that differ: the first bytes and the length.
  static std::uint64_t mark_of(std::string_view key) {
    std::uint64_t mark = 0;
    std::memcpy(&mark, key.data(), std::min(key.size(), sizeof mark));
    return mark ^ std::uint64_t{key.size()} << 56U;
  }
  std::string_view text_of(const Key& key) const { return std::string_view(bytes_).substr(key.at, key.length); }

  std::vector<Key> keys_;
  std::string bytes_;
  std::vector<Frame> frames_;
};

constexpr std::size_t longest_number = 4096;

/// Turns Boost.JSON's events, whose keys, strings and numbers come in parts at buffer edges, into a
/// JsonSink's.
class Handler {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;
  using View = boost::json::string_view;

  Handler(JsonSink& sink, std::size_t string_bytes) : sink_(sink), string_bytes_(string_bytes) {}

  /// Why an event was refused here; empty when Boost.JSON refused it.
  const std::string& reason() const { return reason_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    keys_.open();
    sink_.begin_object();
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    keys_.close();
    sink_.end_object();
    return true;
  }
  bool on_array_begin(error_code&) {
    sink_.begin_array();
    return true;
  }
  bool on_array_end(std::size_t, error_code&) {
    sink_.end_array();
    return true;
  }
  bool on_key_part(View part, std::size_t total, error_code& ec) { return append(part, total, ec); }
  bool on_key(View part, std::size_t total, error_code& ec) {
    if (!fits(total, ec)) return false;
    const auto key = whole(part, total);
    if (!keys_.insert(key)) return refuse("duplicate key '" + printable(key, 80) + "'", ec);
    sink_.key(key);
    parts_.clear();
    return true;
  }
  bool on_string_part(View part, std::size_t total, error_code& ec) { return append(part, total, ec); }
  bool on_string(View part, std::size_t total, error_code& ec) {
    if (!fits(total, ec)) return false;
    sink_.string(whole(part, total));
    parts_.clear();
    return true;
  }
  bool on_number_part(View part, error_code& ec) {
    parts_.append(part.data(), part.size());
    return parts_.size() <= longest_number || refuse("number too long", ec);
  }
  bool on_int64(std::int64_t value, View, error_code&) {
    parts_.clear();
    sink_.integer(value);
    return true;
  }
  bool on_uint64(std::uint64_t value, View, error_code&) {
    parts_.clear();
    // Boost.JSON takes this path only beyond int64; the cast is exact enough for what only needs to be
    // refused.
    sink_.number(static_cast<double>(value));
    return true;
  }
  bool on_double(double rounded, View part, error_code& ec) {
    parts_.append(part.data(), part.size());
    // Boost.JSON 1.81 computes doubles with an error in the last place and turns 1e400 into infinity.
    double exact = 0;
    const auto result = std::from_chars(parts_.data(), parts_.data() + parts_.size(), exact);
    parts_.clear();
    if (result.ec == std::errc::result_out_of_range) {
      if (!(std::abs(rounded) < 1)) return refuse("number out of range", ec);
      exact = 0;
    }
    sink_.number(exact);
    return true;
  }
  bool on_bool(bool value, error_code&) {
    sink_.boolean(value);
    return true;
  }
  bool on_null(error_code&) {
    sink_.null();
    return true;
  }
  bool on_comment_part(View, error_code&) { return true; }
  bool on_comment(View, error_code&) { return true; }

 private:
  bool append(View part, std::size_t total, error_code& ec) {
    parts_.append(part.data(), part.size());
    return fits(total, ec);
  }
  bool fits(std::size_t total, error_code& ec) {
    return total <= string_bytes_ ||
           refuse("a string of more than " + std::to_string(string_bytes_) + " bytes", ec);
  }
  /// The total length tells whether parts came before this last one.
  std::string_view whole(View part, std::size_t total) {
    if (total == part.size()) return {part.data(), part.size()};
    parts_.append(part.data(), part.size());
    return parts_;
  }
  bool refuse(std::string why, error_code& ec) {
    reason_ = std::move(why);
    ec = error::input_error;
    return false;
  }

  JsonSink& sink_;
  std::size_t string_bytes_;
  KeyGuard keys_;
  std::string parts_;
  std::string reason_;
};

std::string describe_failure(const error_code& ec, const JsonLimits& limits) {
  if (ec == error::syntax) return "not valid JSON";
  if (ec == error::incomplete) return "the document ends too early";
  if (ec == error::extra_data) return "text behind the end of the document";
  if (ec == error::too_deep) return "nested deeper than " + std::to_string(limits.depth) + " levels";
  if (ec == error::exponent_overflow) return "number out of range";
  if (ec == error::illegal_leading_surrogate || ec == error::illegal_trailing_surrogate ||
      ec == error::expected_utf16_escape) {
    return "an escaped surrogate without its other half";
  }
  return ec.message();
}

}  // namespace

struct JsonParser::State {
  State(JsonSink& sink, std::string what_in, ErrorKind kind_in, const JsonLimits& limits_in)
      : what(std::move(what_in)),
        kind(kind_in),
        limits(limits_in),
        parser(options(limits_in), sink, limits_in.string_bytes) {}

  static boost::json::parse_options options(const JsonLimits& limits) {
    boost::json::parse_options out;
    out.max_depth = limits.depth;
    return out;
  }

  [[noreturn]] void fail(const std::string& why, std::uint64_t at, std::string hint = {}) const {
    throw Error(kind, what + ": " + why + " at byte " + std::to_string(at), std::move(hint));
  }

  [[noreturn]] void fail(const error_code& ec, std::uint64_t at) const {
    const auto& reason = parser.handler().reason();
    if (!reason.empty()) fail(reason, at);
    if (ec == error::syntax && at == 0 && first == 0xEF) {
      fail("begins with a byte order mark", at, "write it as UTF-8 without a byte order mark");
    }
    if (ec == error::syntax && at == 0 && (first == 0xFE || first == 0xFF)) {
      fail("looks like UTF-16", at, "write it as UTF-8 without a byte order mark");
    }
    if (ec == error::syntax && first == '<') fail("not JSON but HTML or XML", at);
    fail(describe_failure(ec, limits), at);
  }

  std::string what;
  ErrorKind kind;
  JsonLimits limits;
  std::uint64_t consumed{};
  std::uint64_t received{};
  int first{-1};    ///< the first byte, to name what is no JSON at all
  bool anything{};  ///< something beside white space came
  boost::json::basic_parser<Handler> parser;
};

JsonParser::JsonParser(JsonSink& sink, std::string what, ErrorKind kind, const JsonLimits& limits)
    : state_(std::make_unique<State>(sink, std::move(what), kind, limits)) {}
JsonParser::~JsonParser() = default;

void JsonParser::feed(std::string_view bytes) {
  if (bytes.empty()) return;
  auto& state = *state_;
  if (state.received == 0) state.first = static_cast<unsigned char>(bytes[0]);
  state.received += bytes.size();
  if (state.received > state.limits.total_bytes) {
    state.fail("longer than " + std::to_string(state.limits.total_bytes) + " bytes",
               state.limits.total_bytes);
  }
  if (!state.anything) state.anything = bytes.find_first_not_of(" \t\r\n") != std::string_view::npos;
  error_code ec;
  const auto used = state.parser.write_some(true, bytes.data(), bytes.size(), ec);
  state.consumed += used;
  if (ec) state.fail(ec, state.consumed);
  if (used < bytes.size()) state.fail(describe_failure(error::extra_data, state.limits), state.consumed);
}

void JsonParser::finish() {
  auto& state = *state_;
  if (!state.anything) throw Error(state.kind, state.what + ": the document is empty");
  error_code ec;
  state.parser.write_some(false, nullptr, 0, ec);
  if (ec) state.fail(ec, state.consumed);
}

namespace {

/// Builds the tree of a small document from the parser's events.
class TreeBuilder : public JsonSink {
 public:
  void begin_object() override { open(boost::json::object{}); }
  void end_object() override { close(); }
  void begin_array() override { open(boost::json::array{}); }
  void end_array() override { close(); }
  void key(std::string_view name) override { keys_.back() = name; }
  void string(std::string_view value) override { put(boost::json::string(value.data(), value.size())); }
  void integer(std::int64_t value) override { put(value); }
  void number(double value) override { put(value); }
  void boolean(bool value) override { put(value); }
  void null() override { put(nullptr); }

  boost::json::value take() { return std::move(root_); }

 protected:
  /// The member names that lead to the open containers, and how many of those there are.
  const std::vector<std::string>& keys() const { return keys_; }
  virtual void put(boost::json::value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (auto* object = open_.back().if_object()) {
      object->emplace(keys_.back(), std::move(value));
    } else {
      open_.back().get_array().push_back(std::move(value));
    }
  }
  bool in_array() const { return !open_.empty() && open_.back().is_array(); }

 private:
  void open(boost::json::value container) {
    open_.push_back(std::move(container));
    keys_.emplace_back();
  }
  void close() {
    auto done = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    put(std::move(done));
  }

  boost::json::value root_;
  std::vector<boost::json::value> open_;
  std::vector<std::string> keys_;  ///< one per open container, the last key read in it
};

}  // namespace

boost::json::value parse_json(std::string_view text, const std::string& what, ErrorKind kind,
                              const JsonLimits& limits) {
  TreeBuilder builder;
  JsonParser parser(builder, what, kind, limits);
  parser.feed(text);
  parser.finish();
  return builder.take();
}

namespace {

/// A tree of everything but the rows of one array of the root object.
class RowBuilder final : public TreeBuilder {
 public:
  RowBuilder(std::string_view key, std::function<void(boost::json::value)> on_row)
      : key_(key), on_row_(std::move(on_row)) {}

 private:
  void put(boost::json::value value) override {
    if (keys().size() == 2 && in_array() && keys().front() == key_) {
      on_row_(std::move(value));
    } else {
      TreeBuilder::put(std::move(value));
    }
  }
  std::string_view key_;
  std::function<void(boost::json::value)> on_row_;
};

}  // namespace

boost::json::value parse_json_rows(const TextSource& source, const std::string& what, ErrorKind kind,
                                   std::string_view key,
                                   const std::function<void(const JsonView& row)>& on_row,
                                   const JsonLimits& limits) {
  std::size_t number = 0;
  RowBuilder builder(key, [&](boost::json::value value) {
    on_row(JsonView(value, what, kind, "/" + std::string(key) + "/" + std::to_string(number++)));
  });
  JsonParser parser(builder, what, kind, limits);
  source.read([&](std::string_view part) { parser.feed(part); });
  parser.finish();
  return builder.take();
}

JsonView::JsonView(const boost::json::value& value, std::string what, ErrorKind kind, std::string path)
    : value_(&value),
      what_(std::make_shared<const std::string>(std::move(what))),
      path_(std::move(path)),
      kind_(kind) {}

JsonView::JsonView(const boost::json::value& value, const JsonView& parent, std::string step)
    : value_(&value), what_(parent.what_), path_(parent.path_ + "/" + std::move(step)), kind_(parent.kind_) {}

void JsonView::fail(std::string_view why) const {
  throw Error(kind_, *what_ + ": " + (path_.empty() ? "" : path_ + ": ") + std::string(why));
}

namespace {
const boost::json::value* find_member(const JsonView& view, std::string_view key) {
  const auto* object = view.raw().if_object();
  if (!object) view.fail("not an object");
  return object->if_contains(key);
}

/// Doubles hold integers exactly up to 2^53; some writers add ".0" to whole numbers.
constexpr double largest_exact_integer = 9007199254740992.0;
}  // namespace

JsonView JsonView::require(std::string_view key) const {
  if (const auto* member = find_member(*this, key)) return {*member, *this, std::string(key)};
  JsonView(*value_, *this, std::string(key)).fail("missing");
}

std::optional<JsonView> JsonView::find(std::string_view key) const {
  const auto* member = find_member(*this, key);
  if (!member || member->is_null()) return std::nullopt;
  return JsonView(*member, *this, std::string(key));
}

std::vector<JsonView> JsonView::items() const {
  const auto* array = value_->if_array();
  if (!array) fail("not an array");
  std::vector<JsonView> out;
  out.reserve(array->size());
  for (const auto& item : *array) out.push_back(JsonView(item, *this, std::to_string(out.size())));
  return out;
}

std::string_view JsonView::as_string() const {
  const auto* text = value_->if_string();
  if (!text) fail("not a string");
  return {text->data(), text->size()};
}

std::int64_t JsonView::as_integer() const {
  if (const auto* integer = value_->if_int64()) return *integer;
  const auto* number = value_->if_double();
  if (!number || std::trunc(*number) != *number || std::abs(*number) > largest_exact_integer)
    fail("not an integer");
  return static_cast<std::int64_t>(*number);
}

double JsonView::as_number() const {
  if (const auto* integer = value_->if_int64()) return static_cast<double>(*integer);
  const auto* number = value_->if_double();
  if (!number) fail("not a number");
  return *number;
}

bool JsonView::as_boolean() const {
  const auto* flag = value_->if_bool();
  if (!flag) fail("not true or false");
  return *flag;
}

Instant JsonView::as_instant() const {
  const auto text = as_string();
  const auto at = parse_instant(text);
  if (!at) fail("not a date and time: '" + printable(text, 60) + "'");
  return *at;
}

std::string_view JsonView::require_string(std::string_view key) const {
  return require(key).as_string();
}
std::int64_t JsonView::require_integer(std::string_view key) const {
  return require(key).as_integer();
}
bool JsonView::require_boolean(std::string_view key) const {
  return require(key).as_boolean();
}

std::optional<std::string_view> JsonView::optional_string(std::string_view key) const {
  const auto member = find(key);
  return member ? std::optional(member->as_string()) : std::nullopt;
}

std::optional<std::int64_t> JsonView::optional_integer(std::string_view key) const {
  const auto member = find(key);
  return member ? std::optional(member->as_integer()) : std::nullopt;
}

std::optional<double> JsonView::optional_number(std::string_view key) const {
  const auto member = find(key);
  return member ? std::optional(member->as_number()) : std::nullopt;
}

std::optional<Instant> JsonView::optional_instant(std::string_view key) const {
  const auto member = find(key);
  return member ? std::optional(member->as_instant()) : std::nullopt;
}

std::vector<std::string_view> JsonView::optional_strings(std::string_view key) const {
  std::vector<std::string_view> out;
  const auto member = find(key);
  if (!member) return out;
  for (const auto& item : member->items()) out.push_back(item.as_string());
  return out;
}

}  // namespace kolega
