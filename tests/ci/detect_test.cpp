#include "ci/detect.hpp"

#include <doctest/doctest.h>

#include "support/files.hpp"

using namespace kolega;
using ci::detect;

namespace {

sys::Environment environment(std::map<std::string, std::string> variables) {
  return sys::Environment(std::move(variables));
}

/// As the documentation of the variables shows a run for a push.
std::map<std::string, std::string> github_push() {
  return {{"CI", "true"},
          {"GITHUB_ACTIONS", "true"},
          {"GITHUB_REPOSITORY", "octocat/Hello-World"},
          {"GITHUB_REF", "refs/heads/feature/a"},
          {"GITHUB_REF_NAME", "feature/a"},
          {"GITHUB_REF_TYPE", "branch"},
          {"GITHUB_SHA", "ffac537e6cbbf934b08745a378932722df287a53"},
          {"GITHUB_HEAD_REF", ""},
          {"GITHUB_BASE_REF", ""},
          {"GITHUB_SERVER_URL", "https://github.com"},
          {"GITHUB_RUN_ID", "1658821493"}};
}

std::map<std::string, std::string> github_pull_request() {
  auto variables = github_push();
  variables["GITHUB_REF"] = "refs/pull/7/merge";
  variables["GITHUB_REF_NAME"] = "7/merge";
  variables["GITHUB_HEAD_REF"] = "feature/a";
  variables["GITHUB_BASE_REF"] = "main";
  return variables;
}

std::map<std::string, std::string> gitlab_merge_request() {
  return {{"CI", "true"},
          {"GITLAB_CI", "true"},
          {"CI_PROJECT_PATH", "group/sub/project"},
          {"CI_COMMIT_REF_NAME", "fix-1"},
          {"CI_COMMIT_SHA", "1ecfd275763eff1d6b4844ea3168962458c9f27a"},
          {"CI_MERGE_REQUEST_IID", "12"},
          {"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "fix-1"},
          {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"},
          {"CI_MERGE_REQUEST_DIFF_BASE_SHA", "0a1b2c3"},
          {"CI_JOB_URL", "https://gitlab.example.com/group/sub/project/-/jobs/50"}};
}

std::map<std::string, std::string> azure_pull_request() {
  return {{"TF_BUILD", "True"},
          {"BUILD_REPOSITORY_NAME", "web"},
          {"SYSTEM_TEAMPROJECT", "shop"},
          {"BUILD_SOURCEBRANCH", "refs/pull/3/merge"},
          {"BUILD_SOURCEVERSION", "aaaa"},
          {"SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/fix"},
          {"SYSTEM_PULLREQUEST_SOURCECOMMITID", "bbbb"},
          {"SYSTEM_PULLREQUEST_PULLREQUESTID", "3"},
          {"SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"},
          {"SYSTEM_COLLECTIONURI", "https://dev.azure.com/acme/"},
          {"BUILD_BUILDID", "99"}};
}

}  // namespace

TEST_CASE("no CI, and a marker that says no, give nothing") {
  CHECK(detect(environment({})).system == ci::System::none);
  CHECK(detect(environment({{"CI", "false"}})).system == ci::System::none);
  CHECK(detect(environment({{"CI", ""}})).system == ci::System::none);
  // Variables of a CI without its marker are just variables.
  CHECK(detect(environment({{"GITHUB_REPOSITORY", "a/b"}})).repository.empty());
  CHECK(detect(environment({})).name.empty());
}

TEST_CASE("GitHub Actions: a push") {
  const auto found = detect(environment(github_push()));
  CHECK(found.system == ci::System::github);
  CHECK(found.name == "github");
  CHECK(found.repository == "octocat/Hello-World");
  CHECK(found.branch == "feature/a");
  CHECK(found.commit == "ffac537e6cbbf934b08745a378932722df287a53");
  CHECK(found.change.empty());
  CHECK(found.target_branch.empty());
  CHECK(found.run_url == "https://github.com/octocat/Hello-World/actions/runs/1658821493");
}

TEST_CASE("GitHub Actions: in a pull request the branch is the head's, never 7/merge") {
  const auto found = detect(environment(github_pull_request()));
  CHECK(found.branch == "feature/a");
  CHECK(found.change == "7");
  CHECK(found.target_branch == "main");
  auto without_head = github_pull_request();
  without_head["GITHUB_HEAD_REF"] = "";
  CHECK(detect(environment(without_head)).branch.empty());
}

TEST_CASE(
    "GitHub Actions: a pull request counts also where the run is on the base branch, with or without a "
    "number") {
  test::TempDir dir;
  auto variables = github_push();
  variables["GITHUB_EVENT_NAME"] = "pull_request_target";
  variables["GITHUB_REF"] = "refs/heads/main";
  variables["GITHUB_HEAD_REF"] = "feature/a";
  variables["GITHUB_BASE_REF"] = "main";
  auto found = detect(environment(variables));
  CHECK(found.change == "feature/a");
  CHECK(found.branch == "feature/a");
  CHECK(found.target_branch == "main");
  CHECK(found.commit.empty());  // GITHUB_SHA is the base branch's
  variables["GITHUB_EVENT_PATH"] = dir.write("event.json", R"({"pull_request": {"number": 7}})");
  CHECK(detect(environment(variables)).change == "7");
  // Each of the three says so alone.
  for (const auto* left : {"GITHUB_EVENT_NAME", "GITHUB_HEAD_REF", "GITHUB_BASE_REF"}) {
    CAPTURE(left);
    auto one = github_push();
    one[left] = variables[left];
    CHECK_FALSE(detect(environment(one)).change.empty());
  }
  auto comment = github_push();
  comment["GITHUB_EVENT_NAME"] = "issue_comment";
  CHECK(detect(environment(comment)).change.empty());
  comment["GITHUB_EVENT_PATH"] = dir.write("comment.json", R"({"issue": {"number": 8, "pull_request": {}}})");
  CHECK(detect(environment(comment)).change == "8");
}

TEST_CASE("GitHub Actions: what a merge queue tries is a change of its target branch") {
  auto variables = github_push();
  variables["GITHUB_EVENT_NAME"] = "merge_group";
  variables["GITHUB_REF"] = "refs/heads/gh-readonly-queue/release/1/pr-41-0a1b2c";
  auto found = detect(environment(variables));
  CHECK(found.change == "41");
  CHECK(found.target_branch == "release/1");
  CHECK(found.commit == "ffac537e6cbbf934b08745a378932722df287a53");
  variables["GITHUB_REF"] = "refs/heads/odd";
  CHECK(detect(environment(variables)).change == "odd");
}

TEST_CASE("GitHub Actions: a tag is no branch, a strange ref no pull request") {
  auto variables = github_push();
  variables["GITHUB_REF"] = "refs/tags/v1";
  variables["GITHUB_REF_TYPE"] = "tag";
  CHECK(detect(environment(variables)).branch.empty());
  for (const auto* ref :
       {"refs/pull//merge", "refs/pull/x/merge", "refs/pull/7", "refs/heads/pull/7/merge"}) {
    variables["GITHUB_REF"] = ref;
    CHECK(detect(environment(variables)).change.empty());
  }
}

TEST_CASE("GitLab: a merge request, merged results, a branch, a tag") {
  auto variables = gitlab_merge_request();
  auto found = detect(environment(variables));
  CHECK(found.system == ci::System::gitlab);
  CHECK(found.repository == "group/sub/project");
  CHECK(found.branch == "fix-1");
  CHECK(found.commit == "1ecfd275763eff1d6b4844ea3168962458c9f27a");
  CHECK(found.change == "12");
  CHECK(found.target_branch == "main");
  CHECK(found.base_commit == "0a1b2c3");
  CHECK(found.run_url == "https://gitlab.example.com/group/sub/project/-/jobs/50");

  variables["CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"] = "head";
  CHECK(detect(environment(variables)).commit == "head");

  found = detect(
      environment({{"GITLAB_CI", "true"}, {"CI_COMMIT_BRANCH", "main"}, {"CI_COMMIT_REF_NAME", "main"}}));
  CHECK(found.branch == "main");
  found = detect(environment({{"GITLAB_CI", "true"}, {"CI_COMMIT_TAG", "v1"}, {"CI_COMMIT_REF_NAME", "v1"}}));
  CHECK(found.branch.empty());
}

TEST_CASE("GitLab: a pull request at GitHub, and a merge request without a number") {
  const auto found = detect(environment({{"GITLAB_CI", "true"},
                                         {"CI_PIPELINE_SOURCE", "external_pull_request_event"},
                                         {"CI_COMMIT_BRANCH", "fix-1"},
                                         {"CI_EXTERNAL_PULL_REQUEST_IID", "9"},
                                         {"CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME", "fix-1"},
                                         {"CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME", "main"}}));
  CHECK(found.change == "9");
  CHECK(found.branch == "fix-1");
  CHECK(found.target_branch == "main");
  for (const auto* source : {"external_pull_request_event", "merge_request_event"})
    CHECK(detect(environment({{"GITLAB_CI", "true"}, {"CI_PIPELINE_SOURCE", source}})).change == "unknown");
  CHECK(detect(environment({{"GITLAB_CI", "true"}, {"CI_PIPELINE_SOURCE", "push"}})).change.empty());
}

TEST_CASE("Azure Pipelines: a pull request is seen by its ref and by its reason alone") {
  auto found = detect(environment({{"TF_BUILD", "True"}, {"BUILD_SOURCEBRANCH", "refs/pull/3/merge"}}));
  CHECK(found.change == "3");
  CHECK(found.branch.empty());
  found = detect(environment({{"TF_BUILD", "True"}, {"BUILD_REASON", "PullRequest"}}));
  CHECK(found.change == "unknown");
  CHECK(detect(environment({{"TF_BUILD", "True"}, {"BUILD_REASON", "IndividualCI"}})).change.empty());
}

TEST_CASE("Azure Pipelines: a pull request of Azure Repos, of GitHub, a branch") {
  auto variables = azure_pull_request();
  auto found = detect(environment(variables));
  CHECK(found.system == ci::System::azure);
  CHECK(found.repository == "shop/web");
  CHECK(found.branch == "fix");
  CHECK(found.commit == "bbbb");
  CHECK(found.change == "3");
  CHECK(found.target_branch == "main");
  CHECK(found.run_url == "https://dev.azure.com/acme/shop/_build/results?buildId=99");

  variables["BUILD_REPOSITORY_NAME"] = "acme/web";
  variables["SYSTEM_PULLREQUEST_PULLREQUESTNUMBER"] = "41";
  found = detect(environment(variables));
  CHECK(found.repository == "acme/web");
  CHECK(found.change == "41");

  found = detect(environment({{"TF_BUILD", "True"},
                              {"BUILD_SOURCEBRANCH", "refs/heads/release/1"},
                              {"BUILD_SOURCEVERSION", "cccc"}}));
  CHECK(found.branch == "release/1");
  CHECK(found.commit == "cccc");
  CHECK(found.run_url.empty());
  CHECK(detect(environment({{"TF_BUILD", "True"}, {"BUILD_SOURCEBRANCH", "refs/tags/v1"}})).branch.empty());
}

TEST_CASE("Azure Pipelines: the run is known whole or not at all") {
  auto variables = azure_pull_request();
  CHECK_FALSE(detect(environment(variables)).azure);
  const std::map<std::string, std::string> run{{"SYSTEM_TEAMPROJECTID", "1111"},
                                               {"SYSTEM_DEFINITIONID", "42"},
                                               {"BUILD_DEFINITIONNAME", "Nightly build"},
                                               {"SYSTEM_PHASEID", "2222"},
                                               {"SYSTEM_PHASENAME", "Analyze"}};
  variables.insert(run.begin(), run.end());
  const auto found = detect(environment(variables)).azure;
  REQUIRE(found);
  CHECK(*found ==
        AzureRun{"acme", "1111", "42", "Nightly build", "2222", "Analyze", "refs/pull/3/merge", "99"});
  for (const auto& [name, value] : run) {
    CAPTURE(name);
    auto without = variables;
    without.erase(name);
    CHECK_FALSE(detect(environment(without)).azure);
  }
  variables["SYSTEM_COLLECTIONURI"] = "https://acme.visualstudio.com/";
  CHECK(detect(environment(variables)).azure->organization == "acme");
  variables["SYSTEM_COLLECTIONURI"] = "https://tfs.acme.test/DefaultCollection/";
  CHECK_FALSE(detect(environment(variables)).azure);
  variables["SYSTEM_COLLECTIONURI"] = "https://dev.azure.com/acme/";
  variables["BUILD_BUILDID"] = "99; rm";
  CHECK_FALSE(detect(environment(variables)).azure);
}

TEST_CASE("Bitbucket Pipelines") {
  const auto found = detect(environment({{"CI", "true"},
                                         {"BITBUCKET_BUILD_NUMBER", "15"},
                                         {"BITBUCKET_REPO_FULL_NAME", "acme/web"},
                                         {"BITBUCKET_BRANCH", "fix"},
                                         {"BITBUCKET_COMMIT", "dddd"},
                                         {"BITBUCKET_PR_ID", "8"},
                                         {"BITBUCKET_PR_DESTINATION_BRANCH", "main"}}));
  CHECK(found.system == ci::System::bitbucket);
  CHECK(found.repository == "acme/web");
  CHECK(found.branch == "fix");
  CHECK(found.commit == "dddd");
  CHECK(found.change == "8");
  CHECK(found.target_branch == "main");
  CHECK(found.run_url == "https://bitbucket.org/acme/web/pipelines/results/15");
}

TEST_CASE("Jenkins: the repository from the remote without its password, a change's branch") {
  auto found = detect(environment({{"JENKINS_URL", "https://ci.example.com/"},
                                   {"GIT_URL", "https://user:secret@github.com/acme/web.git"},
                                   {"GIT_BRANCH", "origin/main"},
                                   {"GIT_COMMIT", "eeee"},
                                   {"BUILD_URL", "https://ci.example.com/job/web/5/"}}));
  CHECK(found.system == ci::System::jenkins);
  CHECK(found.repository == "acme/web");
  CHECK(found.branch == "main");
  CHECK(found.commit == "eeee");
  CHECK(found.run_url == "https://ci.example.com/job/web/5/");

  found = detect(environment({{"JENKINS_URL", "x"},
                              {"BRANCH_NAME", "PR-7"},
                              {"CHANGE_ID", "7"},
                              {"CHANGE_BRANCH", "fix"},
                              {"CHANGE_TARGET", "main"}}));
  CHECK(found.branch == "fix");
  CHECK(found.change == "7");
  CHECK(found.target_branch == "main");
  CHECK(detect(environment({{"JENKINS_URL", "x"}, {"BRANCH_NAME", "PR-7"}, {"CHANGE_ID", "7"}}))
            .branch.empty());
}

TEST_CASE("Jenkins: the plugins that build pull and merge requests outside of multibranch pipelines") {
  auto found = detect(environment({{"JENKINS_URL", "x"},
                                   {"GIT_BRANCH", "origin/pr/7/merge"},
                                   {"ghprbPullId", "7"},
                                   {"ghprbSourceBranch", "fix"},
                                   {"ghprbTargetBranch", "main"}}));
  CHECK(found.change == "7");
  CHECK(found.branch == "fix");
  CHECK(found.target_branch == "main");
  found = detect(environment({{"JENKINS_URL", "x"},
                              {"gitlabMergeRequestIid", "8"},
                              {"gitlabSourceBranch", "fix"},
                              {"gitlabTargetBranch", "main"}}));
  CHECK(found.change == "8");
  // A push through the same plugin.
  found = detect(
      environment({{"JENKINS_URL", "x"}, {"gitlabSourceBranch", "main"}, {"gitlabTargetBranch", "main"}}));
  CHECK(found.change.empty());
  CHECK(found.target_branch.empty());
}

TEST_CASE("any other CI is known as one") {
  const auto found = detect(environment({{"CI", "1"}}));
  CHECK(found.system == ci::System::other);
  CHECK(found.name == "ci");
  CHECK(found.repository.empty());
}

TEST_CASE("hostile values stay the text they are") {
  auto variables = github_pull_request();
  const std::string hostile = "x\n::error::\x1b[31m$(id) ../..";
  variables["GITHUB_HEAD_REF"] = hostile;
  variables["GITHUB_REPOSITORY"] = hostile;
  const auto found = detect(environment(variables));
  CHECK(found.branch == hostile);
  CHECK(found.repository == hostile);
}
