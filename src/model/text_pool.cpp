#include "model/text_pool.hpp"

#include <algorithm>
#include <limits>

#include "base/error.hpp"

namespace kolega {

namespace {
constexpr std::size_t first_block = 16 * 1024;
constexpr std::size_t largest_block = 1024 * 1024;
/// How many texts recall() and intern() find at once: enough for the messages of a large rule set.
constexpr std::size_t recent_texts = 8192;
constexpr std::size_t recent_names = 1024;
}  // namespace

TextPool::TextPool() = default;
TextPool::~TextPool() = default;

void* TextPool::allocate(std::size_t size, std::size_t alignment) {
  const auto padding = (alignment - reinterpret_cast<std::uintptr_t>(next_) % alignment) % alignment;
  if (!next_ || size + padding > left_) {
    // Blocks grow with what is stored, so that a small run stays small and a large one makes few calls.
    const auto grown = std::clamp(bytes_, first_block, largest_block);
    const auto block = std::max(grown, size);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block));
    next_ = blocks_.back().get();
    left_ = block;
    bytes_ += block;
    return allocate(size, alignment);
  }
  void* place = next_ + padding;
  next_ += padding + size;
  left_ -= padding + size;
  return place;
}

Text TextPool::add(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorKind::input, "a text of more than 4 GiB cannot be stored");
  }
  const auto length = static_cast<std::uint32_t>(text.size());
  auto* at = static_cast<char*>(allocate(sizeof length + text.size(), 1));
  std::memcpy(at, &length, sizeof length);
  std::memcpy(at + sizeof length, text.data(), text.size());
  return Text(at);
}

/// A pair of slots for each hash: the text that was asked for last stands first, the other is the next to go.
/// The front half is for short texts, so that paths, which differ more, do not crowd out messages.
template <class Make>
Text TextPool::find_recent(Slots& slots, std::size_t count, std::string_view text, Make make) {
  constexpr std::size_t shortest_long_text = 100;
  if (slots.empty()) slots.resize(count);
  const auto hash = TextHash{}(text);
  const auto half = text.size() < shortest_long_text ? 0 : count / 2;
  auto& last = slots[half + (hash % (count / 2) & ~std::size_t{1})];
  auto& other = (&last)[1];
  if (last.hash == hash && last.text.view() == text) return last.text;
  const bool known = other.hash == hash && other.text.view() == text;
  const Slot found{known ? other.text : make(), hash};
  other = last;
  last = found;
  return found.text;
}

Text TextPool::recall(std::string_view text) {
  if (text.empty()) return {};
  return find_recent(recalled_, recent_texts, text, [&] { return add(text); });
}

Text TextPool::intern(std::string_view text) {
  if (text.empty()) return {};
  return find_recent(recent_names_, recent_names, text, [&] {
    if (const auto found = interned_.find(text); found != interned_.end()) return *found;
    return *interned_.insert(add(text)).first;
  });
}

bool TextPool::ListKey::operator==(const ListKey& other) const {
  return std::equal(list.begin(), list.end(), other.list.begin(), other.list.end(),
                    [](Text a, Text b) { return a.place() == b.place(); });
}

std::size_t TextPool::ListHash::operator()(const ListKey& key) const noexcept {
  std::size_t hash = key.list.size();
  for (const auto text : key.list)
    hash = (hash ^ reinterpret_cast<std::uintptr_t>(text.place())) * 0x9E3779B97F4A7C15ULL;
  return hash ^ hash >> 32;
}

TextList TextPool::add_list(std::span<const Text> texts) {
  if (texts.empty()) return {};
  auto* first = static_cast<Text*>(allocate(sizeof(Text) * texts.size(), alignof(Text)));
  std::copy(texts.begin(), texts.end(), first);
  return {first, texts.size()};
}

TextList TextPool::intern_list(std::span<const Text> texts) {
  if (texts.empty()) return {};
  if (const auto found = lists_.find(ListKey{texts}); found != lists_.end()) return found->list;
  const auto stored = add_list(texts);
  lists_.insert(ListKey{stored});
  return stored;
}

TextList TextPool::add_list(std::span<const std::string_view> texts) {
  scratch_.clear();
  for (const auto text : texts) scratch_.push_back(intern(text));
  return add_list(std::span<const Text>(scratch_));
}

TextList TextPool::intern_list(std::span<const std::string_view> texts) {
  scratch_.clear();
  for (const auto text : texts) scratch_.push_back(intern(text));
  return intern_list(std::span<const Text>(scratch_));
}

}  // namespace kolega
