// The comment endpoints of GitHub, GitLab and Azure DevOps on loopback, as their public reference describes
// them: a list of comments, the account of the token, and faults where a test wants them.
#pragma once

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "forge/place.hpp"
#include "net/server.hpp"

namespace kolega::test {

struct StandInComment {
  int id{};
  std::string author{};
  std::string body{};
  bool deleted{};
  bool system{};
};

class ForgeStandIn {
 public:
  explicit ForgeStandIn(forge::Forge kind)
      : kind_(kind), server_([this](const net::ServerRequest& request) { return handle(request); }, 0) {}
  ForgeStandIn(const ForgeStandIn&) = delete;
  ForgeStandIn& operator=(const ForgeStandIn&) = delete;

  std::string account{"17"};
  std::string token{"forge-secret"};
  bool graphql{true};  ///< GitHub alone: off for servers that only speak its REST API
  bool links{true};    ///< says in Link that there is a further page
  /// Asked first, with the number of the request that it is of its method, from 1.
  std::function<std::optional<net::ServerResponse>(const net::ServerRequest&, int)> fault{};
  /// The next comments are made and the answer is lost.
  int lost_creates{};

  std::string api_url() const {
    switch (kind_) {
      case forge::Forge::github:
        return server_.url();
      case forge::Forge::gitlab:
        return server_.url() + "/api/v4";
      case forge::Forge::azure:
        return server_.url() + "/org/";
    }
    return {};
  }

  void add(const std::string& author, const std::string& body, bool deleted = false) {
    const std::scoped_lock lock(mutex_);
    comments_.push_back({next_id_++, author, body, deleted, false});
  }
  std::vector<StandInComment> comments() const {
    const std::scoped_lock lock(mutex_);
    return comments_;
  }
  std::vector<net::ServerRequest> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }
  std::size_t count(const std::string& method) const {
    const auto all = requests();
    return static_cast<std::size_t>(std::ranges::count(all, method, &net::ServerRequest::method));
  }

  /// What the CI of this forge sets in a merge request numbered 7, and the token.
  std::map<std::string, std::string> environment() const {
    switch (kind_) {
      case forge::Forge::github:
        return {{"GITHUB_ACTIONS", "true"},
                {"GITHUB_REPOSITORY", "acme/shop"},
                {"GITHUB_REF", "refs/pull/7/merge"},
                {"GITHUB_API_URL", api_url()},
                {"GITHUB_WORKFLOW", "CI"},
                {"GITHUB_JOB", "gate"},
                {"GITHUB_TOKEN", token}};
      case forge::Forge::gitlab:
        return {{"GITLAB_CI", "true"},
                {"CI_MERGE_REQUEST_IID", "7"},
                {"CI_MERGE_REQUEST_PROJECT_ID", "42"},
                {"CI_PROJECT_ID", "43"},
                {"CI_API_V4_URL", api_url()},
                {"CI_JOB_NAME", "gate"},
                {"CI_JOB_TOKEN", "job-token"},
                {"GITLAB_TOKEN", token}};
      case forge::Forge::azure:
        return {{"TF_BUILD", "True"},
                {"SYSTEM_PULLREQUEST_PULLREQUESTID", "7"},
                {"SYSTEM_TEAMPROJECTID", "shop"},
                {"SYSTEM_COLLECTIONURI", api_url()},
                {"BUILD_REPOSITORY_ID", "4c3f"},
                {"BUILD_REPOSITORY_PROVIDER", "TfsGit"},
                {"BUILD_DEFINITIONNAME", "CI"},
                {"SYSTEM_JOBNAME", "gate"},
                {"SYSTEM_ACCESSTOKEN", token}};
    }
    return {};
  }

 private:
  using Response = net::ServerResponse;

  static Response json(const boost::json::value& value, int status = 200) {
    return {.status = status,
            .headers = {{"Content-Type", "application/json"}},
            .body = boost::json::serialize(value)};
  }
  static std::string body_text(const net::ServerRequest& request, const char* key) {
    return std::string(boost::json::parse(request.body).at(key).as_string());
  }

