// The text under a YAML parse: positions in it, and the checks that yaml-cpp leaves out.
// Not for: users of the reader; they include base/yaml.hpp.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace kolega::yaml {

/// Thrown inside the reader to leave yaml-cpp; yaml::parse() turns it into a value or an Error.
struct Refused {
  Diagnostic remark;
};

/// A byte of the text: its offset, and line and column from 0 as yaml-cpp counts them.
struct Place {
  std::size_t offset{};
  int line{};
  int column{};
};

/// True for what may not stand in a policy unescaped: controls, and characters that hide or reorder text.
bool is_refused_character(char32_t c);

class SourceText {
 public:
  SourceText(std::string_view text, const std::string& file);

  std::string_view text() const { return text_; }
  /// From a yaml-cpp mark, which may lie behind the end or be -1.
  Place place(int offset, int line, int column) const;
  SourcePos position(const Place& at) const;
  char char_at(const Place& at) const { return at.offset < text_.size() ? text_[at.offset] : '\0'; }
  bool has_null_at(const Place& at) const;
  bool is_indented_by_tab(const Place& at) const;

  /// Size, UTF-8, characters and a bound on nesting, before yaml-cpp sees the text.
  void require_readable(std::size_t max_bytes, std::size_t max_depth) const;
  /// yaml-cpp 0.7 accepts a quoted text that runs into the end of the file.
  void require_closed_quote(const Place& at) const;
  /// An escape such as "\0" must not bring in what may not be written.
  void require_clean_value(const Place& at, std::string_view value) const;

  [[noreturn]] void refuse(const Place& at, std::string message, std::string hint = {}, int length = 1) const;

  /// Of the file as a whole.
  [[noreturn]] void refuse_file(std::string message, std::string hint) const;

 private:
  Place place_of(std::size_t offset) const;
  void require_characters() const;
  void require_short_lines() const;
  void require_shallow(std::size_t max_depth) const;

  std::string_view text_;
  const std::string& file_;
};

}  // namespace kolega::yaml
