// https://docs.github.com/en/rest/issues/comments (a pull request is an issue, too),
// https://docs.github.com/en/graphql/reference/queries#user (viewer)
#include "base/text.hpp"
#include "forge/forge_client.hpp"

namespace kolega::forge {

namespace {

constexpr std::size_t longest_comment = 65'536;

std::string repository_path(const Place& place) {
  const auto steps = split(place.project, '/');
  if (steps.size() != 2) {
    throw Error(ErrorKind::context,
                "GITHUB_REPOSITORY: '" + printable(place.project, 80) + "' is not owner/name");
  }
  return "/repos/" + net::path_segment(steps[0], "the owner") + "/" +
         net::path_segment(steps[1], "the repository");
}

/// An app's account is written "name[bot]" by the REST API; GraphQL leaves the suffix out in some places. No
/// user's name may hold a bracket.
bool is_same_account(const std::string& ours, const std::string& author) {
  return !ours.empty() && (author == ours || author == ours + "[bot]");
}

class GithubComments final : public Comments {
 public:
  GithubComments(const Place& place, net::Transport& transport, net::Wait wait)
      : client_(place, transport, std::move(wait),
                {{"Authorization", "Bearer " + std::string(place.token.reveal())},
                 {"Accept", "application/vnd.github+json"},
                 {"X-GitHub-Api-Version", "2022-11-28"}},
                "the job needs `permissions: pull-requests: write`; in a pull request of a fork the token "
                "only reads"),
        api_path_(place.api.path),
        repository_(place.api.path + repository_path(place)),
        number_(place.number) {}

  std::size_t limit() const override { return longest_comment; }

  std::optional<std::string> find(const std::string& marker) override {
    if (account_.empty()) account_ = find_account();
    const auto list = repository_ + "/issues/" + number_ + "/comments?per_page=" + std::to_string(page_size);
    for (int page = 1; page <= most_pages; ++page) {
      const auto answer =
          client_.get(list + "&page=" + std::to_string(page), "reading the comments of the pull request");
      const auto* rows = answer.value.if_array();
      if (!rows) throw Error(ErrorKind::api, "GitHub: the answer is no list of comments");
      for (const auto& row : *rows) {
        if (has_marker(text_of(row, "body"), marker) &&
            is_same_account(account_, text_of(member_of(row, "user"), "login"))) {
          return text_of(row, "id");
        }
      }
      if (!answer.more) return std::nullopt;
    }
    refuse_more_pages();
  }

  void create(const std::string& text) override {
    client_.create(repository_ + "/issues/" + number_ + "/comments", {{"body", text}});
  }

  bool update(const std::string& id, const std::string& text) override {
    return client_.update("PATCH",
                          repository_ + "/issues/comments/" + net::path_segment(id, "the comment's id"),
                          {{"body", text}});
  }

 private:
  /// GET /user refuses the tokens of apps, GITHUB_TOKEN among them; GraphQL knows every token. Servers that
  /// only speak GitHub's REST API have the former.
  std::string find_account() {
    static const std::string what = "asking whose token this is";
    net::Request viewer;
    viewer.method = "POST";
    viewer.target = graphql_path();
    viewer.body = R"({"query":"query { viewer { login } }"})";  // only asks, so it may be sent again
    if (const auto answer = client_.ask(std::move(viewer), what)) {
      auto login = text_of(member_of(member_of(*answer, "data"), "viewer"), "login");
      if (!login.empty()) return login;
    }
    net::Request user;
    user.target = api_path_ + "/user";
    auto login = text_of(client_.ask(std::move(user), what).value_or(nullptr), "login");
    if (login.empty()) {
      throw Error(ErrorKind::auth, "GitHub: cannot tell whose token this is, so no comment is known as ours");
    }
    return login;
  }

  /// https://HOST/api/v3 has it at /api/graphql, https://api.github.com at /graphql.
  std::string graphql_path() const {
    const bool enterprise = api_path_.ends_with("/v3");
    return (enterprise ? api_path_.substr(0, api_path_.size() - 3) : api_path_) + "/graphql";
  }

  ForgeClient client_;
  std::string api_path_;
  std::string repository_;
  std::string number_;
  std::string account_;
};

}  // namespace

std::unique_ptr<Comments> make_github(const Place& place, net::Transport& transport, net::Wait wait) {
  return std::make_unique<GithubComments>(place, transport, std::move(wait));
}

}  // namespace kolega::forge
