// Reading inputs and writing reports whole or not at all: temporary file beside the target, fsync, rename
// together. Not for: what is in them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace kolega::sys {

/// The whole of a regular file, or of a pipe that the caller's shell has opened (/dev/fd/N); "-" is standard input. Throws
/// Error(kind): why it cannot be read, or that it is larger than `limit` bytes; Error(interrupted) at a stop while nothing
/// comes from a pipe.
std::string read_file(const std::string& path, ErrorKind kind, std::uint64_t limit = 4ULL << 30);

/// A file mapped into memory for reading once from front to back; falls back to read_file for what cannot be
/// mapped.
class MappedFile {
 public:
  MappedFile(const std::string& path, ErrorKind kind);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::string_view text() const noexcept;
  /// The first `bytes` are not needed now: their memory may be taken back. Reading them again only costs time.
  void release(std::size_t bytes) const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What becomes of an earlier file in the place of a target that was not written.
enum class Stale : std::uint8_t {
  kept,
  removed,  ///< a report of an earlier run must not be taken for one of this run
};

/// A directory that many files are written into. The way to it is looked at once; what is written later goes into this
/// directory, whatever has come into the place of its path. Cheap to copy.
class OutputDirectory {
 public:
  /// Refuses what OutputSet::open() refuses of a file's directory. Throws Error(output).
  explicit OutputDirectory(const std::string& path);

 private:
  friend class OutputSet;
  struct State;
  OutputDirectory(std::string path, const std::string& target);
  std::shared_ptr<const State> state_;
};

/// Several files that appear together. Every target is checked and its temporary file opened at once, so an
/// output that cannot be written is known before anything else happens. Without commit() nothing is left
/// behind.
class OutputSet {
 public:
  explicit OutputSet(Stale stale = Stale::kept);
  ~OutputSet();
  OutputSet(OutputSet&& other) noexcept;
  OutputSet& operator=(OutputSet&& other) noexcept;

  /// `path` is a target, or will be: with Stale::removed, a file or link in its place goes when there is no
  /// commit.
  void expect(const std::string& path);
  /// The stream to write `path` through. Refuses directories, the same file twice, what is no regular file, and
  /// a way through a link that lies in the working directory's tree and leads out of it. A symbolic or hard link
  /// as the target is replaced, what it points to is left alone.
  std::ostream& open(const std::string& path);
  /// A file right in the directory that may appear before the others: two changes of the directory less. What stands in
  /// its place is looked at by commit().
  std::ostream& open(const OutputDirectory& directory, const std::string& name);
  /// Flushes, syncs and renames all. Throws Error(output); then no target was touched, or the message says
  /// which, but for those that may appear before the others.
  void commit();
  /// The files of another set, whose streams are written to no more, become files of this one: many that were written
  /// apart then cost one wait for their directory. Throws Error(output); then none was taken.
  void take(OutputSet other);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Adds whole lines to a regular file that others write to as well, making it where there is none; a last line
/// that was left open is ended first. Throws Error(output), also when the file would grow over `limit` bytes;
/// then nothing was added.
void append_lines(const std::string& path, std::string_view lines, std::uint64_t limit = 4ULL << 30);

/// The directory and those above it, where they are missing. Throws Error(output).
void make_directories(const std::string& path);

/// One small file, whole or not at all.
void write_file(const std::string& path, std::string_view text);

}  // namespace kolega::sys
