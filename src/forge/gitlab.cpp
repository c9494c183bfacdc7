// https://docs.gitlab.com/api/notes/#merge-requests, https://docs.gitlab.com/api/users/ (GET /user). The
// job's own token may not write notes: https://docs.gitlab.com/ci/jobs/ci_job_token/#job-token-access
#include "forge/forge_client.hpp"

namespace kolega::forge {

namespace {

constexpr std::size_t longest_note = 1'000'000;

class GitlabComments final : public Comments {
 public:
  GitlabComments(const Place& place, net::Transport& transport, net::Wait wait)
      : client_(place, transport, std::move(wait), {{"PRIVATE-TOKEN", std::string(place.token.reveal())}},
                "it takes a project or group access token with the scope api and at least the role Reporter; "
                "CI_JOB_TOKEN may not write comments"),
        api_path_(place.api.path),
        notes_(place.api.path + "/projects/" + net::path_segment(place.project, "the project") +
               "/merge_requests/" + place.number + "/notes") {}

  std::size_t limit() const override { return longest_note; }

  std::optional<std::string> find(const std::string& marker) override {
    if (account_.empty()) account_ = find_account();
    const auto list = notes_ + "?sort=asc&order_by=created_at&per_page=" + std::to_string(page_size);
    for (int page = 1; page <= most_pages; ++page) {
      const auto answer =
          client_.get(list + "&page=" + std::to_string(page), "reading the notes of the merge request");
      const auto* rows = answer.value.if_array();
      if (!rows) throw Error(ErrorKind::api, "GitLab: the answer is no list of notes");
      for (const auto& row : *rows) {
        if (has_marker(text_of(row, "body"), marker) && text_of(member_of(row, "author"), "id") == account_)
          return text_of(row, "id");
      }
      if (!answer.more) return std::nullopt;
    }
    refuse_more_pages();
  }

  void create(const std::string& text) override { client_.create(notes_, {{"body", text}}); }

  bool update(const std::string& id, const std::string& text) override {
    return client_.update("PUT", notes_ + "/" + net::path_segment(id, "the note's id"), {{"body", text}});
  }

 private:
  std::string find_account() {
    auto id = text_of(client_.get(api_path_ + "/user", "asking whose token this is").value, "id");
    if (id.empty()) throw Error(ErrorKind::api, "GitLab: the answer does not say whose token this is");
    return id;
  }

  ForgeClient client_;
  std::string api_path_;
  std::string notes_;
  std::string account_;
};

}  // namespace

std::unique_ptr<Comments> make_gitlab(const Place& place, net::Transport& transport, net::Wait wait) {
  return std::make_unique<GitlabComments>(place, transport, std::move(wait));
}

}  // namespace kolega::forge
