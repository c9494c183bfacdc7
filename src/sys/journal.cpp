#include "sys/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "sys/descriptor.hpp"

namespace kolega::sys {

namespace {

/// A longer last line is not looked at.
constexpr off_t longest_line = 4L << 20;
/// What is only looked at to be taken away is small.
constexpr off_t largest_found = 1L << 20;
constexpr int most_tries = 10;

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw Error(ErrorKind::output, "cannot keep " + printable(path) + ": " + why);
}

off_t size_of(int file) {
  struct stat facts {};
  return ::fstat(file, &facts) == 0 && S_ISREG(facts.st_mode) ? facts.st_size : -1;
}

/// `size` bytes from `from` on, fewer where the file ends.
std::string read_part(int file, off_t from, off_t size) {
  std::string text(static_cast<std::size_t>(size), '\0');
  std::size_t got = 0;
  while (got < text.size()) {
    const auto count = ::pread(file, text.data() + got, text.size() - got, from + static_cast<off_t>(got));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    got += static_cast<std::size_t>(count);
  }
  text.resize(got);
  return text;
}

/// A piece of a line that found no room: the next one must not be glued to it.
void cut_off(int file, std::size_t piece) {
  const auto size = piece > 0 ? size_of(file) : -1;
  if (size >= 0 && ::ftruncate(file, size - static_cast<off_t>(piece)) != 0) errno = 0;
}

}  // namespace

struct Journal::State {
  std::string path{};
  Descriptor file{};
  bool is_new{};
  std::vector<std::string> lines{};

  /// True when what was locked has no name any more.
  bool open_and_lock();
  /// The whole lines of so many bytes; gives where the last of them ends.
  std::size_t read_lines(off_t size);
};

bool Journal::State::open_and_lock() {
  constexpr int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW;
  file = Descriptor(::open(path.c_str(), flags | O_EXCL, 0600));
  is_new = static_cast<bool>(file);
  if (!is_new) file = Descriptor(::open(path.c_str(), flags, 0600));
  if (!file) fail(path, reason(errno));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) fail(path, reason(errno));
    throw Error(ErrorKind::usage, "another process holds " + printable(path));
  }
  struct stat facts {};
  return ::fstat(file.get(), &facts) == 0 && facts.st_nlink == 0;
}

std::size_t Journal::State::read_lines(off_t size) {
  const auto text = read_part(file.get(), 0, size);
  const auto whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  for (const auto line : split(std::string_view(text).substr(0, whole), '\n')) {
    if (!line.empty()) lines.emplace_back(line);
  }
  return whole;
}

Journal::Journal(std::string path) : state_(std::make_unique<State>()) {
  state_->path = std::move(path);
  // Its last holder may have taken it away between our open and our lock.
  for (int tries = 0; state_->open_and_lock(); ++tries) {
    if (tries == most_tries) fail(state_->path, "it is taken away again and again");
  }
  const int file = state_->file.get();
  const auto size = size_of(file);
  if (size < 0) fail(state_->path, "not a regular file");
  const auto whole = state_->read_lines(size);
  // The next line must not be glued to a piece of one.
  if (whole < static_cast<std::size_t>(size) && ::ftruncate(file, static_cast<off_t>(whole)) != 0)
    fail(state_->path, reason(errno));
}

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}

std::optional<Journal> Journal::find(std::string path) {
  auto state = std::make_unique<State>();
  state->path = std::move(path);
  state->file =
      Descriptor(::open(state->path.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW));
  if (!state->file) return std::nullopt;
  const auto size = size_of(state->file.get());
  if (size < 0 || size > largest_found || ::flock(state->file.get(), LOCK_EX | LOCK_NB) != 0) return std::nullopt;
  struct stat held {};
  struct stat named {};
  // Its last holder may have taken it away, and another have come in its place, between our open and our lock.
  if (::fstat(state->file.get(), &held) != 0 || ::lstat(state->path.c_str(), &named) != 0 ||
      held.st_dev != named.st_dev || held.st_ino != named.st_ino)
    return std::nullopt;
  state->read_lines(size);
  return Journal(std::move(state));
}

Journal::~Journal() = default;
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;

bool Journal::is_new() const {
  return state_->is_new;
}

std::vector<std::string> Journal::lines() const {
  return state_->lines;
}

void Journal::append(std::string_view lines) {
  const auto text = std::string(lines) + "\n";
  std::size_t done = 0;
  while (done < text.size()) {
    const auto count = ::write(state_->file.get(), text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error_number = errno;
      cut_off(state_->file.get(), done);
      fail(state_->path, reason(error_number));
    }
    done += static_cast<std::size_t>(count);
  }
}

std::vector<std::string> Journal::take_lines() {
  return std::exchange(state_->lines, {});
}

void Journal::sync() {
  if (::fdatasync(state_->file.get()) != 0) fail(state_->path, reason(errno));
}

void Journal::clear() {
  if (::ftruncate(state_->file.get(), 0) != 0) fail(state_->path, reason(errno));
  state_->lines.clear();
}

bool Journal::is_private() const {
  struct stat facts {};
  if (::fstat(state_->file.get(), &facts) != 0) return false;
  return facts.st_uid == ::geteuid() && facts.st_nlink == 1 && (facts.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

void Journal::remove() {
  // Held until the end, so that nobody takes up what goes away.
  if (::unlink(state_->path.c_str()) != 0) fail(state_->path, reason(errno));
}

std::optional<std::string> settle_standard_output() {
  const auto size = size_of(STDOUT_FILENO);
  if (size <= 0) return std::nullopt;
  // It is open for writing only; the same file is opened once more for reading.
  const Descriptor file(::open("/proc/self/fd/1", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file) return std::nullopt;
  const auto begin = std::max<off_t>(0, size - longest_line);
  const auto text = read_part(file.get(), begin, size - begin);
  const auto end = text.rfind('\n');
  if (end == std::string::npos) return std::nullopt;
  const bool piece = end + 1 < text.size() && text[end + 1] == '{';
  if (piece && ::ftruncate(STDOUT_FILENO, begin + static_cast<off_t>(end) + 1) != 0) return std::nullopt;
  const auto before = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
  const auto from = before == std::string::npos ? 0 : before + 1;
  return text.substr(from, end - from);
}

}  // namespace kolega::sys
