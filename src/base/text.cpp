#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/clean_run.hpp"

namespace kolega {

namespace {
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string to_lower_ascii(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool iequals_ascii(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (true) {
    const auto at = text.find(separator);
    out.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::string collapse_white_space(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : trim(text)) {
    if (!is_space(c)) {
      out += c;
    } else if (!out.ends_with(' ')) {
      out += ' ';
    }
  }
  return out;
}

CodePoint decode_utf8(std::string_view text) {
  constexpr CodePoint bad{0xFFFD, 1};
  if (text.empty()) return {0, 0};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return bad;
  char32_t value = first & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return bad;
    value = (value << 6) | (byte(i) & 0x3F);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  if (value < smallest[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return bad;
  return {value, length};
}

void append_utf8(std::string& out, char32_t c) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  static constexpr auto special = special_bytes("");
  for (std::size_t at = 0; at < text.size();) {
    at += clean_run<special>(text.substr(at));
    if (at == text.size()) break;
    const auto point = decode_utf8(text.substr(at));
    if (point.value == 0xFFFD && point.length == 1) return at;
    at += point.length;
  }
  return std::nullopt;
}

namespace {

/// Characters that move the cursor, end a line, turn the direction of what follows ("Trojan Source") or are
/// not seen at all, so that two names look the same.
bool is_hazardous(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x034F || c == 0x061C || c == 0x115F ||
         c == 0x1160 || c == 0x180E || c == 0x3164 || c == 0xFFA0 || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE01EF);
}

void append_escape(std::string& out, char32_t c) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::array<char, 8> escape{'\\', 'u'};
  std::size_t length = 2;
  for (int shift = c > 0xFFFF ? 20 : 12; shift >= 0; shift -= 4) escape[length++] = digits[(c >> shift) & 0xF];
  out.append(escape.data(), length);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_printable(out, text);
  return out;
}

void append_printable(std::string& out, std::string_view text) {
  static constexpr auto special = special_bytes("");
  while (true) {
    const auto run = clean_run<special>(text);
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) return;
    const auto point = decode_utf8(text);
    const bool malformed = point.value == 0xFFFD && point.length == 1;
    if (malformed) {
      append_escape(out, static_cast<unsigned char>(text[0]));
    } else if (is_hazardous(point.value)) {
      append_escape(out, point.value);
    } else {
      out.append(text.substr(0, point.length));
    }
    text.remove_prefix(point.length);
  }
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string printable(std::string_view text, std::size_t width) {
  // A cut before escaping keeps the work bounded for a message of megabytes.
  auto out = printable(text.substr(0, std::min(text.size(), width * 4 + 4)));
  if (display_width(out) <= width) return out;
  std::size_t columns = 0;
  std::size_t at = 0;
  const std::size_t keep = width > 3 ? width - 3 : width;
  while (at < out.size() && columns < keep) {
    at += decode_utf8(std::string_view(out).substr(at)).length;
    ++columns;
  }
  out.resize(at);
  if (width > 3) out += "...";
  return out;
}

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> find_nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > 64) return std::nullopt;
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(1, std::min<std::size_t>(3, word.size() / 2)) + 1;
  for (const auto candidate : candidates) {
    const auto distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = std::string(candidate);
    }
  }
  return best;
}

std::string suggest(std::string_view word, std::span<const std::string_view> candidates) {
  if (const auto nearest = find_nearest(word, candidates)) return "did you mean '" + *nearest + "'?";
  std::string out = "use ";
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (i > 0) out += i + 1 == candidates.size() ? " or " : ", ";
    out += candidates[i];
  }
  return out;
}

std::string plural(std::size_t count, std::string_view singular) {
  std::string out = std::to_string(count) + " " + std::string(singular);
  if (count == 1) return out;
  if (singular.ends_with("ch") || singular.ends_with('s') || singular.ends_with('x')) return out + "es";
  const bool vowel_before_y =
      singular.ends_with("ay") || singular.ends_with("ey") || singular.ends_with("oy");
  if (singular.ends_with('y') && !vowel_before_y) {
    out.pop_back();
    return out + "ies";
  }
  return out + "s";
}

std::optional<long long> parse_decimal(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  long long value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace kolega
