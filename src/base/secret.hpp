// A token or key: it can be handed on, never printed. No operator<<, no conversion; wiped when it goes.
#pragma once

#include <string>
#include <string_view>

namespace kolega {

class Secret {
 public:
  Secret() = default;
  /// Copied and wiped, not moved: a short string leaves its bytes behind.
  explicit Secret(std::string value) : value_(value) { wipe(value); }
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(other.value_) { wipe(other.value_); }  // NOLINT: a copy, as above
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      wipe(value_);
      value_ = other.value_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe(value_);
      value_ = other.value_;
      wipe(other.value_);
    }
    return *this;
  }
  ~Secret() { wipe(value_); }

  bool empty() const noexcept { return value_.empty(); }
  /// The only way out: for the header that carries it.
  std::string_view reveal() const noexcept { return value_; }

 private:
  static void wipe(std::string& text) noexcept {
    volatile char* bytes = text.data();  // volatile: a compiler may not leave it out
    for (std::size_t i = 0; i < text.size(); ++i) bytes[i] = 0;
    text.clear();
  }
  std::string value_;
};

}  // namespace kolega
