// Text of findings, kept once in large blocks: a million findings cost their bytes and eight more a field.
// A Text lives as long as its pool; FindingSet holds both together.
#pragma once

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

/// A string inside a TextPool: one pointer to its length and bytes. Default is the empty text.
class Text {
 public:
  constexpr Text() = default;
  std::string_view view() const noexcept {
    if (!at_) return {};
    std::uint32_t length = 0;
    std::memcpy(&length, at_, sizeof length);
    return {at_ + sizeof length, length};
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
  explicit constexpr Text(const char* at) : at_(at) {}
  const char* at_{};
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
  using Slots = std::vector<Slot>;
  template <class Make>
  static Text find_recent(Slots& slots, std::size_t count, std::string_view text, Make make);

  void* allocate(std::size_t size, std::size_t alignment);

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
