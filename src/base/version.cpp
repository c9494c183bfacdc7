#include "base/version.hpp"

namespace kolega {
std::string_view version() {
  return KOLEGA_VERSION;
}
}  // namespace kolega
