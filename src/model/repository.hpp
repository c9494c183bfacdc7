// A Kolega repository and the source repositories in it; who asked for a verdict on what.
#pragma once

#include <string>
#include <vector>

namespace kolega {

struct SourceRepository {
  std::string full_name{};       ///< owner/name
  std::string default_branch{};
  std::string provider{};        ///< github, gitlab, azure_devops
  std::string html_url{};
  friend bool operator==(const SourceRepository&, const SourceRepository&) = default;
};

struct Repository {
  std::string id{};
  std::string name{};
  std::string description{};
  bool archived{};
  std::vector<SourceRepository> sources{};
  friend bool operator==(const Repository&, const Repository&) = default;
};

/// What a verdict is about, as far as the caller's surroundings tell. The API confirms no commit.
struct Subject {
  std::string repository_id{};
  std::string repository{};      ///< full name
  std::string branch{};
  std::string commit{};
  std::string change{};          ///< merge request number, where there is one
  std::string target_branch{};
  std::string ci{};              ///< which CI: "github", "gitlab", "azure", ... or empty
  std::string run_url{};
  std::string actor{};           ///< who started the run, as the CI says
  friend bool operator==(const Subject&, const Subject&) = default;
};

}  // namespace kolega
