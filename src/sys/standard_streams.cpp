#include "sys/standard_streams.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <iostream>
#include <streambuf>

#include "sys/system.hpp"

namespace kolega::sys {

namespace {

/// Who reads at all has made room by then; the program has a second to end.
constexpr std::chrono::milliseconds after_stop{200};

class StandardBuffer : public std::streambuf {
 public:
  StandardBuffer(int descriptor, std::size_t buffered) : descriptor_(descriptor), buffered_(buffered) {
    struct stat facts {};
    // A pipe that has room at all takes so many bytes without making us wait; a file always does.
    if (::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode)) step_ = buffer_.size();
    reset();
  }

 protected:
  int_type overflow(int_type c) override {
    if (!drain()) return traits_type::eof();
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    const char one = traits_type::to_char_type(c);
    if (buffered_ == 0) return write_all(&one, 1) ? c : traits_type::eof();
    sputc(one);
    return c;
  }
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    if (count < epptr() - pptr()) return std::streambuf::xsputn(text, count);
    return drain() && write_all(text, static_cast<std::size_t>(count)) ? count : 0;
  }
  int sync() override { return drain() ? 0 : -1; }

 private:
  void reset() { setp(buffer_.data(), buffer_.data() + buffered_); }
  bool drain() {
    const auto size = static_cast<std::size_t>(pptr() - pbase());
    reset();
    return write_all(buffer_.data(), size);
  }
  bool write_all(const char* text, std::size_t size) {
    while (size > 0 && !lost_) {
      if (!wait_until_ready(descriptor_, POLLOUT, after_stop)) {
        lost_ = true;
        return false;
      }
      const auto written = ::write(descriptor_, text, std::min(size, step_));
      if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (written < 0) return false;
      text += written;
      size -= static_cast<std::size_t>(written);
    }
    return size == 0;
  }

  int descriptor_;
  std::size_t buffered_;
  std::size_t step_{PIPE_BUF};
  bool lost_{};  ///< nobody took what was written after a stop: nobody is waited for again
  std::array<char, 64 * 1024> buffer_{};
};

}  // namespace

struct StandardStreams::State {
  StandardBuffer out{STDOUT_FILENO, 64 * 1024};
  StandardBuffer err{STDERR_FILENO, 0};
  std::streambuf* out_before{std::cout.rdbuf()};
  std::streambuf* err_before{std::cerr.rdbuf()};
};

StandardStreams::StandardStreams() : state_(std::make_unique<State>()) {
  std::cout.rdbuf(&state_->out);
  std::cerr.rdbuf(&state_->err);
}

StandardStreams::~StandardStreams() {
  std::cout.flush();
  std::cout.rdbuf(state_->out_before);
  std::cerr.rdbuf(state_->err_before);
}

}  // namespace kolega::sys
