#include "report/finding_id.hpp"

#include "base/digest.hpp"

namespace kolega::report {

std::string FindingIds::next(const Finding& finding) {
  // A foreign scanner may give no fingerprint; then what it says stands for it, but not the line, which
  // moves.
  std::string about(name_of(finding.scan_type));
  const auto add = [&](std::string_view text) { about.append(1, '\0').append(text); };
  add(finding.fingerprint.str());
  add(finding.path);
  if (finding.fingerprint.empty()) {
    add(finding.check_id);
    add(finding.message);
  }
  auto digest = sha256_hex(about);
  const auto occurrence = ++seen_[digest];
  return occurrence == 1 ? digest : sha256_hex(digest + "#" + std::to_string(occurrence));
}

}  // namespace kolega::report
