#include "base/glob.hpp"

#include <algorithm>
#include <limits>

#include "base/glob_braces.hpp"
#include "base/text.hpp"

namespace kolega {

namespace {

constexpr auto nowhere = std::numeric_limits<std::size_t>::max();

/// One member of a class, escaped or not; moves on.
char32_t read_member(std::string_view pattern, std::size_t& at) {
  if (pattern[at] == '\\') ++at;
  const auto point = decode_utf8(pattern.substr(at));
  at += point.length;
  return point.value;
}

/// `members` is what stands between the brackets, without the `!`.
bool class_has(std::string_view members, char32_t wanted) {
  bool found = false;
  for (std::size_t at = 0; at < members.size();) {
    const auto low = read_member(members, at);
    auto high = low;
    if (at + 1 < members.size() && members[at] == '-') high = read_member(members, ++at);
    found = found || (low <= wanted && wanted <= high);
  }
  return found;
}

/// One walk over pattern and text with two places to come back to: the last `*` and the last `**`. Earlier
/// ones need no memory: a later star reaches whatever an earlier one could. A star that has run into the end
/// of its segment would do so from anywhere in that segment, so the `**` before it goes on behind the next
/// slash; that keeps the work within pattern times text.
class Matcher {
 public:
  Matcher(std::string_view pattern, std::string_view text) : pattern_(pattern), text_(text) {}

  bool run() {
    while (true) {
      if (p_ == pattern_.size() && t_ == text_.size()) return true;
      if (step()) continue;
      if (!come_back()) return false;
    }
  }

 private:
  struct Place {
    std::size_t pattern{nowhere};
    std::size_t text{};
    bool set() const { return pattern != nowhere; }
  };

  bool at_segment_start(std::size_t at) const { return at == 0 || pattern_[at - 1] == '/'; }

  bool step() {
    if (p_ == pattern_.size()) return false;
    if (pattern_[p_] == '*') return take_star();
    return t_ < text_.size() && take_one();
  }

  bool take_star() {
    auto end = p_;
    while (end < pattern_.size() && pattern_[end] == '*') ++end;
    if (end - p_ == 1) {
      p_ = end;
      star_ = {p_, t_};
      return true;
    }
    // `**/` at the start of a segment stands for any number of whole segments, also none.
    whole_segments_ = at_segment_start(p_) && end < pattern_.size() && pattern_[end] == '/';
    p_ = whole_segments_ ? end + 1 : end;
    double_star_ = {p_, t_};
    star_ = {};
    return true;
  }

  bool take_one() {
    const auto point = decode_utf8(text_.substr(t_));
    std::size_t next = p_;
    if (pattern_[p_] == '?') {
      if (point.value == '/') return false;
      next = p_ + 1;
    } else if (pattern_[p_] == '[') {
      next = end_of_class(pattern_, p_);
      if (next == nowhere || point.value == '/') return false;
      const bool negated = pattern_[p_ + 1] == '!';
      const auto members = pattern_.substr(p_ + (negated ? 2 : 1), next - p_ - (negated ? 3 : 2));
      if (class_has(members, point.value) == negated) return false;
    } else {
      if (pattern_[p_] == '\\') next = ++p_;
      if (next == pattern_.size() || pattern_[next] != text_[t_]) return false;
      p_ = next + 1;
      ++t_;
      return true;
    }
    p_ = next;
    t_ += point.length;
    return true;
  }

  bool come_back() {
    if (star_.set() && star_.text < text_.size() && text_[star_.text] != '/') {
      star_.text += decode_utf8(text_.substr(star_.text)).length;
      p_ = star_.pattern;
      t_ = star_.text;
      return true;
    }
    if (!double_star_.set() || double_star_.text >= text_.size()) return false;
    if (whole_segments_ || star_.set()) {
      const auto slash = text_.find('/', double_star_.text);
      if (slash == std::string_view::npos) return false;
      // A `**` inside a segment may also end right before the slash, where the star has nothing to take.
      const bool before_slash = !whole_segments_ && slash > double_star_.text;
      double_star_.text = before_slash ? slash : slash + 1;
    } else {
      double_star_.text += decode_utf8(text_.substr(double_star_.text)).length;
    }
    star_ = {};
    p_ = double_star_.pattern;
    t_ = double_star_.text;
    return true;
  }

  std::string_view pattern_;
  std::string_view text_;
  std::size_t p_{};
  std::size_t t_{};
  Place star_{};
  Place double_star_{};
  bool whole_segments_{};
};

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::optional<std::string> find_class_error(std::string_view pattern, std::size_t open, std::size_t end) {
  if (end == nowhere) return "'[' is never closed; write '\\[' for the character itself";
  if (pattern[open + 1] == '^') return "'[^' is not known here; write '[!' to negate";
  const auto from = open + (pattern[open + 1] == '!' ? 2 : 1);
  const auto members = pattern.substr(from, end - 1 - from);
  for (std::size_t at = 0; at < members.size();) {
    const auto low = read_member(members, at);
    if (at + 1 < members.size() && members[at] == '-' && read_member(members, ++at) < low) {
      return "a range in '[...]' runs backwards";
    }
  }
  return std::nullopt;
}

/// What is wrong with a class or an escape.
std::optional<std::string> find_part_error(std::string_view pattern) {
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '[') {
      const auto end = end_of_class(pattern, at);
      if (auto error = find_class_error(pattern, at, end)) return error;
      at = end - 1;
    } else if (pattern[at] == '\\') {
      if (++at == pattern.size()) return "'\\' at the end escapes nothing";
      if (is_alphanumeric(pattern[at])) {
        return "'\\" + std::string(1, pattern[at]) + "' escapes nothing; folders are separated by '/'";
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_glob_error(std::string_view pattern) {
  if (pattern.empty()) return "the pattern is empty";
  if (auto error = find_part_error(pattern)) return error;
  if (auto error = find_brace_error(pattern)) return error;
  const auto choices = has_braces(pattern) ? expand_braces(pattern) : std::vector<std::string>{};
  if (std::ranges::any_of(choices, [](const auto& choice) { return choice.empty(); }))
    return "one choice of its braces is empty";
  return std::nullopt;
}

bool glob_match(std::string_view pattern, std::string_view text) {
  if (!has_braces(pattern)) return Matcher(pattern, text).run();
  return std::ranges::any_of(expand_braces(pattern),
                             [&](const auto& choice) { return Matcher(choice, text).run(); });
}

bool glob_list_match(std::span<const std::string> patterns, std::string_view text) {
  bool matched = true;
  for (const auto& pattern : patterns) {
    if (!pattern.starts_with('!')) matched = false;
  }
  // The last match wins, so the first one from the end decides.
  for (auto pattern = patterns.rbegin(); pattern != patterns.rend(); ++pattern) {
    const bool excludes = pattern->starts_with('!');
    if (glob_match(std::string_view(*pattern).substr(excludes ? 1 : 0), text)) return !excludes;
  }
  return matched && !patterns.empty();
}

}  // namespace kolega
