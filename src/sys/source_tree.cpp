#include "sys/source_tree.hpp"

#include <algorithm>
#include <fstream>

namespace kolega::sys {

namespace fs = std::filesystem;

SourceTree::SourceTree(const std::string& root) {
  std::error_code error;
  auto top = fs::canonical(root, error);
  if (!error) top_ = std::move(top);
}

bool SourceTree::may_hold(std::string_view path) {
  if (!top_ || path.empty() || path.find('\0') != std::string_view::npos) return false;
  for (auto end = path.find('/', 1); end != std::string_view::npos; end = path.find('/', end + 1)) {
    const auto folder = path.substr(0, end);
    auto known = folders_.find(folder);
    if (known == folders_.end()) {
      std::error_code error;
      known = folders_.emplace(folder, fs::is_directory(*top_ / fs::path(folder), error) && !error).first;
    }
    if (!known->second) return false;
  }
  return true;
}

std::optional<std::string> SourceTree::read(std::string_view path, std::uint64_t limit) {
  if (!may_hold(path)) return std::nullopt;
  std::error_code error;
  const auto named = *top_ / fs::path(path);
  if (!fs::is_regular_file(named, error) || error) return std::nullopt;
  const auto file = fs::canonical(named, error);
  if (error || !fs::is_regular_file(file, error) || error) return std::nullopt;
  const auto [end, unused] = std::mismatch(top_->begin(), top_->end(), file.begin(), file.end());
  if (end != top_->end()) return std::nullopt;
  const auto size = fs::file_size(file, error);
  if (error || size > limit) return std::nullopt;
  std::string text(size, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace kolega::sys
