#include "sys/files.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.hpp"
#include "sys/descriptor.hpp"
#include "sys/system.hpp"

namespace kolega::sys {

namespace {

std::string name_of(const std::string& path) {
  return path == "-" ? "standard input" : printable(path);
}

[[noreturn]] void fail(const std::string& path, ErrorKind kind, const std::string& why,
                       std::string hint = {}) {
  throw Error(kind, "cannot read " + name_of(path) + ": " + why, std::move(hint));
}

/// What `<(command)` of a shell stands for: a pipe that whoever started us has opened, and that ends.
bool is_handed_over(std::string_view path) {
  if (path == "/dev/stdin") return true;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (path.starts_with(folder)) return path.find_first_not_of("0123456789", folder.size()) == std::string_view::npos;
  }
  return false;
}

/// Regular files and pipes that were handed over: a FIFO that somebody left in a work tree would hang the run, a device
/// never ends.
Descriptor open_regular(const std::string& path, ErrorKind kind, struct stat& facts) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file) fail(path, kind, reason(errno));
  if (::fstat(file.get(), &facts) != 0) fail(path, kind, reason(errno));
  if (S_ISDIR(facts.st_mode)) fail(path, kind, "it is a directory");
  if (S_ISFIFO(facts.st_mode) && is_handed_over(path)) return file;
  if (S_ISFIFO(facts.st_mode))
    fail(path, kind, "it is a named pipe, whose other end may never come", "use - for standard input, or <(command)");
  if (!S_ISREG(facts.st_mode)) fail(path, kind, "not a regular file", "use - for standard input");
  return file;
}

/// `waits`: it is a pipe or a terminal, where what is not there yet may still come.
std::string read_all(int descriptor, bool waits, const std::string& path, ErrorKind kind, std::uint64_t limit,
                     std::size_t expected) {
  constexpr std::size_t step = 64 * 1024;
  std::string text;
  text.reserve(expected);
  while (true) {
    if (waits && !wait_until_ready(descriptor, POLLIN))
      throw Error(ErrorKind::interrupted, "interrupted while reading " + name_of(path));
    const auto size = text.size();
    text.resize(size + (expected > size ? expected - size : step));
    const auto got = ::read(descriptor, text.data() + size, text.size() - size);
    const int error_number = errno;
    text.resize(size + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got < 0 && (error_number == EINTR || (waits && error_number == EAGAIN))) continue;
    if (got < 0) fail(path, kind, reason(error_number));
    if (got == 0) return text;
    if (text.size() > limit) fail(path, kind, "larger than " + std::to_string(limit) + " bytes");
  }
}

}  // namespace

std::string read_file(const std::string& path, ErrorKind kind, std::uint64_t limit) {
  if (path == "-") return read_all(STDIN_FILENO, true, path, kind, limit, 0);
  struct stat facts {};
  const auto file = open_regular(path, kind, facts);
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  if (size > limit) fail(path, kind, "larger than " + std::to_string(limit) + " bytes");
  return read_all(file.get(), !S_ISREG(facts.st_mode), path, kind, limit, size + 1);
}

struct MappedFile::State {
  void* at{MAP_FAILED};
  std::size_t size{};
  std::string copy{};
};

MappedFile::MappedFile(const std::string& path, ErrorKind kind) : state_(std::make_unique<State>()) {
  if (path == "-") {
    state_->copy = read_file(path, kind);
    return;
  }
  struct stat facts {};
  const auto file = open_regular(path, kind, facts);
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size > 0) state_->at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (state_->at == MAP_FAILED) {  // also files of /proc, whose size is said to be 0
    state_->copy = read_file(path, kind);
    return;
  }
  state_->size = size;
  ::madvise(state_->at, size, MADV_SEQUENTIAL);
}

MappedFile::MappedFile(MappedFile&& other) noexcept = default;

MappedFile::~MappedFile() {
  if (state_ && state_->at != MAP_FAILED) ::munmap(state_->at, state_->size);
}

std::string_view MappedFile::text() const noexcept {
  if (state_->at == MAP_FAILED) return state_->copy;
  return {static_cast<const char*>(state_->at), state_->size};
}

void MappedFile::release(std::size_t bytes) const noexcept {
  if (state_->at == MAP_FAILED) return;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto whole_pages = std::min(bytes, state_->size) / page * page;
  if (whole_pages > 0) ::madvise(state_->at, whole_pages, MADV_DONTNEED);
}

void make_directories(const std::string& path) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed || !std::filesystem::is_directory(path, failed)) {
    throw Error(ErrorKind::output,
                "cannot make the directory " + printable(path) + ": " +
                    (failed ? failed.message() : "something else has that name"),
                "name another");
  }
}

}  // namespace kolega::sys
