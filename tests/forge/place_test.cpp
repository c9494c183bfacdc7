#include "forge/place.hpp"

#include <doctest/doctest.h>

#include "support/files.hpp"

using namespace kolega;
using forge::Forge;

namespace {

using Variables = std::map<std::string, std::string>;

Variables github() {
  return {{"GITHUB_ACTIONS", "true"},
          {"GITHUB_REPOSITORY", "acme/shop"},
          {"GITHUB_REF", "refs/pull/7/merge"},
          {"GITHUB_API_URL", "https://ghe.test/api/v3"},
          {"GITHUB_TOKEN", "secret"}};
}
Variables gitlab() {
  return {{"GITLAB_CI", "true"},
          {"CI_MERGE_REQUEST_IID", "7"},
          {"CI_MERGE_REQUEST_PROJECT_ID", "42"},
          {"CI_PROJECT_ID", "43"},
          {"CI_API_V4_URL", "https://gitlab.test/api/v4"},
          {"GITLAB_TOKEN", "secret"}};
}
Variables azure() {
  return {{"TF_BUILD", "True"},
          {"SYSTEM_PULLREQUEST_PULLREQUESTID", "7"},
          {"SYSTEM_TEAMPROJECT", "shop"},
          {"SYSTEM_COLLECTIONURI", "https://dev.azure.com/org/"},
          {"BUILD_REPOSITORY_ID", "4c3f"},
          {"SYSTEM_ACCESSTOKEN", "secret"}};
}

forge::PlaceSearch find(Variables variables, const std::string& without = {}) {
  variables.erase(without);
  const sys::Environment environment(std::move(variables));
  return forge::find_place(ci::detect(environment), environment);
}

}  // namespace

TEST_CASE("a merge request and a token make a place") {
  const auto at_github = find(github()).place;
  REQUIRE(at_github);
  CHECK(at_github->forge == Forge::github);
  CHECK(at_github->api.origin() == "https://ghe.test");
  CHECK(at_github->api.path == "/api/v3");
  CHECK(at_github->project == "acme/shop");
  CHECK(at_github->number == "7");
  CHECK(at_github->token.reveal() == "secret");

  const auto at_gitlab = find(gitlab()).place;
  REQUIRE(at_gitlab);
  CHECK(at_gitlab->project == "42");  // not the fork's
  CHECK(at_gitlab->number == "7");

  const auto at_azure = find(azure()).place;
  REQUIRE(at_azure);
  CHECK(at_azure->project == "shop");
  CHECK(at_azure->repository == "4c3f");
  CHECK(at_azure->api.path == "/org");
}

TEST_CASE("what is missing is said, with what to do") {
  struct Row {
    Variables variables;
    std::string without, why, remedy;
  };
  for (const auto& [variables, without, why, remedy] : {
           Row{github(), "GITHUB_ACTIONS", "none of GitHub Actions", ""},
           Row{github(), "GITHUB_REF", "no run of a merge request", ""},
           Row{github(), "GITHUB_TOKEN", "neither KOLEGA_COMMENT_TOKEN nor GITHUB_TOKEN", "github.token"},
           Row{github(), "GITHUB_API_URL", "GITHUB_API_URL", ""},
           Row{gitlab(), "CI_MERGE_REQUEST_IID", "no run of a merge request", ""},
           Row{gitlab(), "GITLAB_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN may not"},
           Row{gitlab(), "CI_MERGE_REQUEST_PROJECT_ID", "does not say where", ""},
           Row{azure(), "SYSTEM_PULLREQUEST_PULLREQUESTID", "no run of a merge request", ""},
           Row{azure(), "SYSTEM_ACCESSTOKEN", "SYSTEM_ACCESSTOKEN", "System.AccessToken"},
       }) {
    INFO(without);
    const auto search = find(variables, without);
    CHECK_FALSE(search.place);
    CHECK(search.why_not.find(why) != std::string::npos);
    CHECK(search.remedy.find(remedy) != std::string::npos);
  }
}

TEST_CASE("a token that no header can carry is not used, and not shown") {
  auto variables = github();
  variables["GITHUB_TOKEN"] = "top\nsecret";
  const auto search = find(variables);
  CHECK_FALSE(search.place);
  CHECK(search.why_not.find("GITHUB_TOKEN") != std::string::npos);
  CHECK(search.why_not.find("secret") == std::string::npos);
}

TEST_CASE("the gate's own token comes first") {
  auto variables = gitlab();
  variables["KOLEGA_COMMENT_TOKEN"] = "mine";
  REQUIRE(find(variables).place);
  CHECK(find(variables).place->token.reveal() == "mine");
}

TEST_CASE("pull requests that are not in Azure Repos are left alone") {
  auto variables = azure();
  variables["BUILD_REPOSITORY_PROVIDER"] = "GitHub";
  CHECK(find(variables).why_not == "the pull request is not in Azure Repos");
}

TEST_CASE("events that run on the base branch name the pull request in the event file") {
  const test::TempDir dir;
  auto variables = github();
  variables["GITHUB_REF"] = "refs/heads/main";
  struct Row {
    std::string event, number;
  };
  for (const auto& [event, number] :
       {Row{R"({"pull_request": {"number": 12}})", "12"},
        Row{R"({"issue": {"number": 13, "pull_request": {}}})", "13"},
        Row{R"({"issue": {"number": 14}})", ""}, Row{R"({"pull_request": {"number": "12; rm"}})", ""},
        Row{R"({"pull_request": {"number": -3}})", ""}, Row{R"({"pull_request")", ""}}) {
    INFO(event);
    variables["GITHUB_EVENT_PATH"] = dir.write("event.json", event);
    const auto search = find(variables);
    CHECK(search.place.has_value() == !number.empty());
    if (search.place) CHECK(search.place->number == number);
  }
  variables["GITHUB_EVENT_PATH"] = dir.file("absent.json");
  CHECK_FALSE(find(variables).place);
}
