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

std::string host_of(const RepositoryConfig& repository) {
  if (repository.full_name.starts_with("local/")) return "https://sandbox.invalid/";
  return repository.provider == "gitlab" ? "https://gitlab.com/" : "https://github.com/";
}

/// https://dev.azure.com/organization/project/_git/repository
std::string azure_repository(const RepositoryConfig& repository) {
  const auto name = encode_path(repository.full_name);
  const auto slash = name.rfind('/') + 1;
  return "https://dev.azure.com/" + name.substr(0, slash) + "_git/" + name.substr(slash);
}

/// https://dev.azure.com/organization/project/_git/repository?path=/src/a.c&version=GBmain&line=12&lineEnd=20
std::string azure_url(const RepositoryConfig& repository, const Finding& finding) {
  auto url = azure_repository(repository) + "?path=/" + encode_path(finding.path) + "&version=GB" +
             encode_path(repository.branch);
  if (finding.line == 0) return url;
  const auto last = std::max(finding.line, finding.end_line);
  return url + "&line=" + std::to_string(finding.line) + "&lineEnd=" + std::to_string(last);
}

}  // namespace

std::string source_url(const RepositoryConfig& repository, const Finding& finding) {
  if (finding.path.empty()) return {};
  if (repository.provider == "azure_devops") return azure_url(repository, finding);
  const bool gitlab = repository.provider == "gitlab";
  return host_of(repository) + encode_path(repository.full_name) + (gitlab ? "/-/blob/" : "/blob/") +
         encode_path(repository.branch) + "/" + encode_path(finding.path) +
         line_anchor(finding, gitlab ? "-" : "-L");
}

std::string pull_request_url(const RepositoryConfig& repository, std::int64_t number) {
  if (repository.provider == "azure_devops") {
    return azure_repository(repository) + "/pullrequest/" + std::to_string(number);
  }
  return host_of(repository) + encode_path(repository.full_name) +
         (repository.provider == "gitlab" ? "/-/merge_requests/" : "/pull/") + std::to_string(number);
}

}  // namespace kolega::sandbox
