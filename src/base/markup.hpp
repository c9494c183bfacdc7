// Text that is ready for one sink (HTML, Markdown, a log, a CI command, ...). It is made of literals of ours, of numbers
// and of what that sink's own escaping function returned; any other text does not compile into it.
// Not for: the escaping functions (base/log_text.hpp, report/escape.hpp) and JSON, which JsonWriter escapes.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace kolega {

/// Text that stands in the source: made by the compiler alone, so nothing from outside can be one.
class Literal {
 public:
  constexpr Literal() = default;
  consteval Literal(const char* text) : text_(text) {}  // NOLINT: it stands for the literal
  Literal(std::nullptr_t) = delete;
  constexpr std::string_view view() const noexcept { return text_; }

 private:
  std::string_view text_{};
};

template <class T>
concept Number = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

/// `Sink` alone makes it of a string: its escaping functions are static members of it. Sink::mend(text, seam) keeps
/// harmless what only came to be where two texts meet: "#" and "#[x]" are no command, "##[x]" is one.
template <class Sink>
class Markup {
 public:
  Markup() = default;
  Markup(Literal text) : text_(text.view()) {}  // NOLINT: a literal is trusted
  explicit Markup(Number auto number) : text_(std::to_string(number)) {}

  std::string_view view() const noexcept { return text_; }
  const std::string& str() const& noexcept { return text_; }
  std::string str() && noexcept { return std::move(text_); }
  bool empty() const noexcept { return text_.empty(); }
  std::size_t size() const noexcept { return text_.size(); }

  Markup& operator+=(const Markup& other) { return append(other.text_); }
  Markup& operator+=(Literal text) { return append(text.view()); }

  friend Markup operator+(Markup left, const Markup& right) {
    left += right;
    return left;
  }
  friend Markup operator+(Markup left, Literal right) {
    left += right;
    return left;
  }
  friend Markup operator+(Literal left, const Markup& right) {
    Markup out(left);
    out += right;
    return out;
  }
  friend bool operator==(const Markup& markup, std::string_view text) { return markup.text_ == text; }
  friend bool operator==(const Markup& a, const Markup& b) { return a.text_ == b.text_; }

 private:
  friend Sink;
  static Markup made_of(std::string escaped) {
    Markup out;
    out.text_ = std::move(escaped);
    return out;
  }

  Markup& append(std::string_view text) {
    const auto seam = text_.size();
    text_.append(text);
    if (seam > 0 && seam < text_.size()) Sink::mend(text_, seam);
    return *this;
  }

  std::string text_{};
};

/// "a, b, c"
template <class Sink, class Range>
Markup<Sink> join_markup(const Range& parts, Literal separator) {
  Markup<Sink> out;
  bool first = true;
  for (const auto& part : parts) {
    if (!std::exchange(first, false)) out += separator;
    out += part;
  }
  return out;
}

}  // namespace kolega
