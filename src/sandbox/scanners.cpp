#include "sandbox/scanners.hpp"

#include <array>
#include <vector>

#include "base/text.hpp"

namespace kolega::sandbox {

namespace {

// Left out: detect-secrets, whose output is neither SARIF nor Semgrep's; it can be configured behind a
// converter. secretlint takes the repository's own rules where there are any, else its recommended ones.
// bandit and eslint print SARIF only through a formatter package, which `available` looks for.
constexpr std::array known{
    Scanner{ScanType::secrets_scan, "gitleaks",
            "gitleaks detect --no-banner --no-git --redact --report-format sarif --report-path /dev/stdout",
            "", "https://github.com/gitleaks/gitleaks/releases"},
    Scanner{ScanType::secrets_scan, "secretlint",
            "if ls .secretlintrc* >/dev/null 2>&1; then set --; else set -- --secretlintrcJSON "
            R"('{"rules":[{"id":"@secretlint/secretlint-rule-preset-recommend"}]}'; fi; )"
            "secretlint \"$@\" --format @secretlint/secretlint-formatter-sarif '**/*'",
            "",
            "npm install -g secretlint @secretlint/secretlint-rule-preset-recommend "
            "@secretlint/secretlint-formatter-sarif"},
    Scanner{ScanType::semgrep_scan, "semgrep", "semgrep scan --config auto --json --quiet .", "",
            "python3 -m pip install semgrep"},
    Scanner{ScanType::semgrep_scan, "flawfinder", "flawfinder --falsepositive --sarif .", "",
            "apt-get install flawfinder"},
    Scanner{ScanType::semgrep_scan, "bandit", "bandit --quiet --recursive --format sarif .",
            "bandit --help | grep -q sarif", "python3 -m pip install 'bandit[sarif]'"},
    Scanner{ScanType::semgrep_scan, "eslint",
            "eslint --no-warn-ignored --format @microsoft/eslint-formatter-sarif .",
            "ls eslint.config.* >/dev/null 2>&1 && "
            "node -e 'require.resolve(\"@microsoft/eslint-formatter-sarif\")' 2>/dev/null",
            "npm install eslint @microsoft/eslint-formatter-sarif"},
    Scanner{ScanType::sbom_scan, "trivy", "trivy fs --quiet --scanners vuln --format sarif .", "",
            "https://github.com/aquasecurity/trivy/releases"},
    Scanner{ScanType::sbom_scan, "grype", "grype --quiet --output sarif dir:.", "",
            "https://github.com/anchore/grype/releases"},
    Scanner{ScanType::sbom_scan, "osv-scanner", "osv-scanner scan source --recursive --format sarif .", "",
            "https://github.com/google/osv-scanner/releases"},
};

}  // namespace

std::span<const Scanner> known_scanners() {
  return known;
}

std::string describe_missing_scanner(ScanType type) {
  std::vector<std::string> ways;
  for (const auto& scanner : known) {
    if (scanner.type != type) continue;
    ways.push_back(std::string(scanner.program) + " (" + std::string(scanner.install) + ")");
  }
  const std::string name(name_of(type));
  if (ways.empty()) {
    return "nothing is configured for " + name +
           ": no open scanner does it, so give it a command or saved results";
  }
  return "no scanner for " + name + ": install " + join(ways, " or ") +
         ", or configure a command or saved results";
}

}  // namespace kolega::sandbox
