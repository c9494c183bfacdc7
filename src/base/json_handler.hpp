// Boost.JSON's events as a JsonSink's, without duplicate keys. Private to base/json.cpp.
#pragma once

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/version.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/text.hpp"

namespace kolega {

/// The keys of every open object, to refuse duplicates. A key that the reader has a number for takes a bit. Others: few are
/// bytes one behind the other in a buffer that is reused; many a tree, which nobody can slow down with chosen collisions as
/// a hash table could be.
class KeyGuard {
 public:
  void open() {
    frames_.push_back({.first_key = keys_.size(), .first_byte = bytes_.size()});
  }

  void close() {
    const auto& frame = frames_.back();
    if (frame.others > 0) {
      keys_.resize(frame.first_key);
      bytes_.resize(frame.first_byte);
      if (frame.others > few) trees_.pop_back();
    }
    frames_.pop_back();
  }

  /// False when the innermost open object has this key already. `number` as from JsonSink::key.
  bool insert(std::string_view key, int number) {
    auto& frame = frames_.back();
    if (number < 0 || number >= numbers) return insert_other(key, frame);
    const auto bit = std::uint64_t{1} << static_cast<unsigned>(number);
    const bool is_new = (frame.numbered & bit) == 0;
    frame.numbered |= bit;
    return is_new;
  }

 private:
  static constexpr std::size_t few = 16;
  static constexpr int numbers = 64;
  struct Key {
    std::uint64_t mark{};
    std::size_t at{};
    std::size_t length{};
  };
  struct Frame {
    std::size_t first_key{};
    std::size_t first_byte{};
    std::size_t others{};      ///< keys without a number
    std::uint64_t numbered{};  ///< a bit for each number that was seen
  };
  using Tree = std::set<std::string, std::less<>>;

  bool insert_other(std::string_view key, Frame& frame) {
    if (frame.others > few) return trees_.back().emplace(key).second;
    const auto mark = mark_of(key);
    for (std::size_t i = frame.first_key; i < keys_.size(); ++i) {
      if (keys_[i].mark == mark && text_of(keys_[i]) == key) return false;
    }
    if (++frame.others > few) {
      auto& tree = trees_.emplace_back();
      for (std::size_t i = frame.first_key; i < keys_.size(); ++i) tree.emplace(text_of(keys_[i]));
      tree.emplace(key);
      return true;
    }
    keys_.push_back({mark, bytes_.size(), key.size()});
    bytes_.append(key);
    return true;
  }
  /// Differs for nearly all keys that differ: the first bytes and the length. Loads of a fixed size cost no call.
  static std::uint64_t mark_of(std::string_view key) {
    const auto load = [&](auto part, std::size_t at) {
      std::memcpy(&part, key.data() + at, sizeof part);
      return std::uint64_t{part};
    };
    std::uint64_t mark = 0;
    if (key.size() >= 8) {
      mark = load(std::uint64_t{}, 0);
    } else if (key.size() >= 4) {
      mark = load(std::uint32_t{}, 0) | load(std::uint32_t{}, key.size() - 4) << 24U;
    } else if (!key.empty()) {
      mark = load(std::uint8_t{}, 0) | load(std::uint8_t{}, key.size() / 2) << 8U | load(std::uint8_t{}, key.size() - 1) << 16U;
    }
    return mark ^ std::uint64_t{key.size()} << 56U;
  }
  std::string_view text_of(const Key& key) const { return std::string_view(bytes_).substr(key.at, key.length); }

  std::vector<Key> keys_;
  std::string bytes_;
  std::vector<Frame> frames_;
  std::vector<Tree> trees_;  ///< of the open objects with more than a few keys without a number
};

/// Turns Boost.JSON's events, whose keys, strings and numbers come in parts at buffer edges, into a
/// JsonSink's.
class JsonHandler {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;
  using View = boost::json::string_view;
  using error_code = boost::json::error_code;

  JsonHandler(JsonSink& sink, std::size_t string_bytes) : sink_(sink), string_bytes_(string_bytes) {}

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
    if (!keys_.insert(key, sink_.key(key))) return refuse("duplicate key '" + printable(key, 80) + "'", ec);
    parts_.clear();
    return true;
  }
  /// What an escape stands for and the plain text behind it, as a part of a key or string.
  bool on_unescaped(char escaped, View plain, std::size_t total, error_code& ec) {
    parts_ += escaped;
    return append(plain, total, ec);
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
  static constexpr std::size_t longest_number = 4096;

  bool append(View part, std::size_t total, error_code& ec) {
    parts_.append(part.data(), part.size());
    return fits(total, ec);
  }
  bool fits(std::size_t total, error_code& ec) {
    return total <= string_bytes_ || refuse_length(ec);
  }
  bool refuse_length(error_code& ec) {
    return refuse("a string of more than " + std::to_string(string_bytes_) + " bytes", ec);
  }
  /// The total length tells whether parts came before this last one.
  std::string_view whole(View part, std::size_t total) {
    if (total == part.size()) return {part.data(), part.size()};
    parts_.append(part.data(), part.size());
    return parts_;
  }
  bool refuse(std::string why, error_code& ec) {
    reason_ = std::move(why);
    ec = boost::json::error::input_error;
    return false;
  }

  JsonSink& sink_;
  std::size_t string_bytes_;
  KeyGuard keys_;
  std::string parts_;
  std::string reason_;
};

/// What a backslash and this letter stand for; 0 where that is not one ASCII character for sure ("u").
constexpr char escaped_letter(char letter) {
  constexpr std::string_view letters = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  const auto at = letters.find(letter);
  return at == std::string_view::npos ? '\0' : meanings[at];
}

}  // namespace kolega

#if BOOST_VERSION / 100 == 1081

namespace boost::json {

/// Boost.JSON looks at every byte behind the first escape of a string by itself, at several times the cost of one before
/// it. This takes its place where a string begins and ends in one part of the input and has only the escapes of one
/// letter; from an escape on that is anything else, the original goes on. Of the original it keeps what a caller sees:
/// `p` is at a backslash, `total` is how much of the string has been told, st_ is empty.
template <>
template <>
inline const char* basic_parser<kolega::JsonHandler>::parse_escaped<true>(const char* p, std::size_t total, std::true_type,
                                                                          bool is_key, bool allow_bad_utf8) {
  while (end_ - p > 1 && !allow_bad_utf8) {
    const char escaped = kolega::escaped_letter(p[1]);
    const char* plain = p + 2;
    const char* next = detail::count_valid<false>(plain, end_);
    if (escaped == 0 || next == end_ || (*next != '\\' && *next != '"')) break;
    const auto length = static_cast<std::size_t>(next - plain);
    total += 1 + length;
    if (!h_.on_unescaped(escaped, {plain, length}, total, ec_)) return fail(next);
    if (*next == '"') {
      const bool taken = is_key ? h_.on_key({}, total, ec_) : h_.on_string({}, total, ec_);
      return taken ? next + 1 : fail(next);
    }
    p = next;
  }
  return parse_escaped(p, total, std::false_type(), is_key, allow_bad_utf8);
}

}  // namespace boost::json

#endif
