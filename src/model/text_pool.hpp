// Text of findings, kept once in large blocks: a text costs its bytes and one more, a place that names it eight, packed six.
// A Text lives as long as its pool; FindingSet holds both together.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <vector>

namespace kolega {

template <class Kept>
class Packed;
[[noreturn]] void refuse_place();

/// A string inside a TextPool: one pointer to its length and bytes. Default is the empty text.
class Text {
 public:
  constexpr Text() = default;
  std::string_view view() const noexcept {
    if (!at_) return {};
    const auto first = static_cast<unsigned char>(*at_);
    if (first < long_text) return {at_ + 1, first};
    std::uint32_t length = 0;
    std::memcpy(&length, at_ + 1, sizeof length);
    return {at_ + 1 + sizeof length, length};
  }
  operator std::string_view() const noexcept { return view(); }  // NOLINT: reads as the text it is
  std::string str() const { return std::string(view()); }
  bool empty() const noexcept { return at_ == nullptr; }  // the pool keeps no empty text
  /// Where the text is kept, to tell interned texts apart without reading them.
  const void* place() const noexcept { return at_; }
  /// Asks for the text's memory, for loops that come to it a few rows later.
  void prefetch() const noexcept { __builtin_prefetch(at_); }
  friend bool operator==(Text a, Text b) noexcept { return a.at_ == b.at_ || a.view() == b.view(); }
  friend std::strong_ordering operator<=>(Text a, Text b) noexcept { return a.view() <=> b.view(); }

 private:
  friend class TextPool;
  friend class Fingerprint;
  friend class Packed<Text>;
  /// The first byte is the length of a short text; this stands before four bytes with the length of a long one.
  static constexpr unsigned char long_text = 0xFF;
  explicit constexpr Text(const char* at) : at_(at) {}
  const char* at_{};
};

/// A finding's fingerprint inside a TextPool. Every finding has one of its own and nearly all are digests in hexadecimal, so
/// the digits that one begins with are kept as bytes: half of what its text would take. Default is the empty text.
class Fingerprint {
 public:
  constexpr Fingerprint() = default;
  bool empty() const noexcept { return at_ == nullptr; }
  void append_to(std::string& out) const;
  std::string str() const;
  /// It is so many hexadecimal digits, in small letters, and nothing else.
  bool is_hex(std::size_t digits) const noexcept;
  /// Its text, which is made in `scratch` and lives there.
  std::string_view text(std::string& scratch) const;
  /// Equal fingerprints have equal hashes; of use within one run only.
  std::size_t hash() const noexcept;
  void prefetch() const noexcept { __builtin_prefetch(at_); }
  friend bool operator==(Fingerprint a, Fingerprint b) noexcept { return a.at_ == b.at_ || a.stored() == b.stored(); }
  friend bool operator==(Fingerprint a, std::string_view b);
  /// The order of the texts.
  friend std::strong_ordering operator<=>(Fingerprint a, Fingerprint b);

 private:
  friend class TextPool;
  friend class Packed<Fingerprint>;
  explicit constexpr Fingerprint(const char* at) : at_(at) {}
  /// The bytes made of digits, and the text behind them. There is one way to keep a text.
  std::string_view digits() const noexcept;
  std::string_view rest() const noexcept;
  std::string_view stored() const noexcept;
  const char* at_{};  ///< how many bytes are made of digits (0 to 255), those bytes, the rest as a Text is kept
};

/// A Text or Fingerprint in six bytes: user space ends below 2^48 on all machines that this runs on, and a place beyond
/// is refused.
template <class Kept>
class Packed {
 public:
  Packed() = default;
  explicit Packed(Kept kept) {
    const auto place = reinterpret_cast<std::uintptr_t>(kept.at_);
    if (place >> 48U != 0) refuse_place();
    parts_ = {static_cast<std::uint16_t>(place), static_cast<std::uint16_t>(place >> 16U),
              static_cast<std::uint16_t>(place >> 32U)};
  }
  Kept get() const noexcept {
    const auto place = std::uintptr_t{parts_[0]} | std::uintptr_t{parts_[1]} << 16U | std::uintptr_t{parts_[2]} << 32U;
    return Kept(reinterpret_cast<const char*>(place));
  }

 private:
  std::array<std::uint16_t, 3> parts_{};
};

/// A list of texts inside a pool, as small as one pointer and a count.
using TextList = std::span<const Text>;

class TextPool {
 public:
  TextPool();
  ~TextPool();
  TextPool(const TextPool&) = delete;
  TextPool& operator=(const TextPool&) = delete;

  /// Copies the bytes; every call takes room. For text that is nearly always different. At most 4 GiB a text.
  Text add(std::string_view text);
  /// As add(), but a text that was recalled not long ago is not kept again. For text that may or may not repeat, such
  /// as messages and paths: it takes a bounded memory, where intern() grows with every text.
  Text recall(std::string_view text);
  /// The same text gives the same place. For names that repeat: check ids, categories, CWE.
  Text intern(std::string_view text);
  Fingerprint add_fingerprint(std::string_view text);
  /// A list of interned texts, itself interned. Order is kept.
  TextList intern_list(std::span<const std::string_view> texts);
  /// The same of texts that this pool has interned.
  TextList intern_list(std::span<const Text> texts);
  TextList add_list(std::span<const Text> texts);
  TextList add_list(std::span<const std::string_view> texts);

  /// A trivially destructible value that lives as long as the pool.
  template <class T>
  const T* store(const T& value) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (allocate(sizeof(T), alignof(T))) T(value);
  }

  std::size_t bytes() const noexcept { return bytes_; }

 private:
  /// Lists hold interned texts only, so equal lists hold equal places.
  struct ListKey {
    TextList list;
    bool operator==(const ListKey& other) const;
  };
  struct ListHash {
    std::size_t operator()(const ListKey& key) const noexcept;
  };
  struct TextHash {
    using is_transparent = void;
    // Not noexcept: then libstdc++ keeps the hash in the node and does not read the text again to walk a
    // bucket.
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    std::size_t operator()(Text text) const { return std::hash<std::string_view>{}(text.view()); }
  };
  struct TextEqual {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const noexcept { return a == b; }
  };
  /// A text that was asked for of late, with its hash so that another one is mostly told apart without reading it.
  struct Slot {
    Text text{};
    std::size_t hash{};
  };
  /// Grows with what it has not found, up to a bound: who keeps many small pools pays for no large table in each.
  struct Slots {
    std::size_t most{};
    std::vector<Slot> slots{};
    std::size_t missed{};
    Slot* pair_of(std::size_t hash, std::size_t length);
    void grow();
  };
  template <class Make>
  static Text find_recent(Slots& slots, std::string_view text, Make make);

  void* allocate(std::size_t size, std::size_t alignment);
  static std::size_t kept_size(std::string_view text);
  static void keep(char* at, std::string_view text);

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_{};
  std::size_t left_{};
  std::size_t bytes_{};
  std::unordered_set<Text, TextHash, TextEqual> interned_;
  std::unordered_set<ListKey, ListHash> lists_;
  Slots recalled_;
  Slots recent_names_;  ///< of interned_
  std::vector<Text> scratch_;
};

}  // namespace kolega
