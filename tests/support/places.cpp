#include "support/places.hpp"

namespace kolega::test {

std::string source_directory() {
  return KOLEGA_SOURCE_DIR;
}

std::string compiler() {
  return KOLEGA_COMPILER;
}

std::string binary() {
  return KOLEGA_BINARY;
}

}  // namespace kolega::test
