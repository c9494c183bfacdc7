// Unified diffs. Formats: git's diff-format and diff-generate-patch pages, POSIX diff -u, GNU diffutils.
// The reading is strict where leniency could lose a change, and passes over the text between files: mail
// headers, commit messages, "Index:" lines.
#include "ingest/diff.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "ingest/diff_section.hpp"

namespace kolega::ingest {

namespace {

constexpr std::size_t most_files = 1'000'000;
constexpr std::size_t most_ranges = 20'000'000;
constexpr std::uint64_t last_line = std::numeric_limits<std::uint32_t>::max();

/// The text line by line, each looked at once.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) { cut(); }
  bool done() const { return done_; }
  std::string_view line() const { return line_; }
  int number() const { return number_; }
  /// Headers of a diff that went through a system with CRLF; a name that really ends in CR is quoted.
  std::string_view header() const {
    return line_.ends_with('\r') ? line_.substr(0, line_.size() - 1) : line_;
  }
  void advance() {
    ++number_;
    cut();
  }
  /// The line after this one, not moving there.
  bool next_starts_with(std::string_view prefix) const { return rest_.starts_with(prefix); }

 private:
  void cut() {
    done_ = rest_.empty();
    const auto end = std::min(rest_.find('\n'), rest_.size());
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
  }
  std::string_view rest_;
  std::string_view line_{};
  int number_{1};
  bool done_{};
};

struct Span {
  std::uint64_t start{};
  std::uint64_t count{1};
};

struct Hunk {
  Span before{};
  Span after{};
};

std::optional<std::uint64_t> take_number(std::string_view& text) {
  const auto digits = text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
  const auto value = parse_decimal(digits);
  if (!value || static_cast<std::uint64_t>(*value) > last_line) return std::nullopt;
  text.remove_prefix(digits.size());
  return static_cast<std::uint64_t>(*value);
}

std::optional<Span> take_span(std::string_view& text, std::string_view sign) {
  if (!text.starts_with(sign)) return std::nullopt;
  text.remove_prefix(sign.size());
  const auto start = take_number(text);
  if (!start) return std::nullopt;
  Span span{*start, 1};
  if (text.starts_with(',')) {
    text.remove_prefix(1);
    const auto count = take_number(text);
    if (!count) return std::nullopt;
    span.count = *count;
  }
  const bool possible = span.count == 0 || (span.start > 0 && span.start + span.count - 1 <= last_line);
  return possible ? std::optional(span) : std::nullopt;
}

/// "@@ -1,2 +3 @@ anything"
std::optional<Hunk> parse_hunk_header(std::string_view line) {
  const auto before = take_span(line, "@@ -");
  if (!before) return std::nullopt;
  const auto after = take_span(line, " +");
  if (!after || !line.starts_with(" @@")) return std::nullopt;
  return Hunk{*before, *after};
}

/// "Submodule NAME abc1234..def5678:" of --submodule=log and --submodule=diff: the name.
std::optional<std::string_view> submodule_of(std::string_view line) {
  constexpr std::string_view word = "Submodule ";
  if (!line.starts_with(word)) return std::nullopt;
  const auto dots = line.rfind("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const auto blank = line.rfind(' ', dots);
  if (blank == std::string_view::npos || blank <= word.size()) return std::nullopt;
  const auto id = line.substr(blank + 1, dots - blank - 1);
  const bool is_id = id.size() >= 4 && id.find_first_not_of("0123456789abcdef.") == std::string_view::npos;
  return is_id ? std::optional(line.substr(word.size(), blank - word.size())) : std::nullopt;
}

class DiffReader {
 public:
  DiffReader(std::string_view text, const std::string& file) : lines_(text), file_(file) {}

  std::vector<ChangedFile> read() {
    while (!lines_.done()) read_line();
    finish_section();
    finish_plain();
    require_something();
    return merged();
  }

 private:
  SourcePos here(int column = 1) const { return {file_, lines_.number(), column}; }
  [[noreturn]] void fail(std::string message, std::string hint = {}) const {
    fail_at(here(), std::move(message), lines_.header(), std::move(hint));
  }

  void read_line() {
    const auto line = lines_.header();
    if (!line.empty()) anything_ = anything_ || !trim(line).empty();
    const bool right_after_hunk = std::exchange(after_hunk_, false);
    if (line.starts_with("diff --git ")) {
      begin_git(line);
    } else if (line.starts_with("diff --cc ") || line.starts_with("diff --combined ") ||
               line.starts_with("@@@")) {
      fail("a combined diff (of a merge commit) has no new side to compare with",
           "give the diff against the base: git diff BASE...HEAD");
    } else if (line.starts_with("@@ ")) {
      read_hunk();
      return;
    } else if (is_file_header(line)) {
      read_sides(line);
    } else if (right_after_hunk && is_surplus(line)) {
      fail("the hunk above has more lines than its header says");
    } else if (!in_git_headers() || !take_extended_header(*section_, line, here())) {
      pass_over(line);
    }
    lines_.advance();
  }

  bool in_git_headers() const { return section_ && section_->git && section_->hunks == 0; }

  /// A "--- " line is one only together with the "+++ " line below it; alone it may stand in any message.
  bool is_file_header(std::string_view line) const {
    return line.starts_with("--- ") && lines_.next_starts_with("+++ ");
  }

  /// "-- " and "--" begin the signature that git format-patch puts behind the last hunk.
  static bool is_surplus(std::string_view line) {
    if (line.empty() || line == "-- " || line == "--") return false;
    return line[0] == '+' || line[0] == '-' || line[0] == ' ';
  }

  void begin_git(std::string_view line) {
    finish_section();
    section_.emplace(Section{.pos = here(), .git = true});
    section_->header = find_header_name(line.substr(11), here(12));
    git_ = true;
  }

  void read_sides(std::string_view line) {
    if (!in_git_headers() || section_->old_side) {
      finish_section();
      section_.emplace(Section{.pos = here()});
    }
    section_->old_side = side_name(line.substr(4), here(5));
    lines_.advance();
    section_->new_side = side_name(lines_.header().substr(4), here(5));
  }

  void read_hunk() {
    if (!section_ || !section_->old_side) fail("a hunk without the names of its file above it");
    const auto hunk = parse_hunk_header(lines_.header());
    if (!hunk) fail("this is no hunk header", "it reads: @@ -FIRST,COUNT +FIRST,COUNT @@");
    const auto first = hunk->after.count > 0 ? hunk->after.start : hunk->after.start + 1;
    if (first < section_->next_line) fail("the hunk overlaps the one before it, or stands before it");
    section_->next_line = first + hunk->after.count;
    ++section_->hunks;
    const int header_line = lines_.number();
    lines_.advance();
    read_body(*hunk, header_line);
    while (!lines_.done() && lines_.line().starts_with('\\')) lines_.advance();
    after_hunk_ = true;
  }

  void read_body(const Hunk& hunk, int header_line) {
    auto old_left = hunk.before.count;
    auto new_left = hunk.after.count;
    auto number = hunk.after.start;
    for (; old_left > 0 || new_left > 0; lines_.advance()) {
      const auto line = lines_.line();
      // A context line that is empty may have lost its blank on the way, as in mail.
      const char sign = lines_.done() ? '\0' : line.empty() || line == "\r" ? ' ' : line[0];
      if (sign == '\\') continue;
      const bool of_old = sign == ' ' || sign == '-';
      const bool of_new = sign == ' ' || sign == '+';
      if ((!of_old && !of_new) || (of_old && old_left == 0) || (of_new && new_left == 0)) {
        fail("the hunk of line " + std::to_string(header_line) + " does not hold what its header says: " +
                 std::to_string(old_left) + " old and " + std::to_string(new_left) + " new lines are missing",
             "the diff is cut off or was edited");
      }
      if (sign == '+') mark(number);
      if (of_old) --old_left;
      if (of_new) {
        --new_left;
        ++number;
      }
    }
  }

  void mark(std::uint64_t number) {
    auto& ranges = section_->lines;
    const auto line = static_cast<std::uint32_t>(number);
    if (!ranges.empty() && std::uint64_t{ranges.back().last} + 1 == number) {
      ranges.back().last = line;
      return;
    }
    if (++ranges_ > most_ranges) fail("more than " + std::to_string(most_ranges) + " changed places");
    ranges.push_back({line, line});
  }

  /// Text between files means nothing, but for what tells of a change that this reader could not book.
  void pass_over(std::string_view line) {
    if (const auto name = submodule_of(line)) {
      finish_section();
      add({.path = repository_path(*name, here(11)),
           .kind = ChangedFile::Kind::submodule,
           .lines_known = false},
          here());
    } else if (line.starts_with("***************")) {
      fail("this is a context diff", "make a unified one: git diff, or diff -u");
    } else if (!git_ && line.starts_with("Only in ") && line.find(": ") != std::string_view::npos) {
      fail("a file that is on one side only is not shown", "use git diff, or diff -N");
    } else if (!git_ && line.ends_with(" differ") &&
               (line.starts_with("Binary files ") || line.starts_with("Files "))) {
      fail("files that differ are not shown, and a plain diff does not tell their names apart",
           "use git diff");
    }
  }

  void finish_section() {
    if (!section_) return;
    const auto section = std::move(*section_);
    section_.reset();
    if (section.git) {
      add(entry_of_git(section), section.pos, section.adds, section.deletes);
      return;
    }
    const bool one_sided = section.old_side == null_side || section.new_side == null_side;
    if (!one_sided && !is_prefixed_pair(section)) bare_names_ = true;
    if (one_sided) {
      one_sided_.push_back(section);
    } else {
      add(entry_of_plain(section, false), section.pos);
    }
  }

  /// Whether "b/x" beside /dev/null is a prefix and x, or a file in the folder b, the other files tell.
  void finish_plain() {
    for (const auto& section : one_sided_) add(entry_of_plain(section, !bare_names_), section.pos);
  }

  void add(ChangedFile file, const SourcePos& pos, bool adds = false, bool deletes = false) {
    if (entries_.size() == most_files) fail_at(pos, "more than " + std::to_string(most_files) + " files");
    entries_.push_back({std::move(file), pos, adds, deletes});
  }

  void require_something() const {
    if (!entries_.empty() || !anything_) return;
    fail_at({file_, 1, 1}, "this is no unified diff: there is no file in it", {},
            "give the output of `git diff BASE...HEAD`; a bare list of files goes to --changed-files");
  }

  struct Entry {
    ChangedFile file{};
    SourcePos pos{};
    bool adds{};
    bool deletes{};
  };

  std::vector<ChangedFile> merged() {
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.file.path < b.file.path; });
    std::vector<ChangedFile> out;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      auto& entry = entries_[i];
      if (i + 1 < entries_.size() && entries_[i + 1].file.path == entry.file.path) {
        merge_into_next(entry, entries_[i + 1]);
      } else {
        out.push_back(std::move(entry.file));
      }
    }
    return out;
  }

  /// Git shows a change of type (file to link, submodule to folder) as a deletion and an addition of one
  /// path.
  /// --submodule=log tells of two facts on two lines. Anything else are several diffs in one text, whose line
  /// numbers do not belong together.
  static void merge_into_next(const Entry& entry, Entry& next) {
    const bool both_submodule =
        entry.file.kind == ChangedFile::Kind::submodule && next.file.kind == entry.file.kind;
    const bool retyped = (entry.deletes && next.adds && !next.deletes && !entry.adds) ||
                         (entry.adds && next.deletes && !entry.deletes && !next.adds);
    if (!both_submodule && !retyped) {
      fail_at(next.pos, "'" + printable(entry.file.path, 80) + "' is in this text twice", {},
              "several diffs (git log -p, a series of patches) cannot be read as one: git diff BASE...HEAD");
    }
    const bool submodule =
        entry.file.kind == ChangedFile::Kind::submodule || next.file.kind == ChangedFile::Kind::submodule;
    next.file.kind = submodule ? ChangedFile::Kind::submodule : ChangedFile::Kind::modified;
    next.file.lines_known = next.file.lines_known && entry.file.lines_known;
    next.file.binary = next.file.binary || entry.file.binary;
    if (next.file.lines.empty()) next.file.lines = entry.file.lines;
    next.adds = next.deletes = false;
  }

  Lines lines_;
  std::string file_;
  std::optional<Section> section_{};
  std::vector<Section> one_sided_{};
  std::vector<Entry> entries_{};
  std::size_t ranges_{};
  bool anything_{};
  bool git_{};         ///< a "diff --git" line was seen
  bool bare_names_{};  ///< a plain section named its file without a/ and b/
  bool after_hunk_{};
};

}  // namespace

ChangeSet parse_diff(std::string_view text, const std::string& file) {
  require_size(text, file);
  ChangeSet changes;
  changes.files = DiffReader(text, file).read();
  changes.origin = file;
  changes.sha256 = sha256_hex(text);
  return changes;
}

}  // namespace kolega::ingest
