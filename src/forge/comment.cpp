#include "forge/comment.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"
#include "base/version.hpp"

namespace kolega::forge {

namespace {

constexpr std::size_t longest_name = 120;
/// Once, and once more after each lost answer.
constexpr int most_attempts = 3;

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
         c == '/' || c == '-';
}

/// A comment in HTML ends at "-->" and may not hold "--".
std::string encoded(std::string_view name) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : name) {
    if (is_plain(c) && !(c == '-' && (out.empty() || out.back() == '-'))) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', hex[byte >> 4], hex[byte & 15]};
  }
  return out;
}

}  // namespace

std::string marker_of(std::string_view gate) {
  auto name = encoded(gate);
  if (name.size() > longest_name) name = name.substr(0, longest_name) + "." + sha256_hex(gate).substr(0, 16);
  return "<!-- " + std::string(program_name) + " comment: " + name + " -->";
}

std::string fit(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  const auto note = [&](std::size_t left_out) {
    return "\n\n… cut: " + std::to_string(left_out) + " more bytes are in the reports of the job\n";
  };
  const auto room = limit - std::min(limit, note(text.size()).size());
  // Whole lines only: neither an entity nor a row of a table is cut in two.
  const auto end = text.substr(0, room).rfind('\n');
  const auto kept = text.substr(0, end == std::string_view::npos ? 0 : end);
  return std::string(kept) + note(text.size() - kept.size());
}

Written write_comment(Comments& comments, std::string_view gate, std::string_view body,
                      const std::function<bool()>& pause) {
  const auto marker = marker_of(gate);
  const auto text = marker + "\n" + fit(body, comments.limit() - marker.size() - 1);
  for (int attempt = 1;; ++attempt) {
    const auto ours = comments.find(marker);
    if (ours && comments.update(*ours, text)) return attempt == 1 ? Written::updated : Written::created;
    try {
      comments.create(text);
      return Written::created;
    } catch (const LostAnswer&) {
      if (attempt == most_attempts || !pause()) throw;
    }
  }
}

}  // namespace kolega::forge
