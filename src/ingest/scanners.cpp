// Which kind of scan a scanner does.
#include <array>

#include "base/text.hpp"
#include "ingest/foreign.hpp"

namespace kolega::ingest {

namespace {

struct Scanner {
  std::string_view name{};  ///< lower case; matched as whole words inside the tool's name
  ScanType type{};
};

/// The first match counts, so the longer name of a family stands before the shorter.
constexpr std::array scanners{
    Scanner{"kolega", ScanType::deep_ai_scan},
    Scanner{"snyk code", ScanType::semgrep_scan},
    Scanner{"snykcode", ScanType::semgrep_scan},
    Scanner{"snyk infrastructure as code", ScanType::semgrep_scan},
    Scanner{"snyk iac", ScanType::semgrep_scan},
    Scanner{"snyk", ScanType::sbom_scan},
    Scanner{"gitleaks", ScanType::secrets_scan},
    Scanner{"betterleaks", ScanType::secrets_scan},
    Scanner{"secretlint", ScanType::secrets_scan},
    Scanner{"trufflehog", ScanType::secrets_scan},
    Scanner{"detect-secrets", ScanType::secrets_scan},
    Scanner{"ggshield", ScanType::secrets_scan},
    Scanner{"gitguardian", ScanType::secrets_scan},
    Scanner{"trivy", ScanType::sbom_scan},
    Scanner{"grype", ScanType::sbom_scan},
    Scanner{"anchore", ScanType::sbom_scan},
    Scanner{"osv-scanner", ScanType::sbom_scan},
    Scanner{"dependency-check", ScanType::sbom_scan},
    Scanner{"govulncheck", ScanType::sbom_scan},
    Scanner{"npm audit", ScanType::sbom_scan},
    Scanner{"pip-audit", ScanType::sbom_scan},
    Scanner{"cargo-audit", ScanType::sbom_scan},
    Scanner{"flawfinder", ScanType::semgrep_scan},
    Scanner{"semgrep", ScanType::semgrep_scan},
    Scanner{"opengrep", ScanType::semgrep_scan},
    Scanner{"codeql", ScanType::semgrep_scan},
    Scanner{"lgtm.com", ScanType::semgrep_scan},
    Scanner{"bandit", ScanType::semgrep_scan},
    Scanner{"eslint", ScanType::semgrep_scan},
    Scanner{"oxlint", ScanType::semgrep_scan},
    Scanner{"biome", ScanType::semgrep_scan},
    Scanner{"ast-grep", ScanType::semgrep_scan},
    Scanner{"gosec", ScanType::semgrep_scan},
    Scanner{"brakeman", ScanType::semgrep_scan},
    Scanner{"njsscan", ScanType::semgrep_scan},
    Scanner{"nodejsscan", ScanType::semgrep_scan},
    Scanner{"mobsfscan", ScanType::semgrep_scan},
    Scanner{"cppcheck", ScanType::semgrep_scan},
    Scanner{"clang", ScanType::semgrep_scan},
    Scanner{"clang-tidy", ScanType::semgrep_scan},
    Scanner{"devskim", ScanType::semgrep_scan},
    Scanner{"checkov", ScanType::semgrep_scan},
    Scanner{"security code scan", ScanType::semgrep_scan},
    Scanner{"sonarqube", ScanType::semgrep_scan},
    Scanner{"slither", ScanType::semgrep_scan},
    Scanner{"pvs-studio", ScanType::semgrep_scan},
};

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool holds_word(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    const bool starts = at == 0 || !is_word_character(text[at - 1]);
    if (starts && (end == text.size() || !is_word_character(text[end]))) return true;
  }
  return false;
}

}  // namespace

std::optional<ScanType> guess_scan_type(std::string_view tool) {
  const auto name = to_lower_ascii(tool);
  for (const auto& scanner : scanners) {
    if (holds_word(name, scanner.name)) return scanner.type;
  }
  return std::nullopt;
}

}  // namespace kolega::ingest
