#include "sys/files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

#include "support/files.hpp"

using namespace kolega;
using test::TempDir;

namespace {

std::string failure_of(const std::string& path, std::uint64_t limit = 1000) {
  try {
    sys::read_file(path, ErrorKind::input, limit);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return render(error);
  }
  return "none";
}

}  // namespace

TEST_CASE("read_file says why a file cannot be read") {
  const TempDir dir;
  CHECK(failure_of(dir.file("none")) == "cannot read " + dir.file("none") + ": No such file or directory");
  CHECK(failure_of(dir.path()) == "cannot read " + dir.path().string() + ": it is a directory");
  CHECK(failure_of("/dev/zero") ==
        "cannot read /dev/zero: not a regular file\nhint: use - for standard input");
  CHECK(failure_of(dir.file("a\x1b[2J")).find('\x1b') == std::string::npos);
}

TEST_CASE("a FIFO in the work tree does not hang the run") {
  const TempDir dir;
  REQUIRE(::mkfifo(dir.file("fifo").c_str(), 0600) == 0);
  CHECK(failure_of(dir.file("fifo")).find("it is a named pipe, whose other end may never come") != std::string::npos);
  CHECK_THROWS_AS(sys::MappedFile(dir.file("fifo"), ErrorKind::input), Error);
}

TEST_CASE("a pipe that a shell hands over as <(command) is read to its end, however late it comes") {
  const std::string bytes(200'000, 'x');
  for (const bool mapped : {false, true}) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    std::jthread writer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      for (std::size_t at = 0; at < bytes.size();) {
        const auto put = ::write(ends[1], bytes.data() + at, bytes.size() - at);
        if (put <= 0) break;
        at += static_cast<std::size_t>(put);
      }
      ::close(ends[1]);
    });
    const auto path = "/dev/fd/" + std::to_string(ends[0]);
    CHECK((mapped ? std::string(sys::MappedFile(path, ErrorKind::input).text())
                  : sys::read_file(path, ErrorKind::input)) == bytes);
    ::close(ends[0]);
  }
}

TEST_CASE("read_file keeps to its limit, and gives every byte") {
  const TempDir dir;
  const std::string bytes("a\0b\r\n\xff", 6);
  CHECK(sys::read_file(dir.write("bytes", bytes), ErrorKind::input, 6) == bytes);
  CHECK(failure_of(dir.file("bytes"), 5) == "cannot read " + dir.file("bytes") + ": larger than 5 bytes");
  CHECK(sys::read_file(dir.write("empty", ""), ErrorKind::input, 0).empty());
  // Files of /proc say that they are empty and are not.
  CHECK(sys::read_file("/proc/self/stat", ErrorKind::input).size() > 10);
  CHECK(failure_of("/proc/self/stat", 3).find("larger than 3 bytes") != std::string::npos);
}

TEST_CASE("MappedFile shows the same bytes as read_file") {
  const TempDir dir;
  const std::string large(3 * 1024 * 1024 + 17, 'x');
  const sys::MappedFile mapped(dir.write("large", large), ErrorKind::input);
  CHECK(mapped.text() == large);
  CHECK(sys::MappedFile(dir.write("empty", ""), ErrorKind::input).text().empty());
  CHECK(sys::MappedFile("/proc/self/stat", ErrorKind::input).text().size() > 10);
  CHECK_THROWS_AS(sys::MappedFile(dir.file("none"), ErrorKind::input), Error);

  sys::MappedFile first(dir.file("large"), ErrorKind::input);
  const sys::MappedFile second(std::move(first));
  CHECK(second.text().size() == large.size());
}
