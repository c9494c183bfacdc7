#include "ingest/line_hash.hpp"

#include <array>
#include <charconv>
#include <unordered_map>

#include "base/text.hpp"

namespace kolega::ingest {

namespace {

constexpr std::size_t window = 100;
constexpr std::uint64_t base = 37;
constexpr std::uint16_t end_marker = 65535;

struct Units {
  std::vector<std::uint16_t> units{};
  std::vector<std::size_t> line_starts{};  ///< index into units
};

/// The text as the hash sees it, and where its lines begin in that.
Units units_of(std::string_view text) {
  Units out;
  bool at_line_start = true;
  bool after_cr = false;
  const auto add = [&](std::uint16_t unit) {
    if (at_line_start) out.line_starts.push_back(out.units.size());
    at_line_start = unit == '\n';
    out.units.push_back(unit);
  };
  while (!text.empty()) {
    const auto point = decode_utf8(text);
    text.remove_prefix(point.length);
    // A blank between CR and LF makes them two line breaks, as it does for the uploader.
    const bool left_out = point.value == ' ' || point.value == '\t' || (after_cr && point.value == '\n');
    after_cr = !left_out && point.value == '\r';
    if (left_out) continue;
    if (point.value > 0xFFFF) {
      const auto rest = point.value - 0x10000;
      add(static_cast<std::uint16_t>(0xD800 + (rest >> 10)));
      add(static_cast<std::uint16_t>(0xDC00 + (rest & 0x3FF)));
    } else {
      add(static_cast<std::uint16_t>(point.value == '\r' ? '\n' : point.value));
    }
  }
  add(end_marker);
  out.units.resize(out.units.size() + window, 0);
  return out;
}

}  // namespace

std::vector<LineHash> line_hashes(std::string_view text) {
  const auto [units, line_starts] = units_of(text);
  // prefix[i] is the hash of all units before i; the hash of a window is the difference of two of them.
  std::vector<std::uint64_t> prefix(units.size() + 1);
  for (std::size_t i = 0; i < units.size(); ++i) prefix[i + 1] = prefix[i] * base + units[i];
  std::uint64_t shift = 1;
  for (std::size_t i = 0; i < window; ++i) shift *= base;
  std::unordered_map<std::uint64_t, std::uint32_t> seen;
  std::vector<LineHash> out;
  out.reserve(line_starts.size());
  for (const auto start : line_starts) {
    const auto hash = prefix[start + window] - prefix[start] * shift;
    out.push_back({hash, ++seen[hash]});
  }
  return out;
}

std::string format_line_hash(const LineHash& hash) {
  std::array<char, 17> digits{};
  const auto [end, status] = std::to_chars(digits.data(), digits.data() + digits.size(), hash.hash, 16);
  return std::string(digits.data(), end) + ":" + std::to_string(hash.occurrence);
}

}  // namespace kolega::ingest
