#include "forge/place.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "ci/github_event.hpp"

namespace kolega::forge {

namespace {

using Environment = sys::Environment;

constexpr const char* own_token = "KOLEGA_COMMENT_TOKEN";

std::string value(const Environment& environment, const char* name) {
  return environment.find(name).value_or("");
}

/// What would have to be there, in the order asked.
class Search {
 public:
  Search(Forge forge, const ci::CiContext& ci, const Environment& environment)
      : ci_(ci), environment_(environment) {
    place_.forge = forge;
  }

  PlaceSearch github() {
    place_.project = ci_.repository;
    place_.number = ci_.change;
    if (!parse_decimal(place_.number)) place_.number = ci::pull_request_of_event(environment_).value_or("");
    return finish("GITHUB_TOKEN", "GITHUB_API_URL", "pass GITHUB_TOKEN: ${{ github.token }} in `env:`");
  }

  PlaceSearch gitlab() {
    // A pipeline of a fork's merge request may run in the fork; the merge request is in the target project.
    place_.project = value(environment_, "CI_MERGE_REQUEST_PROJECT_ID");
    place_.number = value(environment_, "CI_MERGE_REQUEST_IID");  // ci_.change may be a pull request at GitHub
    return finish(
        "GITLAB_TOKEN", "CI_API_V4_URL",
        "give the job a project access token (scope api) as GITLAB_TOKEN; CI_JOB_TOKEN may not write "
        "comments");
  }

  PlaceSearch azure() {
    const auto provider = value(environment_, "BUILD_REPOSITORY_PROVIDER");
    if (!provider.empty() && provider != "TfsGit") {
      return none("the pull request is not in Azure Repos",
                  "comments go to pull requests of Azure Repos only");
    }
    place_.project =
        environment_.find("SYSTEM_TEAMPROJECTID").value_or(value(environment_, "SYSTEM_TEAMPROJECT"));
    place_.repository = value(environment_, "BUILD_REPOSITORY_ID");
    place_.number = value(environment_, "SYSTEM_PULLREQUEST_PULLREQUESTID");
    return finish("SYSTEM_ACCESSTOKEN", "SYSTEM_COLLECTIONURI",
                  "map SYSTEM_ACCESSTOKEN: $(System.AccessToken) in `env:`");
  }

  static PlaceSearch none(std::string why, std::string remedy) {
    return {std::nullopt, std::move(why), std::move(remedy)};
  }

 private:
  PlaceSearch finish(const char* token_name, const char* url_name, const char* token_remedy) {
    if (!parse_decimal(place_.number)) return none("this is no run of a merge request", {});
    const bool own = environment_.find(own_token).has_value();
    const char* const named = own ? own_token : token_name;
    const auto token = std::string(trim(value(environment_, named)));
    if (token.empty()) {
      return none("there is no token: neither " + std::string(own_token) + " nor " + token_name + " is set",
                  token_remedy);
    }
    if (!std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; })) {
      return none(std::string(named) + " holds characters that no token has", "it must hold the token alone");
    }
    const auto url = value(environment_, url_name);
    if (url.empty() || place_.project.empty()) {
      return none("the CI does not say where the merge request is (" + std::string(url_name) + ")", {});
    }
    place_.api = net::parse_url(url, url_name);
    place_.token = Secret(token);
    return {std::move(place_), {}, {}};
  }

  const ci::CiContext& ci_;
  const Environment& environment_;
  Place place_;
};

}  // namespace

std::string_view name_of(Forge forge) {
  switch (forge) {
    case Forge::github:
      return "GitHub";
    case Forge::gitlab:
      return "GitLab";
    case Forge::azure:
      return "Azure DevOps";
  }
  return {};
}

PlaceSearch find_place(const ci::CiContext& ci, const sys::Environment& environment) {
  switch (ci.system) {
    case ci::System::github:
      return Search(Forge::github, ci, environment).github();
    case ci::System::gitlab:
      return Search(Forge::gitlab, ci, environment).gitlab();
    case ci::System::azure:
      return Search(Forge::azure, ci, environment).azure();
    case ci::System::none:
    case ci::System::bitbucket:
    case ci::System::jenkins:
    case ci::System::other:
      break;
  }
  return Search::none("this is none of GitHub Actions, GitLab CI and Azure Pipelines", {});
}

std::string default_gate_name(const ci::CiContext& ci, const sys::Environment& environment) {
  const auto both = [&](const char* one, const char* other) {
    return value(environment, one) + "/" + value(environment, other);
  };
  switch (ci.system) {
    case ci::System::github:
      return both("GITHUB_WORKFLOW", "GITHUB_JOB");
    case ci::System::gitlab:
      return value(environment, "CI_JOB_NAME");
    case ci::System::azure:
      return both("BUILD_DEFINITIONNAME", "SYSTEM_JOBNAME");
    case ci::System::none:
    case ci::System::bitbucket:
    case ci::System::jenkins:
    case ci::System::other:
      break;
  }
  return {};
}

}  // namespace kolega::forge
