#include "base/path.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kolega {

namespace {

bool is_folded(std::string_view path) {
  const bool folder = path.size() > 1 && path.ends_with('/');
  if (folder || path == "." || path.starts_with("./") || path.ends_with("/.") || path.find('\\') != std::string_view::npos)
    return false;
  for (auto at = path.find('/'); at != std::string_view::npos; at = path.find('/', at + 1)) {
    const auto step = path.substr(at + 1, 2);
    if (step.starts_with('/') || step == "./") return false;
  }
  return true;
}

}  // namespace

std::string_view fold_path(std::string_view path, std::string& scratch) {
  if (is_folded(path)) return path;
  std::string slashes(path);
  std::replace(slashes.begin(), slashes.end(), '\\', '/');
  scratch = slashes.starts_with('/') ? "/" : "";
  for (const auto step : split(slashes, '/')) {
    if (step.empty() || step == ".") continue;
    if (!scratch.empty() && !scratch.ends_with('/')) scratch += '/';
    scratch += step;
  }
  return scratch;
}

std::string folded_path(std::string_view path) {
  std::string scratch;
  return std::string(fold_path(path, scratch));
}

}  // namespace kolega
