#include "ingest/diff_section.hpp"

#include "base/text.hpp"

namespace kolega::ingest {

namespace {

/// What follows `key`, when the line begins with it.
std::optional<std::string_view> after(std::string_view line, std::string_view key) {
  if (!line.starts_with(key)) return std::nullopt;
  return line.substr(key.size());
}

std::string header_path(std::string_view text, const SourcePos& pos) {
  if (!text.starts_with('"')) return std::string(text);
  auto name = take_quoted(text, pos);
  if (!text.empty()) fail_at(pos, "there is text behind a quoted file name", text);
  return name;
}

void set_once(std::optional<std::string>& place, std::string_view text, const SourcePos& pos) {
  if (place) fail_at(pos, "a file header says the same thing twice", text);
  place = header_path(text, pos);
}

constexpr std::string_view submodule_mode = "160000";

/// "index OLD..NEW[ MODE]". Git's empty blob is e69de29... (SHA-1) or 473a0f4... (SHA-256).
void take_index(Section& section, std::string_view text) {
  section.changes_content = true;
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) return;
  const auto blob = text.substr(dots + 2);
  section.has_empty_blob = blob.starts_with("e69de29") || blob.starts_with("473a0f4");
  if (blob.ends_with(" " + std::string(submodule_mode))) section.submodule = true;
}

void take_mode(Section& section, std::string_view mode) {
  if (mode == submodule_mode) section.submodule = true;
}

}  // namespace

bool take_extended_header(Section& section, std::string_view line, const SourcePos& pos) {
  if (const auto mode = after(line, "old mode ")) {
    section.changes_mode = true;
    take_mode(section, *mode);
  } else if (const auto new_mode = after(line, "new mode ")) {
    section.changes_mode = true;
    take_mode(section, *new_mode);
  } else if (const auto added = after(line, "new file mode ")) {
    section.adds = true;
    take_mode(section, *added);
  } else if (const auto deleted = after(line, "deleted file mode ")) {
    section.deletes = true;
    take_mode(section, *deleted);
  } else if (const auto rename_from = after(line, "rename from ")) {
    section.renames = true;
    set_once(section.from, *rename_from, pos);
  } else if (const auto rename_to = after(line, "rename to ")) {
    section.renames = true;
    set_once(section.to, *rename_to, pos);
  } else if (const auto copy_from = after(line, "copy from ")) {
    section.copies = true;
    set_once(section.from, *copy_from, pos);
  } else if (const auto copy_to = after(line, "copy to ")) {
    section.copies = true;
    set_once(section.to, *copy_to, pos);
  } else if (const auto index = after(line, "index ")) {
    take_index(section, *index);
  } else if (line == "GIT binary patch" || (line.starts_with("Binary files ") && line.ends_with(" differ"))) {
    section.binary = true;
  } else {
    return line.starts_with("similarity index ") || line.starts_with("dissimilarity index ");
  }
  return true;
}

namespace {

/// The names on "--- " and "+++ " must be the ones of the headers above: otherwise lines would be booked
/// under another file's name.
void check_side(const std::optional<std::string>& side, const std::string& name, const Section& section) {
  if (!side || *side == null_side || *side == name) return;
  if (has_prefix(*side) && std::string_view(*side).substr(2) == name) return;
  fail_at(section.pos, "the headers of '" + printable(name, 80) + "' name another file below", *side);
}

void check_sides(const Section& section) {
  if (section.old_side && section.hunks == 0)
    fail_at(section.pos, "a file header has no hunk below it; the diff is cut off");
  if (section.old_side == null_side && section.new_side == null_side)
    fail_at(section.pos, "both sides of a file are /dev/null");
}

ChangedFile::Kind kind_of(const Section& section) {
  if (section.submodule) return ChangedFile::Kind::submodule;
  if (section.renames) return ChangedFile::Kind::renamed;
  if (section.copies) return ChangedFile::Kind::copied;
  if (section.adds) return ChangedFile::Kind::added;
  return section.deletes ? ChangedFile::Kind::deleted : ChangedFile::Kind::modified;
}

/// Without hunks, only a header that explains why there are none says that no line changed; content that
/// changed unseen (a diff that leaves white space out, a diff cut off) may have changed any line.
bool knows_lines(const Section& section) {
  if (section.submodule) return false;
  if (section.hunks > 0 || section.binary || section.deletes) return true;
  if (section.changes_content) return section.has_empty_blob;
  return section.changes_mode || section.renames || section.copies || section.adds;
}

}  // namespace

ChangedFile entry_of_git(const Section& section) {
  check_sides(section);
  if (section.from.has_value() != section.to.has_value() || (section.renames && section.copies))
    fail_at(section.pos, "a rename or copy names only one of its sides");
  if (!section.to && !section.header) {
    fail_at(section.pos, "cannot tell the file's name from its header", {},
            "git's prefixes must be a/ and b/, or none at all (--no-prefix)");
  }
  const auto& name = section.to ? *section.to : section.header->name;
  check_side(section.old_side, section.from ? *section.from : name, section);
  check_side(section.new_side, name, section);
  ChangedFile file;
  file.path = repository_path(name, section.pos);
  if (section.from) file.old_path = repository_path(*section.from, section.pos);
  file.kind = kind_of(section);
  file.binary = section.binary;
  file.lines_known = knows_lines(section);
  file.lines = section.lines;
  return file;
}

namespace {

std::string_view without_prefix(std::string_view name) {
  return name.starts_with("a/") || name.starts_with("b/") ? name.substr(2) : name;
}

std::string_view folder_of(std::string_view name) {
  const auto slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : name.substr(0, slash);
}

}  // namespace

bool is_prefixed_pair(const Section& section) {
  return section.old_side && section.new_side && section.old_side->starts_with("a/") &&
         section.new_side->starts_with("b/") &&
         without_prefix(*section.old_side) == without_prefix(*section.new_side);
}

ChangedFile entry_of_plain(const Section& section, bool prefixed) {
  check_sides(section);
  const auto& old_side = *section.old_side;
  const auto& new_side = *section.new_side;
  ChangedFile file;
  std::string_view name = new_side;
  if (new_side == null_side) {
    file.kind = ChangedFile::Kind::deleted;
    name = old_side;
  } else if (old_side == null_side) {
    file.kind = ChangedFile::Kind::added;
  } else if (!is_prefixed_pair(section) && folder_of(old_side) != folder_of(new_side)) {
    fail_at(section.pos, "cannot tell where in the repository '" + printable(new_side, 80) + "' is", old_side,
            "use `git diff`: a plain diff must name both files in one folder");
  }
  const bool one_sided = file.kind != ChangedFile::Kind::modified;
  if (is_prefixed_pair(section) || (one_sided && prefixed)) name = without_prefix(name);
  file.path = repository_path(name, section.pos);
  file.binary = section.binary;
  file.lines = section.lines;
  return file;
}

}  // namespace kolega::ingest
