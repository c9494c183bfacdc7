#include "ci/other_systems.hpp"

#include <doctest/doctest.h>

using namespace kolega;

namespace {

using Variables = std::map<std::string, std::string>;

/// A run for a pull request, what is seen of it, and what the same system sets for a push.
struct Case {
  std::string name{};
  Variables pull{};
  std::string change{};
  std::string branch{};
  std::string commit{};
  std::string target{};
  std::string base{};
  std::string repository{"acme/web"};
  Variables push{};
};

/// The variables as the pages that other_systems.cpp names document them.
std::vector<Case> cases() {
  return {
      {"circleci",
       {{"CIRCLECI", "true"},
        {"CIRCLE_PROJECT_USERNAME", "acme"},
        {"CIRCLE_PROJECT_REPONAME", "web"},
        {"CIRCLE_BRANCH", "fix"},
        {"CIRCLE_SHA1", "aaaa"},
        {"CIRCLE_PULL_REQUEST", "https://github.com/acme/web/pull/12"}},
       "12",
       "fix",
       "aaaa",
       "",
       "",
       "acme/web",
       {{"CIRCLECI", "true"}, {"CIRCLE_BRANCH", "main"}}},
      {"circleci",
       {{"CIRCLECI", "true"}, {"CIRCLE_BRANCH", "pull/13"}, {"CIRCLE_PR_NUMBER", "13"}},
       "13",
       "",
       "",
       "",
       "",
       "",
       {{"CIRCLECI", "true"}, {"CIRCLE_BRANCH", "main"}}},
      {"buildkite",
       {{"BUILDKITE", "true"},
        {"BUILDKITE_REPO", "git@github.com:acme/web.git"},
        {"BUILDKITE_PULL_REQUEST", "5"},
        {"BUILDKITE_BRANCH", "fix"},
        {"BUILDKITE_COMMIT", "HEAD"},
        {"BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main"}},
       "5",
       "fix",
       "",
       "main",
       "",
       "acme/web",
       {{"BUILDKITE", "true"}, {"BUILDKITE_BRANCH", "main"}, {"BUILDKITE_PULL_REQUEST", "false"}}},
      {"drone",
       {{"DRONE", "true"},
        {"DRONE_REPO", "acme/web"},
        {"DRONE_PULL_REQUEST", "6"},
        {"DRONE_BRANCH", "main"},
        {"DRONE_SOURCE_BRANCH", "fix"},
        {"DRONE_TARGET_BRANCH", "main"},
        {"DRONE_COMMIT_SHA", "bbbb"}},
       "6",
       "fix",
       "bbbb",
       "main",
       "",
       "acme/web",
       {{"DRONE", "true"},
        {"DRONE_BRANCH", "main"},
        {"DRONE_BUILD_EVENT", "push"},
        {"DRONE_TARGET_BRANCH", "main"}}},
      {"drone",
       {{"DRONE", "true"}, {"DRONE_BUILD_EVENT", "pull_request"}},
       "unknown",
       "",
       "",
       "",
       "",
       "",
       {{"DRONE", "true"}, {"DRONE_BRANCH", "main"}, {"DRONE_PULL_REQUEST", "0"}}},
      {"travis",
       {{"TRAVIS", "true"},
        {"TRAVIS_REPO_SLUG", "acme/web"},
        {"TRAVIS_PULL_REQUEST", "7"},
        {"TRAVIS_PULL_REQUEST_BRANCH", "fix"},
        {"TRAVIS_PULL_REQUEST_SHA", "cccc"},
        {"TRAVIS_COMMIT", "merge"},
        {"TRAVIS_BRANCH", "main"}},
       "7",
       "fix",
       "cccc",
       "main",
       "",
       "acme/web",
       {{"TRAVIS", "true"},
        {"TRAVIS_BRANCH", "main"},
        {"TRAVIS_PULL_REQUEST", "false"},
        {"TRAVIS_EVENT_TYPE", "push"}}},
      {"woodpecker",
       {{"CI", "woodpecker"},
        {"CI_REPO", "acme/web"},
        {"CI_COMMIT_PULL_REQUEST", "8"},
        {"CI_COMMIT_BRANCH", "main"},
        {"CI_COMMIT_SOURCE_BRANCH", "fix"},
        {"CI_COMMIT_TARGET_BRANCH", "main"},
        {"CI_COMMIT_SHA", "dddd"}},
       "8",
       "fix",
       "dddd",
       "main",
       "",
       "acme/web",
       {{"CI", "woodpecker"}, {"CI_COMMIT_BRANCH", "main"}, {"CI_PIPELINE_EVENT", "push"}}},
      {"woodpecker",
       {{"CI", "woodpecker"}, {"CI_PIPELINE_EVENT", "pull_request"}, {"CI_COMMIT_SOURCE_BRANCH", "fix"}},
       "fix",
       "fix",
       "",
       "",
       "",
       "",
       {{"CI", "woodpecker"}, {"CI_COMMIT_BRANCH", "main"}}},
      {"codebuild",
       {{"CODEBUILD_BUILD_ID", "web:1"},
        {"CODEBUILD_SOURCE_REPO_URL", "https://github.com/acme/web.git"},
        {"CODEBUILD_WEBHOOK_EVENT", "PULL_REQUEST_UPDATED"},
        {"CODEBUILD_WEBHOOK_TRIGGER", "pr/9"},
        {"CODEBUILD_WEBHOOK_HEAD_REF", "refs/heads/fix"},
        {"CODEBUILD_WEBHOOK_BASE_REF", "refs/heads/main"},
        {"CODEBUILD_RESOLVED_SOURCE_VERSION", "eeee"}},
       "9",
       "fix",
       "eeee",
       "main",
       "",
       "acme/web",
       {{"CODEBUILD_BUILD_ID", "web:1"},
        {"CODEBUILD_WEBHOOK_EVENT", "PUSH"},
        {"CODEBUILD_WEBHOOK_TRIGGER", "branch/main"},
        {"CODEBUILD_WEBHOOK_HEAD_REF", "refs/heads/main"}}},
      {"codebuild",
       {{"CODEBUILD_BUILD_ID", "web:1"}, {"CODEBUILD_SOURCE_VERSION", "pr/10"}},
       "10",
       "",
       "",
       "",
       "",
       "",
       {{"CODEBUILD_BUILD_ID", "web:1"},
        {"CODEBUILD_SOURCE_VERSION", "7"},
        {"CODEBUILD_WEBHOOK_HEAD_REF", "refs/heads/main"}}},
      {"prow",
       {{"CI", "true"},
        {"PROW_JOB_ID", "1"},
        {"JOB_TYPE", "presubmit"},
        {"REPO_OWNER", "acme"},
        {"REPO_NAME", "web"},
        {"PULL_NUMBER", "11"},
        {"PULL_HEAD_REF", "fix"},
        {"PULL_PULL_SHA", "ffff"},
        {"PULL_BASE_REF", "main"},
        {"PULL_BASE_SHA", "0000"}},
       "11",
       "fix",
       "ffff",
       "main",
       "0000",
       "acme/web",
       {{"PROW_JOB_ID", "1"},
        {"JOB_TYPE", "postsubmit"},
        {"PULL_BASE_REF", "main"},
        {"PULL_BASE_SHA", "0000"}}},
      {"prow",
       {{"PROW_JOB_ID", "1"}, {"JOB_TYPE", "batch"}, {"PULL_BASE_REF", "main"}},
       "unknown",
       "",
       "",
       "main",
       "",
       "",
       {{"PROW_JOB_ID", "1"}, {"JOB_TYPE", "periodic"}, {"PULL_BASE_REF", "main"}}},
      {"appveyor",
       {{"APPVEYOR", "True"},
        {"APPVEYOR_REPO_NAME", "acme/web"},
        {"APPVEYOR_PULL_REQUEST_NUMBER", "14"},
        {"APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH", "fix"},
        {"APPVEYOR_PULL_REQUEST_HEAD_COMMIT", "aaab"},
        {"APPVEYOR_REPO_BRANCH", "main"},
        {"APPVEYOR_REPO_COMMIT", "base"}},
       "14",
       "fix",
       "aaab",
       "main",
       "",
       "acme/web",
       {{"APPVEYOR", "True"}, {"APPVEYOR_REPO_BRANCH", "main"}}},
      {"cirrus",
       {{"CIRRUS_CI", "true"},
        {"CIRRUS_REPO_FULL_NAME", "acme/web"},
        {"CIRRUS_PR", "15"},
        {"CIRRUS_BRANCH", "pull/15"},
        {"CIRRUS_BASE_BRANCH", "main"},
        {"CIRRUS_BASE_SHA", "0001"},
        {"CIRRUS_CHANGE_IN_REPO", "aaac"}},
       "15",
       "",
       "aaac",
       "main",
       "0001",
       "acme/web",
       {{"CIRRUS_CI", "true"}, {"CIRRUS_BRANCH", "main"}}},
      {"semaphore",
       {{"SEMAPHORE", "true"},
        {"SEMAPHORE_GIT_REPO_SLUG", "acme/web"},
        {"SEMAPHORE_GIT_PR_NUMBER", "16"},
        {"SEMAPHORE_GIT_PR_BRANCH", "fix"},
        {"SEMAPHORE_GIT_PR_SHA", "aaad"},
        {"SEMAPHORE_GIT_SHA", "merge"},
        {"SEMAPHORE_GIT_BRANCH", "main"},
        {"SEMAPHORE_GIT_REF_TYPE", "pull-request"}},
       "16",
       "fix",
       "aaad",
       "main",
       "",
       "acme/web",
       {{"SEMAPHORE", "true"}, {"SEMAPHORE_GIT_REF_TYPE", "branch"}, {"SEMAPHORE_GIT_BRANCH", "main"}}},
      {"bitrise",
       {{"BITRISE_IO", "true"},
        {"GIT_REPOSITORY_URL", "https://github.com/acme/web.git"},
        {"BITRISE_PULL_REQUEST", "17"},
        {"BITRISE_GIT_BRANCH", "fix"},
        {"BITRISEIO_GIT_BRANCH_DEST", "main"},
        {"BITRISE_GIT_COMMIT", "aaae"}},
       "17",
       "fix",
       "aaae",
       "main",
       "",
       "acme/web",
       {{"BITRISE_IO", "true"}, {"BITRISE_GIT_BRANCH", "main"}}},
      {"codefresh",
       {{"CF_BUILD_ID", "1"},
        {"CF_REPO_OWNER", "acme"},
        {"CF_REPO_NAME", "web"},
        {"CF_PULL_REQUEST_NUMBER", "18"},
        {"CF_BRANCH", "fix"},
        {"CF_PULL_REQUEST_TARGET", "main"},
        {"CF_REVISION", "aaaf"}},
       "18",
       "fix",
       "aaaf",
       "main",
       "",
       "acme/web",
       {{"CF_BUILD_ID", "1"}, {"CF_BRANCH", "main"}}},
  };
}

}  // namespace

