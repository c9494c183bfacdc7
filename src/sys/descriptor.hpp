// A file descriptor that closes itself, and why a system call failed.
// Not for: anything outside src/sys/*.cpp.
#pragma once

#include <unistd.h>

#include <string>
#include <system_error>
#include <utility>

namespace kolega::sys {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~Descriptor() { reset(); }

  int get() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }
  void reset() noexcept {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_{-1};
};

/// "No space left on device": the C library's words in the C locale (the program never calls setlocale).
inline std::string reason(int error_number) {
  return std::generic_category().message(error_number);
}

}  // namespace kolega::sys
