// What the official command line client asks and reads, against the sandbox: every request that it makes,
// with its headers, and every member of the answers that it looks at. Read from @kolegaai/cli 2.0.0, commit
// 25fc3da of github.com/kolega-ai/kolega-dev-cli; the table is ours. Not for: the client itself, which runs
// where node is (tests/contract/official_client).
#include <doctest/doctest.h>

#include <sstream>

#include "contract/journey.hpp"

using namespace kolega;
using namespace kolega::test;

namespace {

/// One request of the client. `reads` are members of the answer, "items[].id:text"; types are text, time,
/// number, flag, list; "?" behind the type: may be absent or null.
struct Row {
  std::string_view command{};
  std::string_view method{};
  std::string_view path{};  ///< with the journey's braces
  std::string_view query{};
  std::string_view body{};
  int status{};
  std::string_view reads{};
};

constexpr std::string_view repository_members =
    "id:text name:text description:text? archived:flag created_at:time updated_at:time "
    "repositories[].full_name:text repositories[].default_branch:text repositories[].provider:text";
constexpr std::string_view batch_members =
    "batch_id:text repository_id:text scan_type:text status:text total_repositories:number "
    "scans_created:number "
    "scans_failed:number scans_completed:number scans_assessed:number created_at:time started_at:time? "
    "completed_at:time? error_message:text?";
constexpr std::string_view finding_members =
    "id:text repository_id:text severity:text status:text check_id:text file_path:text category:text? "
    "scan_type:text message:text cwe[]:text owasp[]:text cvss_base_score:number? first_detected_at:time "
    "last_detected_at:time resolved_at:time?";
constexpr std::string_view fix_members =
    "id:text title:text status:text finding_ids[]:text source_repo:text? source_repo_provider:text? "
    "source_scan_branch:text? created_at:time started_at:time? completed_at:time? error_message:text? "
    "pull_requests[].repo_full_name:text pull_requests[].pr_number:number pull_requests[].pr_url:text";
constexpr std::string_view quota_members =
    "period_start:time period_end:time prs.plan:number prs.topup:number prs.used:number prs.remaining:number "
    "sast_scans.plan:number sast_scans.topup:number sast_scans.used:number sast_scans.remaining:number "
    "deep_ai_scans.plan:number deep_ai_scans.topup:number deep_ai_scans.used:number "
    "deep_ai_scans.remaining:number repositories.current:number repositories.max:number?";

constexpr std::string_view R = "/api/v1/repositories/{repository_id}";

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {"auth login --token, auth status", "GET", "/api/v1/me", "", "", 200,
       "organization_id:text organization_name:text organization_slug:text api_key.name:text "
       "api_key.key_prefix:text api_key.scopes[]:text"},
      {"quota, auth status, before scans start and fixes run", "GET", "/api/v1/quotas/balance", "", "", 200,
       quota_members},
      {"repos list", "GET", "/api/v1/repositories", "limit=50&skip=0", "", 200, "items[]"},
      {"repos list --include-archived", "GET", "/api/v1/repositories", "limit=2&skip=0&include_archived=true",
       "", 200, "items[]"},
      {"the repository 'default'", "GET", "/api/v1/repositories", "limit=2", "", 200,
       "items[].id:text total:number"},
      {"repos get, fixes run without --source-repo", "GET", "{R}", "", "", 200, repository_members},
      {"scans list", "GET", "{R}/scans", "limit=50&skip=0", "", 200, "items[]"},
      {"scans list with filters", "GET", "{R}/scans",
       "scan_type=semgrep_scan&status=completed&limit=5&skip=0", "", 200, "items[]"},
      {"scans start", "POST", "{R}/scans", "", R"({"scan_type":"semgrep_scan"})", 202, batch_members},
      {"scans get", "GET", "{R}/scans/{scan_id}", "", "", 200, batch_members},
      {"scans progress", "GET", "{R}/scans/{scan_id}/progress", "", "", 200,
       "batch_id:text status:text percent_complete:number scans_completed:number total_repositories:number "
       "scans_failed:number repositories[].repository:text repositories[].branch:text "
       "repositories[].status:text "
       "repositories[].findings_count:number? error_message:text?"},
      {"scans results", "GET", "{R}/scans/{scan_id}/results", "", "", 200,
       "batch_id:text scan_type:text status:text findings_count:number findings[].severity:text "
       "findings[].check_id:text findings[].file_path:text findings[].message:text"},
      {"findings list", "GET", "{R}/findings", "limit=50&skip=0", "", 200, "items[]"},
      {"findings list with filters", "GET", "{R}/findings",
       "severity=high&status=open&scan_batch_id={scan_id}&scan_type=semgrep_scan&limit=10&skip=0", "", 200,
       "items[]"},
      {"findings get", "GET", "{R}/findings/{finding_id}", "", "", 200, finding_members},
      {"findings set-status", "PATCH", "{R}/findings/{finding_id}", "", R"({"status":"ignored"})", 200,
       finding_members},
      {"findings events", "GET", "/api/v1/finding-events", "limit=100&skip=0", "", 200,
       "items[].event_timestamp:time items[].event_type:text items[].severity:text? items[].finding_id:text "
       "items[].previous_status:text? items[].new_status:text? items[].check_id:text?"},
      {"findings events with filters", "GET", "/api/v1/finding-events",
       "repository_id={repository_id}&finding_id={finding_id}&scan_type=semgrep_scan&severity=high&event_"
       "type="
       "detected&start=2020-01-01T00%3A00%3A00Z&end=2099-01-01T00%3A00%3A00Z&limit=3&skip=0",
       "", 200, "items[].event_type:text"},
      {"fixes list", "GET", "{R}/fixes", "limit=50&skip=0", "", 200, "items[]"},
      {"fixes list --finding-id", "GET", "{R}/fixes", "finding_id={finding_id}&limit=3&skip=0", "", 200,
       "items[]"},
      {"fixes run", "POST", "{R}/fixes", "",
       R"({"finding_ids":["{finding_id}"],"title":"Kolega DevSec autofix","instructions":"now",)"
       R"("source_repo":"acme/payments","source_repo_provider":"github"})",
       201, fix_members},
      {"fixes run with all options", "POST", "{R}/fixes", "",
       R"({"finding_ids":["{finding_id}"],"title":"T","instructions":"now","source_repo":"acme/payments",)"
       R"("source_repo_provider":"gitlab","source_scan_branch":"main"})",
       201, fix_members},
      {"fixes get", "GET", "{R}/fixes/{fix_id}", "", "", 200, fix_members},
      {"fixes progress", "GET", "{R}/fixes/{fix_id}/progress", "", "", 200,
       "fix_id:text status:text duration_seconds:number? agent_steps_completed:number "
       "latest_activity_at:time? "
       "error_message:text?"},
      {"fixes diff", "GET", "{R}/fixes/{fix_id}/diff", "", "", 200, "diff:text? status:text"},
      {"fixes pr", "POST", "{R}/fixes/{fix_id}/pull-requests", "", "{}", 201,
       "pull_requests[].repo_full_name:text pull_requests[].pr_number:number pull_requests[].pr_url:text "
       "pull_requests[].merge_status:text"},
      {"fixes pr with all options", "POST", "{R}/fixes/{fix_id}/pull-requests", "",
       R"({"title":"T","body":"B","branch_name":"fix/own"})", 201, "pull_requests[].pr_url:text"},
      {"fixes refine", "POST", "{R}/fixes/{fix_id}/refine", "", R"({"instructions":"more"})", 200,
       fix_members},
      {"fixes cancel", "POST", "{R}/fixes/{fix_id}/cancel", "", "", 200, fix_members},
  };
  return table;
}

