#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/text.hpp"
#include "sys/descriptor.hpp"
#include "sys/files.hpp"

namespace kolega::sys {

namespace {

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw Error(ErrorKind::output, "cannot append to " + printable(path) + ": " + why);
}

bool ends_in_open_line(int file, off_t size, const std::string& path) {
  if (size == 0) return false;
  char last = '\n';
  if (::pread(file, &last, 1, size - 1) < 0) fail(path, reason(errno));
  return last != '\n';
}

void write_all(int file, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path, reason(errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

void append_lines(const std::string& path, std::string_view lines, std::uint64_t limit) {
  const Descriptor file(
      ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644));
  struct stat facts {};
  if (!file || ::fstat(file.get(), &facts) != 0) fail(path, reason(errno));
  if (!S_ISREG(facts.st_mode)) fail(path, "not a regular file");
  std::string text = ends_in_open_line(file.get(), facts.st_size, path) && !lines.empty() ? "\n" : "";
  text += lines;
  if (static_cast<std::uint64_t>(facts.st_size) + text.size() > limit) {
    fail(path, "it would grow over " + std::to_string(limit) + " bytes");
  }
  write_all(file.get(), text, path);
}

}  // namespace kolega::sys
