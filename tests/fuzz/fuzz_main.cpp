// The entry of libFuzzer: one binary, the target named by KOLEGA_FUZZ_TARGET. tools/verify runs each.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto* target = [] {
    const char* name = std::getenv("KOLEGA_FUZZ_TARGET");
    const auto* found = kolega::fuzz::find_target(name ? name : "");
    if (!found) {
      std::fprintf(stderr, "KOLEGA_FUZZ_TARGET names no target\n");
      std::_Exit(2);
    }
    return found;
  }();
  target->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