bool is_of(const boost::json::value& value, std::string_view type) {
  if (type == "text") return value.is_string();
  if (type == "number") return value.is_number();
  if (type == "flag") return value.is_bool();
  return type == "time" && value.is_string() && parse_instant(std::string(value.as_string())).has_value();
}

/// The value at "a.b[].c", each item of a list; says what of it is not there or of another type.
void read(const boost::json::value& from, std::string_view path, std::string_view type, bool optional,
          std::vector<std::string>& wrong) {
  if (path.empty()) {
    if (type.empty() || is_of(from, type) || (optional && from.is_null())) return;
    wrong.push_back("is no " + std::string(type) + ": " + boost::json::serialize(from));
    return;
  }
  if (path.starts_with("[]")) {
    if (!from.is_array()) return wrong.push_back("no list before " + std::string(path));
    path.remove_prefix(2);
    if (path.starts_with('.')) path.remove_prefix(1);
    for (const auto& item : from.as_array()) read(item, path, type, optional, wrong);
    return;
  }
  const auto end = std::min(path.find('.'), path.find('['));
  const auto name = path.substr(0, end);
  const auto* member = from.is_object() ? from.as_object().if_contains(name) : nullptr;
  if (!member) {
    if (!optional) wrong.push_back("no member " + std::string(name));
    return;
  }
  path = end == std::string_view::npos ? std::string_view{} : path.substr(end);
  if (path.starts_with('.')) path.remove_prefix(1);
  read(*member, path, type, optional, wrong);
}

