#include "sys/earlier_files.hpp"

#include <sys/stat.h>

#include "sys/files.hpp"

namespace kolega::sys {

namespace {

/// Differs when another file stands there, or the same one with other contents.
std::string mark_of(const std::string& path) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) return {};
  std::string out;
  for (const auto number : {static_cast<long long>(facts.st_dev), static_cast<long long>(facts.st_ino),
                            static_cast<long long>(facts.st_size), static_cast<long long>(facts.st_mtim.tv_sec),
                            static_cast<long long>(facts.st_mtim.tv_nsec)}) {
    out += std::to_string(number) + " ";
  }
  return out;
}

}  // namespace

EarlierFiles::EarlierFiles(std::vector<std::string> paths) : paths_(std::move(paths)) {
  for (const auto& path : paths_) marks_.push_back(mark_of(path));
}

void EarlierFiles::remove() const {
  OutputSet nothing(Stale::removed);
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    if (!marks_[i].empty() && mark_of(paths_[i]) == marks_[i]) nothing.expect(paths_[i]);
  }
}

}  // namespace kolega::sys
