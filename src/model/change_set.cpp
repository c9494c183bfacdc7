#include "model/change_set.hpp"

#include <algorithm>

namespace kolega {

const ChangedFile* ChangeSet::find(std::string_view path) const {
  const auto at =
      std::lower_bound(files.begin(), files.end(), path,
                       [](const ChangedFile& file, std::string_view wanted) { return file.path < wanted; });
  return at != files.end() && at->path == path ? &*at : nullptr;
}

namespace {

/// The submodule that the path lies in, when the change moves that submodule: everything in it may be new.
const ChangedFile* find_submodule(const ChangeSet& changes, std::string_view path) {
  for (auto slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    const auto* file = changes.find(path.substr(0, slash));
    if (file && file->kind == ChangedFile::Kind::submodule) return file;
  }
  return nullptr;
}

/// Whether a change to the file may have touched any of its lines. A copy's lines are all new where they
/// stand.
bool is_changed_in_full(const ChangedFile& file) {
  return file.binary || !file.lines_known || file.kind == ChangedFile::Kind::copied ||
         file.kind == ChangedFile::Kind::submodule;
}

}  // namespace

bool ChangeSet::touches_file(std::string_view path) const {
  return find(path) != nullptr || find_submodule(*this, path) != nullptr;
}

bool ChangeSet::touches_lines(std::string_view path, std::uint32_t first, std::uint32_t last) const {
  const auto* file = find(path);
  if (!file) return find_submodule(*this, path) != nullptr;
  if (first == 0 || is_changed_in_full(*file)) return true;
  last = std::max(first, last);
  const auto range = std::lower_bound(file->lines.begin(), file->lines.end(), first,
                                      [](const LineRange& r, std::uint32_t line) { return r.last < line; });
  return range != file->lines.end() && range->first <= last;
}

}  // namespace kolega
