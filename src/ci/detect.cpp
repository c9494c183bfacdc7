#include "ci/detect.hpp"

#include <array>

#include "base/text.hpp"
#include "ci/github_event.hpp"
#include "ci/other_systems.hpp"
#include "sys/git.hpp"

namespace kolega::ci {

namespace {

using Environment = sys::Environment;

std::string value(const Environment& environment, const std::string& name) {
  return environment.find(name).value_or("");
}

/// The first that is set.
std::string first(const Environment& environment, std::initializer_list<const char*> names) {
  for (const auto* name : names) {
    if (auto found = environment.find(name)) return *found;
  }
  return {};
}

std::string without_prefix(std::string text, std::string_view prefix) {
  if (text.starts_with(prefix)) text.erase(0, prefix.size());
  return text;
}

/// "7" of "refs/pull/7/merge"; empty for any other ref.
std::string pull_request_of_ref(const std::string& ref) {
  const auto steps = split(ref, '/');
  const bool pull = steps.size() == 4 && steps[0] == "refs" && steps[1] == "pull" && parse_decimal(steps[2]);
  return pull ? std::string(steps[2]) : std::string{};
}

/// A run on the base branch that is about a pull request: pull_request_target has that branch as its ref, and
/// so has a comment.
/// https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
std::string change_of_event(const Environment& environment, const std::string& event,
                            const std::string& head) {
  const bool is_change =
      event.starts_with("pull_request") || !head.empty() || !value(environment, "GITHUB_BASE_REF").empty();
  if (!is_change && event != "issue_comment") return {};
  return name_change(pull_request_of_event(environment).value_or(""), is_change, head);
}

/// What a merge queue tries is merged nowhere yet: "7" and "main" of gh-readonly-queue/main/pr-7-SHA.
void read_merge_queue(CiContext& out) {
  constexpr std::string_view queue = "gh-readonly-queue/";
  const auto mark = out.branch.rfind("/pr-");
  if (!out.branch.starts_with(queue) || mark == std::string::npos || mark < queue.size()) {
    out.change = name_change("", true, out.branch);
    return;
  }
  const auto number = out.branch.substr(mark + 4);
  out.change = name_change(number.substr(0, number.find('-')), true, out.branch);
  out.target_branch = out.branch.substr(queue.size(), mark - queue.size());
}

/// https://docs.github.com/en/actions/reference/workflows-and-actions/variables
/// In a pull request GITHUB_SHA is the merge commit that GitHub made; the head commit stands only in the
/// event file.
CiContext read_github(const Environment& environment) {
  CiContext out;
  out.repository = value(environment, "GITHUB_REPOSITORY");
  out.branch = value(environment, "GITHUB_HEAD_REF");
  if (out.branch.empty() && value(environment, "GITHUB_REF_TYPE") != "tag") {
    out.branch = without_prefix(value(environment, "GITHUB_REF"), "refs/heads/");
    if (out.branch.starts_with("refs/")) out.branch.clear();
  }
  out.commit = value(environment, "GITHUB_SHA");
  out.change = pull_request_of_ref(value(environment, "GITHUB_REF"));
  out.target_branch = value(environment, "GITHUB_BASE_REF");
  const auto event = value(environment, "GITHUB_EVENT_NAME");
  if (event == "merge_group") {
    read_merge_queue(out);
  } else if (out.change.empty()) {
    out.change = change_of_event(environment, event, value(environment, "GITHUB_HEAD_REF"));
    if (!out.change.empty()) out.commit.clear();  // the base branch's: only the checkout knows the head's
  }
  const auto server = value(environment, "GITHUB_SERVER_URL");
  const auto run = value(environment, "GITHUB_RUN_ID");
  // Who runs it again is not who ran it first.
  out.actor = first(environment, {"GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"});
  if (!server.empty() && !run.empty()) out.run_url = server + "/" + out.repository + "/actions/runs/" + run;
  return out;
}

/// https://docs.gitlab.com/ci/variables/predefined_variables/
CiContext read_gitlab(const Environment& environment) {
  CiContext out;
  out.repository = value(environment, "CI_PROJECT_PATH");
  out.branch = first(environment, {"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
                                   "CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_BRANCH"});
  // Only merged results pipelines set the first: there CI_COMMIT_SHA is a commit that GitLab made.
  out.commit = first(environment, {"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA"});
  // External: GitLab runs the pipeline of a pull request at GitHub.
  const auto source = value(environment, "CI_PIPELINE_SOURCE");
  out.change =
      name_change(first(environment, {"CI_MERGE_REQUEST_IID", "CI_EXTERNAL_PULL_REQUEST_IID"}),
                  source == "merge_request_event" || source == "external_pull_request_event", out.branch);
  out.target_branch = first(
      environment, {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME"});
  out.base_commit = value(environment, "CI_MERGE_REQUEST_DIFF_BASE_SHA");
  out.run_url = first(environment, {"CI_JOB_URL", "CI_PIPELINE_URL"});
  out.actor = value(environment, "GITLAB_USER_LOGIN");
  return out;
}

/// GitHub's and Bitbucket's names are "owner/name" already; a repository of Azure Repos belongs to its
/// project.
std::string azure_repository(const Environment& environment) {
  const auto name = value(environment, "BUILD_REPOSITORY_NAME");
  const auto project = value(environment, "SYSTEM_TEAMPROJECT");
  const bool complete = name.empty() || project.empty() || name.find('/') != std::string::npos;
  return complete ? name : project + "/" + name;
}

/// "acme" of https://dev.azure.com/acme/ and https://acme.visualstudio.com/; a server of one's own has none.
std::string azure_organization(std::string_view collection) {
  constexpr std::string_view services = "https://dev.azure.com/";
  constexpr std::string_view old_host = ".visualstudio.com";
  if (collection.starts_with(services)) {
    collection.remove_prefix(services.size());
    return std::string(collection.substr(0, collection.find('/')));
  }
  const auto steps = split(collection, '/');  // "https:", "", host, ...
  if (steps.size() < 3 || !steps[2].ends_with(old_host)) return {};
  return std::string(steps[2].substr(0, steps[2].size() - old_host.size()));
}

/// Names and substitutes are those of Microsoft's own detector (sarif-sdk, AdoPipelineContext).
std::optional<AzureRun> read_azure_run(const Environment& environment) {
  AzureRun run;
  run.organization = azure_organization(value(environment, "SYSTEM_COLLECTIONURI"));
  run.project_id = value(environment, "SYSTEM_TEAMPROJECTID");
  run.definition_id = first(environment, {"BUILD_DEFINITIONID", "SYSTEM_DEFINITIONID"});
  run.definition_name = value(environment, "BUILD_DEFINITIONNAME");
  run.phase_id = first(environment, {"SYSTEM_PHASEID", "SYSTEM_JOBID"});
  run.phase_name = first(environment, {"SYSTEM_PHASENAME", "SYSTEM_JOBNAME"});
  run.ref = value(environment, "BUILD_SOURCEBRANCH");
  run.build_id = value(environment, "BUILD_BUILDID");
  for (const auto* part :
       {&run.organization, &run.project_id, &run.definition_name, &run.phase_id, &run.phase_name, &run.ref}) {
    if (part->empty()) return std::nullopt;
  }
  if (!parse_decimal(run.definition_id) || !parse_decimal(run.build_id)) return std::nullopt;
  return run;
}

/// https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables
CiContext read_azure(const Environment& environment) {
  CiContext out;
  out.repository = azure_repository(environment);
  const auto ref = first(environment, {"SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH"});
  if (!ref.starts_with("refs/tags/")) out.branch = without_prefix(ref, "refs/heads/");
  const auto pull = pull_request_of_ref(ref);
  if (!pull.empty()) out.branch.clear();
  out.commit = first(environment, {"SYSTEM_PULLREQUEST_SOURCECOMMITID", "BUILD_SOURCEVERSION"});
  const auto number =
      first(environment, {"SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID"});
  out.change =
      name_change(number.empty() ? pull_request_of_ref(value(environment, "BUILD_SOURCEBRANCH")) : number,
                  value(environment, "BUILD_REASON") == "PullRequest", out.branch);
  out.target_branch = without_prefix(value(environment, "SYSTEM_PULLREQUEST_TARGETBRANCH"), "refs/heads/");
  out.actor = first(environment, {"BUILD_REQUESTEDFOREMAIL", "BUILD_REQUESTEDFOR"});
  const auto collection = value(environment, "SYSTEM_COLLECTIONURI");
  const auto build = value(environment, "BUILD_BUILDID");
  if (!collection.empty() && !build.empty()) {
    out.run_url = collection + value(environment, "SYSTEM_TEAMPROJECT") + "/_build/results?buildId=" + build;
  }
  out.azure = read_azure_run(environment);
  return out;
}

/// https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
CiContext read_bitbucket(const Environment& environment) {
  CiContext out;
  out.repository = value(environment, "BITBUCKET_REPO_FULL_NAME");
  out.branch = value(environment, "BITBUCKET_BRANCH");
  out.commit = value(environment, "BITBUCKET_COMMIT");
  out.change = value(environment, "BITBUCKET_PR_ID");
  out.target_branch = value(environment, "BITBUCKET_PR_DESTINATION_BRANCH");
  out.run_url = "https://bitbucket.org/" + out.repository + "/pipelines/results/" +
                value(environment, "BITBUCKET_BUILD_NUMBER");
  out.actor = value(environment, "BITBUCKET_STEP_TRIGGERER_UUID");
  return out;
}

/// https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables; CHANGE_* come from
/// multibranch pipelines, GIT_* from the Git plugin, ghprb* and gitlab* from the plugins that build pull and
/// merge requests in other jobs.
CiContext read_jenkins(const Environment& environment) {
  CiContext out;
  const auto remote = first(environment, {"GIT_URL", "GIT_URL_1"});
  out.repository = sys::full_name_of_remote(remote).value_or("");
  out.change = first(environment, {"CHANGE_ID", "ghprbPullId", "gitlabMergeRequestIid"});
  // In a change BRANCH_NAME is "PR-7", which is no branch.
  out.branch = first(environment, {"CHANGE_BRANCH", "ghprbSourceBranch", "gitlabSourceBranch"});
  if (out.branch.empty() && out.change.empty()) {
    out.branch = without_prefix(first(environment, {"BRANCH_NAME", "GIT_BRANCH"}), "origin/");
  }
  out.commit = value(environment, "GIT_COMMIT");
  if (!out.change.empty())
    out.target_branch = first(environment, {"CHANGE_TARGET", "ghprbTargetBranch", "gitlabTargetBranch"});
  out.run_url = value(environment, "BUILD_URL");
  // From the build user plugin; without it Jenkins tells only the author of a change.
  out.actor = first(environment, {"BUILD_USER_ID", "BUILD_USER", "CHANGE_AUTHOR"});
  return out;
}

struct Row {
  System system;
  std::string_view name;
  const char* marker;  ///< set by this CI and no other
  CiContext (*read)(const Environment&);
};

constexpr std::array<Row, 5> rows{{
    {System::github, "github", "GITHUB_ACTIONS", read_github},
    {System::gitlab, "gitlab", "GITLAB_CI", read_gitlab},
    {System::azure, "azure", "TF_BUILD", read_azure},
    {System::bitbucket, "bitbucket", "BITBUCKET_BUILD_NUMBER", read_bitbucket},
    {System::jenkins, "jenkins", "JENKINS_URL", read_jenkins},
}};

}  // namespace

CiContext detect(const Environment& environment) {
  for (const auto& row : rows) {
    if (!is_set(environment, row.marker)) continue;
    auto context = row.read(environment);
    context.system = row.system;
    context.name = row.name;
    return context;
  }
  if (auto other = detect_other_system(environment)) return *std::move(other);
  // Last, because most of the others set it as well.
  CiContext context;
  if (!is_set(environment, "CI")) return context;
  context.system = System::other;
  context.name = "ci";
  return context;
}

}  // namespace kolega::ci
