#include "sys/secrecy.hpp"

#include <malloc.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KOLEGA_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define KOLEGA_SANITIZED 1
#endif
#endif

namespace kolega::sys {

namespace {

constexpr std::array<std::string_view, 3> own_secrets{"KOLEGA_TOKEN", "KOLEGA_SIGNING_KEY",
                                                      "KOLEGA_COMMENT_TOKEN"};

bool is_secret(std::string_view name) {
  for (const auto secret : own_secrets) {
    if (name == secret) return true;
  }
  return false;
}

}  // namespace

void seal_process() {
#ifndef KOLEGA_SANITIZED
  ::prctl(PR_SET_DUMPABLE, 0);  // where the kernel knows none of this, the process is as open as it was
#endif
}

void scrub_environment() {
  char** kept = environ;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || !is_secret(text.substr(0, equals))) {
      *kept++ = *entry;
      continue;
    }
    ::explicit_bzero(*entry + equals + 1, text.size() - equals - 1);
  }
  if (kept) *kept = nullptr;
}

}  // namespace kolega::sys

#ifndef KOLEGA_SANITIZED

// A token passes through many strings on its way into a request: a header, the request's bytes, a copy for a retry. To
// wipe them one by one would be as good as the one that was forgotten, so all small blocks are wiped as they are freed.
// Larger ones (a block of findings, an answer) hold no secret and would cost time.

namespace {
constexpr std::size_t largest_wiped = 256 * 1024;
}

void* operator new(std::size_t size) {
  while (true) {
    if (void* block = std::malloc(size > 0 ? size : 1)) return block;
    const auto handler = std::get_new_handler();
    if (!handler) throw std::bad_alloc();
    handler();
  }
}

void operator delete(void* block) noexcept {
  if (!block) return;
  const auto size = ::malloc_usable_size(block);
  if (size <= largest_wiped) ::explicit_bzero(block, size);
  std::free(block);
}

void operator delete(void* block, std::size_t) noexcept {
  operator delete(block);
}

#endif
