// Trivy's .trivyignore: one id a line, perhaps with "exp:2023-01-01", with comments between.
// https://trivy.dev/latest/docs/configuration/filtering/#trivyignore
#include "base/text.hpp"
#include "policy/import/importers.hpp"
#include "policy/keys.hpp"

namespace kolega::policy {

namespace {

constexpr std::size_t longest_line = 4096;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  std::size_t at = 0;
  while ((at = line.find_first_not_of(" \t\r", at)) != std::string_view::npos) {
    const auto end = std::min(line.find_first_of(" \t\r", at), line.size());
    out.push_back(line.substr(at, end - at));
    at = end;
  }
  return out;
}

/// Reads one line after the other. The comments right above an entry are its reason, and that of the entries right below
/// it; a blank line, an empty comment, or a comment behind an entry begins anew. One in its own line is that entry's alone.
class LineReader {
 public:
  explicit LineReader(Sketch& sketch) : sketch_(sketch) {}

  void read(std::string_view line, int number) {
    const SourcePos pos{sketch_.file(), number, 1};
    if (line.size() > longest_line || find_invalid_utf8(line))
      throw Error(ErrorKind::input, "this line is no text that people write", {}, pos);
    const auto text = trim(line);
    if (text.empty() || text.find_first_not_of("# \t") == std::string_view::npos) {
      reason_.clear();
    } else if (text.starts_with('#')) {
      if (behind_entry_) reason_.clear();
      reason_ += std::string(trim(text.substr(text.find_first_not_of('#')))) + " ";
    } else {
      read_entry(text, pos);
    }
    behind_entry_ = !text.empty() && !text.starts_with('#');
  }

 private:
  void read_entry(std::string_view text, const SourcePos& pos) {
    const auto words = words_of(text);
    Acceptance acceptance{.check_id = std::string(words.front()), .reason = reason_};
    const auto comment = text.find(" #");
    if (comment != std::string_view::npos) acceptance.reason = trim(text.substr(comment + 2));
    for (const auto word : words) {
      if (!word.starts_with("exp:")) continue;
      // Trivy's entry ends with the midnight at which the day begins.
      acceptance.until = parse_date(word.substr(4));
      if (!acceptance.until) {
        return sketch_.keep(Section::waivers, pos, words.front(),
                            "its end '" + one_line(word.substr(4), 40) + "' is no day",
                            "write it as exp:2027-01-31");
      }
      break;
    }
    if (is_advisory_id(acceptance.check_id)) acceptance.paths = dependency_files();
    sketch_.accept(std::move(acceptance), pos);
  }

  Sketch& sketch_;
  std::string reason_;
  bool behind_entry_{};
};

}  // namespace

void add_trivy_rule(Sketch& sketch) {
  for (const auto type : {ScanType::secrets_scan, ScanType::semgrep_scan, ScanType::sbom_scan})
    sketch.add_scan_type(type);
  sketch.comment(Section::rules, "An ignore file holds no threshold: what it does not ignore, counts.");
  sketch.add_rule({{"id", write_text("not-ignored")}, {"max", write_number(0)}});
}

void import_trivyignore(std::string_view text, Sketch& sketch) {
  add_trivy_rule(sketch);
  LineReader reader(sketch);
  int number = 0;
  for (const auto line : split(text, '\n')) reader.read(line, ++number);
}

}  // namespace kolega::policy
