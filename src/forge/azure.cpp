// https://learn.microsoft.com/en-us/rest/api/azure/devops/git/pull-request-threads,
// https://learn.microsoft.com/en-us/rest/api/azure/devops/git/pull-request-thread-comments/update.
// Who we are comes from _apis/connectionData, which Microsoft's own clients ask first.
#include "base/text.hpp"
#include "forge/forge_client.hpp"

namespace kolega::forge {

namespace {

constexpr std::size_t longest_comment = 150'000;
/// Azure DevOps Server 2020 knows it, and everything newer.
constexpr std::string_view version = "api-version=6.0";
constexpr int text_comment = 1;
/// A thread that is active would hold up the merge where all comments must be resolved: that is for the
/// gate's status to do.
constexpr int closed_thread = 4;

class AzureComments final : public Comments {
 public:
  AzureComments(const Place& place, net::Transport& transport, net::Wait wait)
      : client_(place, transport, std::move(wait),
                {{"Authorization", "Bearer " + std::string(place.token.reveal())}},
                "map SYSTEM_ACCESSTOKEN: $(System.AccessToken), and allow the build service `Contribute to "
                "pull requests` in the repository"),
        connection_(place.api.path + "/_apis/connectionData"),
        threads_(place.api.path + "/" + net::path_segment(place.project, "the project") +
                 "/_apis/git/repositories/" + net::path_segment(place.repository, "the repository") +
                 "/pullRequests/" + place.number + "/threads") {}

  std::size_t limit() const override { return longest_comment; }

  std::optional<std::string> find(const std::string& marker) override {
    if (account_.empty()) account_ = find_account();
    const auto answer =
        client_.get(threads_ + "?" + std::string(version), "reading the threads of the pull request");
    const auto* threads = member_of(answer.value, "value").if_array();
    if (!threads) throw Error(ErrorKind::api, "Azure DevOps: the answer is no list of threads");
    for (const auto& thread : *threads) {
      // Only the comment that opens a thread can be ours; a thread has no pages.
      const auto* comments = member_of(thread, "comments").if_array();
      if (!comments || comments->empty()) continue;
      const auto& first = comments->front();
      if (member_of(first, "isDeleted") == true || !has_marker(text_of(first, "content"), marker)) continue;
      if (!iequals_ascii(text_of(member_of(first, "author"), "id"), account_)) continue;
      return text_of(thread, "id") + "/" + text_of(first, "id");
    }
    return std::nullopt;
  }

  void create(const std::string& text) override {
    client_.create(
        threads_ + "?" + std::string(version),
        {{"comments",
          boost::json::array{{{"parentCommentId", 0}, {"content", text}, {"commentType", text_comment}}}},
         {"status", closed_thread}});
  }

  bool update(const std::string& id, const std::string& text) override {
    const auto slash = id.find('/');
    const auto target = threads_ + "/" + net::path_segment(id.substr(0, slash), "the thread's id") +
                        "/comments/" + net::path_segment(id.substr(slash + 1), "the comment's id");
    return client_.update("PATCH", target + "?" + std::string(version),
                          {{"content", text}, {"commentType", text_comment}});
  }

 private:
  std::string find_account() {
    const auto answer = client_.get(connection_, "asking whose token this is");
    auto id = text_of(member_of(answer.value, "authenticatedUser"), "id");
    if (id.empty()) throw Error(ErrorKind::api, "Azure DevOps: the answer does not say whose token this is");
    return id;
  }

  ForgeClient client_;
  std::string connection_;
  std::string threads_;
  std::string account_;
};

}  // namespace

std::unique_ptr<Comments> make_azure(const Place& place, net::Transport& transport, net::Wait wait) {
  return std::make_unique<AzureComments>(place, transport, std::move(wait));
}

}  // namespace kolega::forge
