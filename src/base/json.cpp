#include "base/json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>

#include "base/json_handler.hpp"
#include "base/text.hpp"

namespace kolega {

namespace {

using boost::json::error;
using boost::json::error_code;

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
  boost::json::basic_parser<JsonHandler> parser;
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
  int key(std::string_view name) override {
    keys_.back() = name;
    return unnumbered;
  }
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
