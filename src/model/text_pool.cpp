#include "model/text_pool.hpp"

#include <algorithm>
#include <limits>

#include "base/error.hpp"

namespace kolega {

namespace {
constexpr std::size_t first_block = 16 * 1024;
constexpr std::size_t largest_block = 1024 * 1024;
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

Text TextPool::intern(std::string_view text) {
  if (text.empty()) return {};
  if (const auto found = interned_.find(text); found != interned_.end()) return *found;
  const auto added = add(text);
  interned_.insert(added);
  return added;
}

bool TextPool::ListKey::operator==(const ListKey& other) const {
  return std::equal(list.begin(), list.end(), other.list.begin(), other.list.end());
}

std::size_t TextPool::ListHash::operator()(const ListKey& key) const noexcept {
  std::size_t hash = key.list.size();
  for (const auto text : key.list)
    hash = hash * 1099511628211ULL ^ std::hash<std::string_view>{}(text.view());
  return hash;
}

TextList TextPool::store_list(std::span<const std::string_view> texts) {
  auto* first = static_cast<Text*>(allocate(sizeof(Text) * texts.size(), alignof(Text)));
  std::transform(texts.begin(), texts.end(), first, [this](std::string_view text) { return intern(text); });
  return {first, texts.size()};
}

TextList TextPool::add_list(std::span<const std::string_view> texts) {
  return texts.empty() ? TextList{} : store_list(texts);
}

TextList TextPool::intern_list(std::span<const std::string_view> texts) {
  if (texts.empty()) return {};
  std::vector<Text> probe;
  probe.reserve(texts.size());
  for (const auto text : texts) probe.push_back(intern(text));
  if (const auto found = lists_.find(ListKey{probe}); found != lists_.end()) return found->list;
  const auto stored = store_list(texts);
  lists_.insert(ListKey{stored});
  return stored;
}

}  // namespace kolega
