#include "ci/other_systems.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "sys/git.hpp"

namespace kolega::ci {

namespace {

/// Names of variables.
using Names = std::array<const char*, 3>;

/// The columns for changes stand for pull and merge requests; where one has none, the other column is not
/// asked.
struct Columns {
  std::string_view name{};
  const char* marker{};
  std::string_view marked{};      ///< what the marker must say; empty: anything but a no
  Names repository{};             ///< owner/name, a remote's address, or owner and name in two variables
  Names change{};                 ///< its number, its address, or a no; the first that says one is taken
  const char* event{};            ///< a variable that says so without a number, too,
  std::string_view event_says{};  ///< when it begins with this
  const char* change_branch{};
  const char* branch{};
  const char* tag{};  ///< set: `branch` holds a tag
  const char* change_commit{};
  const char* commit{};
  const char* target{};
  const char* base{};  ///< a commit that the target branch was at
  const char* run_url{};
  const char* actor{};
};

constexpr std::array<Columns, 12> systems{{
    // https://circleci.com/docs/reference/variables/; a branch with an open pull request names it as well.
    {.name = "circleci",
     .marker = "CIRCLECI",
     .repository = {"CIRCLE_PROJECT_USERNAME", "CIRCLE_PROJECT_REPONAME"},
     .change = {"CIRCLE_PR_NUMBER", "CIRCLE_PULL_REQUEST", "CI_PULL_REQUEST"},
     .change_branch = "CIRCLE_BRANCH",
     .branch = "CIRCLE_BRANCH",
     .tag = "CIRCLE_TAG",
     .commit = "CIRCLE_SHA1",
     .run_url = "CIRCLE_BUILD_URL",
     .actor = "CIRCLE_USERNAME"},
    // https://buildkite.com/docs/pipelines/configure/environment-variables
    {.name = "buildkite",
     .marker = "BUILDKITE",
     .repository = {"BUILDKITE_REPO"},
     .change = {"BUILDKITE_PULL_REQUEST"},
     .change_branch = "BUILDKITE_BRANCH",
     .branch = "BUILDKITE_BRANCH",
     .tag = "BUILDKITE_TAG",
     .commit = "BUILDKITE_COMMIT",
     .target = "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
     .run_url = "BUILDKITE_BUILD_URL",
     .actor = "BUILDKITE_BUILD_CREATOR"},
    // https://docs.drone.io/pipeline/environment/reference/
    {.name = "drone",
     .marker = "DRONE",
     .repository = {"DRONE_REPO"},
     .change = {"DRONE_PULL_REQUEST"},
     .event = "DRONE_BUILD_EVENT",
     .event_says = "pull_request",
     .change_branch = "DRONE_SOURCE_BRANCH",
     .branch = "DRONE_BRANCH",
     .tag = "DRONE_TAG",
     .commit = "DRONE_COMMIT_SHA",
     .target = "DRONE_TARGET_BRANCH",
     .run_url = "DRONE_BUILD_LINK"},
    // https://docs.travis-ci.com/user/environment-variables/
    {.name = "travis",
     .marker = "TRAVIS",
     .repository = {"TRAVIS_REPO_SLUG"},
     .change = {"TRAVIS_PULL_REQUEST"},
     .event = "TRAVIS_EVENT_TYPE",
     .event_says = "pull_request",
     .change_branch = "TRAVIS_PULL_REQUEST_BRANCH",
     .branch = "TRAVIS_BRANCH",
     .tag = "TRAVIS_TAG",
     .change_commit = "TRAVIS_PULL_REQUEST_SHA",
     .commit = "TRAVIS_COMMIT",
     .target = "TRAVIS_BRANCH",
     .run_url = "TRAVIS_JOB_WEB_URL"},
    // https://woodpecker-ci.org/docs/usage/environment; the event was CI_BUILD_EVENT before 1.0, the number
    // stays.
    {.name = "woodpecker",
     .marker = "CI",
     .marked = "woodpecker",
     .repository = {"CI_REPO"},
     .change = {"CI_COMMIT_PULL_REQUEST"},
     .event = "CI_PIPELINE_EVENT",
     .event_says = "pull_request",
     .change_branch = "CI_COMMIT_SOURCE_BRANCH",
     .branch = "CI_COMMIT_BRANCH",
     .tag = "CI_COMMIT_TAG",
     .commit = "CI_COMMIT_SHA",
     .target = "CI_COMMIT_TARGET_BRANCH",
     .run_url = "CI_PIPELINE_URL"},
    // https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html: "pr/7" and
    // "branch/main"
    {.name = "codebuild",
     .marker = "CODEBUILD_BUILD_ID",
     .repository = {"CODEBUILD_SOURCE_REPO_URL"},
     .change = {"CODEBUILD_WEBHOOK_TRIGGER", "CODEBUILD_SOURCE_VERSION"},
     .event = "CODEBUILD_WEBHOOK_EVENT",
     .event_says = "PULL_REQUEST",
     .change_branch = "CODEBUILD_WEBHOOK_HEAD_REF",
     .branch = "CODEBUILD_WEBHOOK_HEAD_REF",
     .commit = "CODEBUILD_RESOLVED_SOURCE_VERSION",
     .target = "CODEBUILD_WEBHOOK_BASE_REF",
     .run_url = "CODEBUILD_PUBLIC_BUILD_URL"},
    // https://docs.prow.k8s.io/docs/jobs/#job-environment-variables; a batch is several pull requests without
    // a number.
    {.name = "prow",
     .marker = "PROW_JOB_ID",
     .repository = {"REPO_OWNER", "REPO_NAME"},
     .change = {"PULL_NUMBER"},
     .event = "JOB_TYPE",
     .event_says = "batch",
     .change_branch = "PULL_HEAD_REF",
     .branch = "PULL_BASE_REF",
     .change_commit = "PULL_PULL_SHA",
     .commit = "PULL_BASE_SHA",
     .target = "PULL_BASE_REF",
     .base = "PULL_BASE_SHA"},
    // https://www.appveyor.com/docs/environment-variables/
    {.name = "appveyor",
     .marker = "APPVEYOR",
     .repository = {"APPVEYOR_REPO_NAME"},
     .change = {"APPVEYOR_PULL_REQUEST_NUMBER"},
     .change_branch = "APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH",
     .branch = "APPVEYOR_REPO_BRANCH",
     .tag = "APPVEYOR_REPO_TAG_NAME",
     .change_commit = "APPVEYOR_PULL_REQUEST_HEAD_COMMIT",
     .commit = "APPVEYOR_REPO_COMMIT",
     .target = "APPVEYOR_REPO_BRANCH"},
    // https://cirrus-ci.org/guide/writing-tasks/#environment-variables
    {.name = "cirrus",
     .marker = "CIRRUS_CI",
     .repository = {"CIRRUS_REPO_FULL_NAME"},
     .change = {"CIRRUS_PR"},
     .change_branch = "CIRRUS_BRANCH",
     .branch = "CIRRUS_BRANCH",
     .tag = "CIRRUS_TAG",
     .commit = "CIRRUS_CHANGE_IN_REPO",
     .target = "CIRRUS_BASE_BRANCH",
     .base = "CIRRUS_BASE_SHA"},
    // https://docs.semaphore.io/reference/env-vars
    {.name = "semaphore",
     .marker = "SEMAPHORE",
     .repository = {"SEMAPHORE_GIT_REPO_SLUG"},
     .change = {"SEMAPHORE_GIT_PR_NUMBER"},
     .event = "SEMAPHORE_GIT_REF_TYPE",
     .event_says = "pull-request",
     .change_branch = "SEMAPHORE_GIT_PR_BRANCH",
     .branch = "SEMAPHORE_GIT_BRANCH",
     .tag = "SEMAPHORE_GIT_TAG_NAME",
     .change_commit = "SEMAPHORE_GIT_PR_SHA",
     .commit = "SEMAPHORE_GIT_SHA",
     .target = "SEMAPHORE_GIT_BRANCH"},
    // https://devcenter.bitrise.io/en/references/available-environment-variables.html
    {.name = "bitrise",
     .marker = "BITRISE_IO",
     .repository = {"GIT_REPOSITORY_URL"},
     .change = {"BITRISE_PULL_REQUEST"},
     .change_branch = "BITRISE_GIT_BRANCH",
     .branch = "BITRISE_GIT_BRANCH",
     .tag = "BITRISE_GIT_TAG",
     .commit = "BITRISE_GIT_COMMIT",
     .target = "BITRISEIO_GIT_BRANCH_DEST",
     .run_url = "BITRISE_BUILD_URL"},
    // https://codefresh.io/docs/docs/pipelines/variables/
    {.name = "codefresh",
     .marker = "CF_BUILD_ID",
     .repository = {"CF_REPO_OWNER", "CF_REPO_NAME"},
     .change = {"CF_PULL_REQUEST_NUMBER"},
     .change_branch = "CF_BRANCH",
     .branch = "CF_BRANCH",
     .commit = "CF_REVISION",
     .target = "CF_PULL_REQUEST_TARGET",
     .run_url = "CF_BUILD_URL"},
}};

std::string value(const sys::Environment& environment, const char* name) {
  return name ? environment.find(name).value_or("") : "";
}

bool is_no(const std::string& said) {
  return said.empty() || said == "0" || iequals_ascii(said, "false") || iequals_ascii(said, "none");
}

/// The first of the columns that says something about a change; "branch/main" is CodeBuild's word for none.
std::string said_change(const sys::Environment& environment, const Columns& row) {
  for (const auto* name : row.change) {
    const auto said = value(environment, name);
    const bool other_source = row.name == "codebuild" && !said.starts_with("pr/");
    if (!is_no(said) && !other_source) return said;
  }
  return {};
}

std::string read_repository(const sys::Environment& environment, const Names& names) {
  const auto name = value(environment, names[0]);
  if (names[1]) {
    const auto second = value(environment, names[1]);
    return name.empty() || second.empty() ? "" : name + "/" + second;
  }
  const bool address = name.find(':') != std::string::npos;
  return address ? sys::full_name_of_remote(name).value_or("") : name;
}

/// "pull/7", "refs/pull/7/head" and the like stand for no branch.
std::string branch_name(std::string ref) {
  constexpr std::string_view heads = "refs/heads/";
  if (ref.starts_with(heads)) return ref.substr(heads.size());
  return ref.starts_with("refs/") || ref.starts_with("pull/") ? "" : ref;
}

CiContext read(const sys::Environment& environment, const Columns& row) {
  CiContext out;
  out.system = System::other;
  out.name = row.name;
  out.repository = read_repository(environment, row.repository);
  const auto said = said_change(environment, row);
  const bool event = !row.event_says.empty() && value(environment, row.event).starts_with(row.event_says);
  const bool is_change = event || !said.empty();
  if (is_change) {
    out.branch = branch_name(value(environment, row.change_branch));
    out.commit = value(environment, row.change_commit);
    out.target_branch = branch_name(value(environment, row.target));
    out.base_commit = value(environment, row.base);
  } else if (value(environment, row.tag).empty()) {
    out.branch = branch_name(value(environment, row.branch));
  }
  out.change = name_change(said, is_change, out.branch);
  if (out.commit.empty()) out.commit = value(environment, row.commit);
  if (out.commit == "HEAD") out.commit.clear();  // Buildkite's word before the checkout
  out.run_url = value(environment, row.run_url);
  out.actor = value(environment, row.actor);
  return out;
}

bool is_marked(const sys::Environment& environment, const Columns& row) {
  return row.marked.empty() ? is_set(environment, row.marker) : value(environment, row.marker) == row.marked;
}

}  // namespace

bool is_set(const sys::Environment& environment, const char* name) {
  return !is_no(value(environment, name));
}

std::string name_change(const std::string& said, bool is_change, const std::string& branch) {
  const auto slash = said.find_last_of('/');
  auto number = slash == std::string::npos ? said : said.substr(slash + 1);
  if (!is_no(said) && parse_decimal(number)) return number;
  if (!is_change && is_no(said)) return {};
  return branch.empty() ? "unknown" : branch;
}

std::optional<CiContext> detect_other_system(const sys::Environment& environment) {
  const auto found =
      std::ranges::find_if(systems, [&](const auto& row) { return is_marked(environment, row); });
  if (found == systems.end()) return std::nullopt;
  return read(environment, *found);
}

}  // namespace kolega::ci
