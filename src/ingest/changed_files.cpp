// A bare list of changed files: `git diff --name-only`, with or without -z.
#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "ingest/diff.hpp"
#include "ingest/diff_names.hpp"

namespace kolega::ingest {

namespace {

constexpr std::size_t most_files = 1'000'000;

/// "a.c", "src/b.test.js"; not "README", "v1", ".profile".
bool looks_like_file(std::string_view part) {
  const auto name = part.substr(part.rfind('/') + 1);
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const auto extension = name.substr(dot + 1);
  return !extension.empty() && extension.size() <= 8 && std::ranges::all_of(extension, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

/// What a list in one line holds: by blanks, commas or as a JSON array, as CI actions pass them on.
std::vector<std::string> names_in(std::string_view line) {
  std::vector<std::string> out(1);
  for (const char c : line) {
    if (std::string_view(" ,;").find(c) == std::string_view::npos) {
      if (std::string_view("[]\"'").find(c) == std::string_view::npos) out.back() += c;
    } else if (!out.back().empty()) {
      out.emplace_back();
    }
  }
  if (out.back().empty()) out.pop_back();
  return out;
}

/// A name may well have a blank or a comma: it is several names only where the whole is no file, and a part is one
/// or all of them look like files.
void refuse_several_names(std::string_view line, const SourcePos& pos, const IsFile& is_file) {
  const bool array = line.starts_with('[') && line.ends_with(']') && line.find('"') != std::string_view::npos;
  if (!array && line.find_first_of(" ,;") == std::string_view::npos) return;
  if (is_file && is_file(std::string(line))) return;
  const auto names = names_in(line);
  const bool several = names.size() > 1 && (std::ranges::all_of(names, looks_like_file) ||
                                            (is_file && std::ranges::any_of(names, is_file)));
  if (array || several)
    fail_at(pos, "several file names in one line", line,
            "one path a line, as `git diff --name-only` writes them; where this is one name, end it with NUL instead");
}

std::string path_of_line(std::string_view line, const SourcePos& pos, const IsFile& is_file) {
  if (line.starts_with("diff --git ") || line.starts_with("@@ "))
    fail_at(pos, "this is a diff, not a list of files", line, "give it with --diff");
  if (line.starts_with('"')) {
    auto rest = line;
    const auto name = take_quoted(rest, pos);
    if (!rest.empty()) fail_at(pos, "there is text behind a quoted file name", line);
    return repository_path(name, pos);
  }
  if (line.starts_with(' ') || line.ends_with(' ')) {
    fail_at(pos, "a blank before or behind a file name", line,
            "one path a line, as `git diff --name-only` writes them; a name that has it is quoted: \"a.c \"");
  }
  if (line.find('\t') != std::string_view::npos) {
    fail_at(pos, "a tab in a file name that is not quoted", line,
            "one path a line, as `git diff --name-only` writes them; --name-status adds a column");
  }
  refuse_several_names(line, pos, is_file);
  return repository_path(line, pos);
}

}  // namespace

ChangeSet parse_changed_files(std::string_view text, const std::string& file, const IsFile& is_file) {
  require_size(text, file);
  for (const std::string_view mark : {"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"}) {
    if (text.starts_with(mark)) fail_at({file, 1, 1}, "begins with a byte order mark", {}, "write it as UTF-8 without one");
  }
  ChangeSet changes{.origin = file, .sha256 = sha256_hex(text)};
  const bool by_zero = text.find('\0') != std::string_view::npos;
  const char separator = by_zero ? '\0' : '\n';
  for (SourcePos pos{file, 1, 1}; !text.empty(); ++pos.line) {
    const auto end = std::min(text.find(separator), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!by_zero && line.ends_with('\r')) line.remove_suffix(1);
    if (!by_zero && trim(line).empty()) continue;
    if (line.ends_with('/')) fail_at(pos, "this is a directory, not a file", line, "name the files that change");
    if (changes.files.size() == most_files)
      fail_at(pos, "more than " + std::to_string(most_files) + " files");
    changes.files.push_back(
        {.path = by_zero ? repository_path(line, pos) : path_of_line(line, pos, is_file), .lines_known = false});
  }
  const auto by_path = [](const ChangedFile& a, const ChangedFile& b) { return a.path < b.path; };
  std::sort(changes.files.begin(), changes.files.end(), by_path);
  changes.files.erase(std::unique(changes.files.begin(), changes.files.end()), changes.files.end());
  return changes;
}

}  // namespace kolega::ingest
