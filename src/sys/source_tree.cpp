#include "sys/source_tree.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace kolega::sys {

namespace fs = std::filesystem;

std::optional<std::string> read_beneath(const std::string& root, std::string_view path, std::uint64_t limit) {
  if (path.empty() || path.find('\0') != std::string_view::npos) return std::nullopt;
  std::error_code error;
  const auto top = fs::canonical(root, error);
  if (error) return std::nullopt;
  const auto file = fs::canonical(top / fs::path(path), error);
  if (error || !fs::is_regular_file(file, error) || error) return std::nullopt;
  const auto [end, unused] = std::mismatch(top.begin(), top.end(), file.begin(), file.end());
  if (end != top.end()) return std::nullopt;
  const auto size = fs::file_size(file, error);
  if (error || size > limit) return std::nullopt;
  std::string text(size, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace kolega::sys
