// Lines that must survive the death of the process: a locked file that one process appends to, and what of a
// standard output is whole. Not for: files that others read (files.hpp).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kolega::sys {

/// A file of lines. What was appended is there after any death of the process, a kill included (not after one
/// of the machine); only its last line may be a piece, which is not given back.
class Journal {
 public:
  /// Opens or makes the file, never through a link, and holds it for the life of the object. Throws Error(usage)
  /// when another process holds it, Error(output) when it cannot be written.
  explicit Journal(std::string path);
  /// The same of a file that is there, to read it or to take it away: nothing is made or mended. Nothing where it is
  /// gone, held by another process, or no regular file of that name.
  static std::optional<Journal> find(std::string path);
  ~Journal();
  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;

  /// True when this object made the file.
  bool is_new() const;
  std::vector<std::string> lines() const;
  /// The same, once: they are not kept.
  std::vector<std::string> take_lines();
  /// One line, or several with line breaks between them, without the last one's. Throws Error(output); then none was added.
  void append(std::string_view lines);
  /// Waits until what was appended would outlive the machine's death too. Throws Error(output).
  void sync();
  void clear();
  /// Nobody else may write to it, and it has this name alone: what it says is what processes of this user wrote.
  bool is_private() const;
  /// Takes the file away. Nothing may be appended after that.
  void remove();

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The last whole line of the file that standard output is appended to; a piece of a JSON line behind it,
/// which a killed writer left, is cut off. Nothing when that is no regular file, or it cannot be read.
std::optional<std::string> settle_standard_output();

}  // namespace kolega::sys
