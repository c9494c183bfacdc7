#include "base/path.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kolega {

namespace {

bool is_folded(std::string_view path) {
  const bool folder = path.size() > 1 && path.ends_with('/');
  if (folder || path == "." || path.starts_with("./") || path.starts_with("..") || path.ends_with("/.") || path.ends_with("/..") ||
      path.find('\\') != std::string_view::npos)
    return false;
  for (auto at = path.find('/'); at != std::string_view::npos; at = path.find('/', at + 1)) {
    const auto step = path.substr(at + 1, 3);
    if (step.starts_with('/') || step.starts_with("./") || step == "../") return false;
  }
  return true;
}

/// Takes the last step off, where there is one: what climbs out of the tree keeps its "..". Above the root is the root.
bool leaves_step(std::string& path) {
  if (path == "/") return true;
  if (path.empty() || path == ".." || path.ends_with("/..")) return false;
  const auto slash = path.rfind('/');
  path.resize(slash == std::string::npos ? 0 : std::max(slash, std::size_t{path.starts_with('/')}));
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
    if (step == ".." && leaves_step(scratch)) continue;
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
