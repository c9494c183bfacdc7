#include "sandbox/source_url.hpp"

#include "sandbox/http.hpp"

namespace kolega::sandbox {

namespace {

/// "#L12-L20" (GitHub) or "#L12-20" (GitLab); "#L12" for one line, nothing for none.
std::string line_anchor(const Finding& finding, std::string_view before_last) {
  if (finding.line == 0) return {};
  auto out = "#L" + std::to_string(finding.line);
  if (finding.end_line > finding.line) out += std::string(before_last) + std::to_string(finding.end_line);
  return out;
}

/// https://dev.azure.com/organization/project/_git/repository?path=/src/a.c&version=GBmain&line=12&lineEnd=20
std::string azure_url(const RepositoryConfig& repository, const Finding& finding) {
  const auto name = encode_path(repository.full_name);
  const auto slash = name.rfind('/') + 1;
  auto url = "https://dev.azure.com/" + name.substr(0, slash) + "_git/" + name.substr(slash) + "?path=/" +
             encode_path(finding.path) + "&version=GB" + encode_path(repository.branch);
  if (finding.line == 0) return url;
  const auto last = std::max(finding.line, finding.end_line);
  return url + "&line=" + std::to_string(finding.line) + "&lineEnd=" + std::to_string(last);
}

}  // namespace

std::string source_url(const RepositoryConfig& repository, const Finding& finding) {
  if (finding.path.empty()) return {};
  if (repository.provider == "azure_devops") return azure_url(repository, finding);
  const bool gitlab = repository.provider == "gitlab";
  const bool local = repository.full_name.starts_with("local/");
  const std::string host = local    ? "https://sandbox.invalid/"
                           : gitlab ? "https://gitlab.com/"
                                    : "https://github.com/";
  return host + encode_path(repository.full_name) + (gitlab ? "/-/blob/" : "/blob/") +
         encode_path(repository.branch) + "/" + encode_path(finding.path) +
         line_anchor(finding, gitlab ? "-" : "-L");
}

}  // namespace kolega::sandbox
