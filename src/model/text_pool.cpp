#include "model/text_pool.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/error.hpp"
#include "base/quick_hash.hpp"
#include "model/hex_digits.hpp"

namespace kolega {

namespace {
constexpr std::size_t first_block = 16 * 1024;
constexpr std::size_t largest_block = 1024 * 1024;
/// How many texts recall() and intern() find at once: enough for the messages of a large rule set.
constexpr std::size_t recent_texts = 8192;
constexpr std::size_t recent_names = 1024;

constexpr std::array<std::array<char, 2>, 256> digit_pairs = [] {
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {"0123456789abcdef"[i / 16], "0123456789abcdef"[i % 16]};
  return pairs;
}();
}  // namespace

void refuse_place() {
  throw Error(ErrorKind::internal, "memory lies where this program does not expect it: above 2^48");
}

std::string_view Fingerprint::digits() const noexcept {
  return at_ ? std::string_view(at_ + 1, static_cast<unsigned char>(*at_)) : std::string_view{};
}

std::string_view Fingerprint::rest() const noexcept {
  return at_ ? Text(at_ + 1 + static_cast<unsigned char>(*at_)).view() : std::string_view{};
}

std::string_view Fingerprint::stored() const noexcept {
  if (!at_) return {};
  const auto end = rest();
  return {at_, static_cast<std::size_t>(end.data() + end.size() - at_)};
}

bool Fingerprint::is_hex(std::size_t count) const noexcept {
  return digits().size() * 2 == count && rest().empty();
}

std::size_t Fingerprint::hash() const noexcept {
  return quick_hash(stored());
}

void Fingerprint::append_to(std::string& out) const {
  const auto bytes = digits();
  const auto begin = out.size();
  out.resize(begin + bytes.size() * 2);
  auto* at = out.data() + begin;
  for (const char byte : bytes) {
    std::memcpy(at, digit_pairs[static_cast<unsigned char>(byte)].data(), 2);
    at += 2;
  }
  out += rest();
}

std::string Fingerprint::str() const {
  std::string out;
  append_to(out);
  return out;
}

std::string_view Fingerprint::text(std::string& scratch) const {
  scratch.clear();
  append_to(scratch);
  return scratch;
}

bool operator==(Fingerprint a, std::string_view b) {
  return a.str() == b;
}

std::strong_ordering operator<=>(Fingerprint a, Fingerprint b) {
  // Digits are in the order of their values. Where one has more of them, the other goes on with something else.
  if (a.digits().size() != b.digits().size()) return a.str() <=> b.str();
  const auto c = a.digits() <=> b.digits();
  return c != 0 ? c : a.rest() <=> b.rest();
}

TextPool::TextPool() : recalled_{recent_texts}, recent_names_{recent_names} {}
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

std::size_t TextPool::kept_size(std::string_view text) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorKind::input, "a text of more than 4 GiB cannot be stored");
  }
  return 1 + (text.size() < Text::long_text ? 0 : sizeof(std::uint32_t)) + text.size();
}

void TextPool::keep(char* at, std::string_view text) {
  const auto length = static_cast<std::uint32_t>(text.size());
  if (length < Text::long_text) {
    *at++ = static_cast<char>(length);
  } else {
    *at++ = static_cast<char>(Text::long_text);
    std::memcpy(at, &length, sizeof length);
    at += sizeof length;
  }
  std::memcpy(at, text.data(), text.size());
}

Text TextPool::add(std::string_view text) {
  if (text.empty()) return {};
  auto* at = static_cast<char*>(allocate(kept_size(text), 1));
  keep(at, text);
  return Text(at);
}

Fingerprint TextPool::add_fingerprint(std::string_view text) {
  if (text.empty()) return {};
  std::array<char, 0xFF> bytes;  // NOLINT: filled as far as it is read
  const auto count = read_hex_digits(text, bytes);
  const auto rest = text.substr(count * 2);
  auto* at = static_cast<char*>(allocate(1 + count + kept_size(rest), 1));
  const Fingerprint kept(at);
  *at++ = static_cast<char>(count);
  std::memcpy(at, bytes.data(), count);
  keep(at + count, rest);
  return kept;
}

/// A pair of slots for each hash: the text that was asked for last stands first, the other is the next to go.
/// The front half is for short texts, so that paths, which differ more, do not crowd out messages.
TextPool::Slot* TextPool::Slots::pair_of(std::size_t hash, std::size_t length) {
  constexpr std::size_t shortest_long_text = 100;
  const auto half = slots.size() / 2;
  return &slots[(length < shortest_long_text ? 0 : half) + (hash % half & ~std::size_t{1})];
}

void TextPool::Slots::grow() {
  constexpr std::size_t first_size = 64;
  const auto old = std::exchange(slots, std::vector<Slot>(std::min(most, std::max(first_size, slots.size() * 8))));
  for (const auto& slot : old) {
    if (slot.text.empty()) continue;
    auto* pair = pair_of(slot.hash, slot.text.view().size());
    pair[pair->text.empty() ? 0 : 1] = slot;
  }
  missed = 0;
}

template <class Make>
Text TextPool::find_recent(Slots& slots, std::string_view text, Make make) {
  if (slots.missed >= slots.slots.size() / 4 && slots.slots.size() < slots.most) slots.grow();
  const auto hash = quick_hash(text);
  auto* pair = slots.pair_of(hash, text.size());
  if (pair->hash == hash && pair->text.view() == text) return pair->text;
  const bool known = pair[1].hash == hash && pair[1].text.view() == text;
  if (!known) ++slots.missed;
  const Slot found{known ? pair[1].text : make(), hash};
  pair[1] = pair[0];
  pair[0] = found;
  return found.text;
}

Text TextPool::recall(std::string_view text) {
  if (text.empty()) return {};
  return find_recent(recalled_, text, [&] { return add(text); });
}

Text TextPool::intern(std::string_view text) {
  if (text.empty()) return {};
  return find_recent(recent_names_, text, [&] {
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