TEST_CASE("other CIs: a pull request is seen, with what its variables say, and a push is none") {
  for (const auto& row : cases()) {
    CAPTURE(row.name);
    CAPTURE(row.change);
    const auto found = ci::detect(sys::Environment(row.pull));
    CHECK(found.system == ci::System::other);
    CHECK(found.name == row.name);
    CHECK(found.change == row.change);
    CHECK(found.branch == row.branch);
    CHECK(found.commit == row.commit);
    CHECK(found.target_branch == row.target);
    CHECK(found.base_commit == row.base);
    CHECK(found.repository == row.repository);
    const auto push = ci::detect(sys::Environment(row.push));
    CHECK(push.name == row.name);
    CHECK(push.change.empty());
    CHECK(push.branch == "main");
    CHECK(push.target_branch.empty());
  }
}

TEST_CASE("other CIs: a tag is no branch, and another system's markers come first") {
  CHECK(ci::detect(
            sys::Environment(Variables{{"TRAVIS", "true"}, {"TRAVIS_BRANCH", "v1"}, {"TRAVIS_TAG", "v1"}}))
            .branch.empty());
  CHECK(
      ci::detect(sys::Environment(Variables{{"GITHUB_ACTIONS", "true"}, {"CODEBUILD_BUILD_ID", "1"}})).name ==
      "github");
  CHECK(ci::detect(sys::Environment(Variables{{"DRONE", "false"}, {"DRONE_PULL_REQUEST", "1"}}))
            .change.empty());
}

TEST_CASE("the name of a change: its number, else what is known, never nothing") {
  CHECK(ci::name_change("7", false, "fix") == "7");
  CHECK(ci::name_change("https://github.com/a/b/pull/7", false, "") == "7");
  CHECK(ci::name_change("true", false, "fix") == "fix");
  CHECK(ci::name_change("x\n7", false, "") == "unknown");
  CHECK(ci::name_change("", true, "") == "unknown");
  for (const auto* no : {"", "0", "false", "False"}) CHECK(ci::name_change(no, false, "fix").empty());
}