std::string unreadable(const Answer& answer, std::string_view members) {
  std::vector<std::string> wrong;
  std::istringstream words{std::string(members)};
  for (std::string word; words >> word;) {
    const auto colon = word.find(':');
    auto type = colon == std::string::npos ? std::string{} : word.substr(colon + 1);
    const bool optional = type.ends_with('?');
    if (optional) type.pop_back();
    const auto before = wrong.size();
    read(answer.json(), word.substr(0, colon), type, optional, wrong);
    for (auto i = before; i < wrong.size(); ++i) wrong[i] = word + ": " + wrong[i];
  }
  return join_lines(wrong);
}

/// As undici sends it for the client: a GET has no content type, a POST without a body neither.
net::ServerRequest request_of(const Row& row, const Journey& journey) {
  auto text = std::string(row.path);
  if (text.starts_with("{R}")) text.replace(0, 3, R);
  if (!row.query.empty()) text += "?" + std::string(row.query);
  net::Headers headers{{"accept", "application/json"},
                       {"user-agent", "kolega-cli/2.0.0 node/22.0.0 linux"},
                       {"authorization", std::string("Bearer ") + rig_token}};
  if (!row.body.empty()) headers.emplace_back("content-type", "application/json");
  return {std::string(row.method), journey.target(text), headers, journey.target(std::string(row.body))};
}

/// What the request needs: a fix in the right state, for those that act on one.
void prepare(const Row& row, Journey& journey) {
  if (row.path.ends_with("/cancel")) journey.fix_id = journey.create_fix("wait");
  if (row.path.ends_with("/pull-requests") || row.path.ends_with("/refine")) {
    journey.fix_id = journey.create_fix("another");
    journey.rig.sandbox().wait_for_feeds();
  }
}

}  // namespace

TEST_CASE("the official client: every request is answered, and every member that it reads is there") {
  Journey journey;
  std::set<std::string> operations;
  for (const auto& row : rows()) {
    prepare(row, journey);
    const auto request = request_of(row, journey);
    const auto answer = journey.rig.send(request);
    INFO(row.command, ": ", request.method, " ", request.target, " -> ", answer.status(), " ",
         answer.response.body);
    CHECK(answer.status() == row.status);
    CHECK(unreadable(answer, row.reads) == "");
    auto path = std::string(row.path);
    if (path.starts_with("{R}")) path.replace(0, 3, R);
    operations.insert(std::string(row.method) + " " + path);
  }
  CHECK(operations.size() == contract().operations().size());  // it uses the whole contract
}

TEST_CASE("the official client: items of lists are what a single one is") {
  Journey journey;
  const std::pair<std::string, std::string_view> lists[]{{"", repository_members},
                                                         {"/acme/scans", batch_members},
                                                         {"/acme/findings", finding_members},
                                                         {"/acme/fixes", fix_members}};
  for (const auto& [path, members] : lists) {
    const auto answer = journey.rig.get("/api/v1/repositories" + path);
    REQUIRE(answer.number("/total") > 0);
    for (const auto& item : answer.at("/items").as_array()) {
      net::ServerResponse one;
      one.body = boost::json::serialize(item);
      INFO(path, " ", one.body);
      CHECK(unreadable(Answer(one), members) == "");
    }
  }
}

/// Its exit codes come from these members: 3 for a quota, 4 for 401 and other 403, 5 for the rest.
TEST_CASE("the official client: errors say what it tells apart") {
  Journey journey;
  auto config = journey.with_fixer(one_repository(journey.checkout.dir.path().string(), "cat out.sarif"));
  config.quotas.sast_scans = 0;
  config.quotas.prs = 0;
  SandboxRig spent(config);
  const auto scan = spent.post("/api/v1/repositories/acme/scans", R"({"scan_type":"semgrep_scan"})");
  CHECK(scan.status() == 403);
  CHECK(unreadable(scan, "detail.detail:text detail.error_code:text detail.quota_type:text") == "");
  CHECK(scan.text("/detail/error_code") == "OPERATION_FAILED");
  CHECK(scan.text("/detail/quota_type") == "sast_scans");
  const auto stranger = journey.rig.send({"GET", "/api/v1/me", {{"authorization", "Bearer other"}}, ""});
  CHECK(stranger.status() == 401);
  CHECK(unreadable(stranger, "detail:text") == "");
  const auto unknown = journey.rig.get("/api/v1/repositories/none");
  CHECK(unknown.status() == 404);
  CHECK(unreadable(unknown, "detail:text") == "");
}