  Response handle(const net::ServerRequest& request) {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request);
    const auto number =
        static_cast<int>(std::ranges::count(requests_, request.method, &net::ServerRequest::method));
    if (fault) {
      if (auto answer = fault(request, number)) return *answer;
    }
    if (!has_token(request)) return json({{"message", "401 Unauthorized"}}, 401);
    switch (kind_) {
      case forge::Forge::github:
        return github(request);
      case forge::Forge::gitlab:
        return gitlab(request);
      case forge::Forge::azure:
        return azure(request);
    }
    return {.status = 500};
  }

  bool has_token(const net::ServerRequest& request) const {
    if (kind_ == forge::Forge::gitlab) return request.header("PRIVATE-TOKEN") == token;
    return request.header("Authorization") == "Bearer " + token;
  }

  Response github(const net::ServerRequest& request) {
    const std::string list = "/repos/acme/shop/issues/7/comments";
    const std::string one = "/repos/acme/shop/issues/comments/";
    if (request.target == "/graphql" && graphql) return json({{"data", {{"viewer", {{"login", account}}}}}});
    if (request.target == "/user") {
      if (graphql) return json({{"message", "Resource not accessible by integration"}}, 403);
      return json({{"login", account}});
    }
    if (request.method == "POST" && request.target == list) return make(body_text(request, "body"));
    if (request.method == "GET" && request.target.starts_with(list + "?"))
      return page(request, [](const StandInComment& comment) {
        return boost::json::value{
            {"id", comment.id}, {"body", comment.body}, {"user", {{"login", comment.author}}}};
      });
    if (request.method == "PATCH" && request.target.starts_with(one))
      return change(request.target.substr(one.size()), body_text(request, "body"));
    return json({{"message", "Not Found"}}, 404);
  }

  Response gitlab(const net::ServerRequest& request) {
    const std::string list = "/api/v4/projects/42/merge_requests/7/notes";
    if (request.target == "/api/v4/user") return json({{"id", std::stoi(account)}, {"username", "gate"}});
    if (request.method == "POST" && request.target == list) return make(body_text(request, "body"));
    if (request.method == "GET" && request.target.starts_with(list + "?"))
      return page(request, [](const StandInComment& comment) {
        return boost::json::value{{"id", comment.id},
                                  {"body", comment.body},
                                  {"system", comment.system},
                                  {"author", {{"id", std::stoi(comment.author)}}}};
      });
    if (request.method == "PUT" && request.target.starts_with(list + "/"))
      return change(request.target.substr(list.size() + 1), body_text(request, "body"));
    return json({{"message", "404 Not found"}}, 404);
  }

  Response azure(const net::ServerRequest& request) {
    const std::string list = "/org/shop/_apis/git/repositories/4c3f/pullRequests/7/threads";
    const auto path = request.target.substr(0, request.target.find('?'));
    if (path == "/org/_apis/connectionData") return json({{"authenticatedUser", {{"id", account}}}});
    if (!request.target.ends_with("api-version=6.0")) return json({{"message", "no api-version"}}, 400);
    if (request.method == "GET" && path == list) {
      boost::json::array threads;
      for (const auto& comment : comments_) {
        threads.push_back({{"id", comment.id},
                           {"comments", boost::json::array{{{"id", 1},
                                                            {"content", comment.body},
                                                            {"isDeleted", comment.deleted},
                                                            {"author", {{"id", comment.author}}}}}}});
      }
      return json({{"value", threads}, {"count", threads.size()}});
    }
    if (request.method == "POST" && path == list) {
      const auto body = boost::json::parse(request.body);
      if (body.at("status") != 4) return json({{"message", "an active thread"}}, 400);
      return make(std::string(body.at("comments").at(0).at("content").as_string()));
    }
    if (request.method == "PATCH" && path.starts_with(list + "/") && path.ends_with("/comments/1")) {
      const auto id = path.substr(list.size() + 1, path.size() - list.size() - 12);
      return change(id, body_text(request, "content"));
    }
    return json({{"message", "not found"}}, 404);
  }

  template <class Row>
  Response page(const net::ServerRequest& request, Row row) const {
    const auto number = [&](const std::string& key) {
      const auto at = request.target.find(key + "=");
      return std::stoul(request.target.substr(at + key.size() + 1));
    };
    const auto size = number("per_page");
    const auto first = (number("&page") - 1) * size;
    boost::json::array rows;
    for (auto i = first; i < std::min(comments_.size(), first + size); ++i) rows.push_back(row(comments_[i]));
    auto answer = json(rows);
    // The address is a trap: whoever follows it sends the token elsewhere.
    if (links && first + size < comments_.size())
      answer.headers.emplace_back("Link", "<https://attacker.test/steal?page=2>; rel=\"next\"");
    if (links && first + size >= comments_.size())
      answer.headers.emplace_back("Link", "<https://attacker.test/steal?page=1>; rel=\"first\"");
    return answer;
  }

  Response make(const std::string& body) {
    comments_.push_back({next_id_++, account, body, false, false});
    if (lost_creates > 0) {
      --lost_creates;
      return {.drop = true};
    }
    return json({{"id", next_id_ - 1}}, 201);
  }

  Response change(const std::string& id, const std::string& body) {
    for (auto& comment : comments_) {
      if (std::to_string(comment.id) != id) continue;
      comment.body = body;
      return json({{"id", comment.id}});
    }
    return json({{"message", "Not Found"}}, 404);
  }

  forge::Forge kind_;
  mutable std::mutex mutex_{};
  int next_id_{101};
  std::vector<StandInComment> comments_{};
  std::vector<net::ServerRequest> requests_{};
  net::Server server_;
};

}  // namespace kolega::test
