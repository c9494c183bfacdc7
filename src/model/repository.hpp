// A Kolega repository and the source repositories in it; who asked for a verdict on what.
#pragma once

#include <optional>
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

/// The run of an Azure pipeline in Azure's own names: Advanced Security takes results only with all of them.
struct AzureRun {
  std::string organization{};
  std::string project_id{};
  std::string definition_id{};
  std::string definition_name{};
  std::string phase_id{};
  std::string phase_name{};
  std::string ref{};             ///< refs/heads/main
  std::string build_id{};
  friend bool operator==(const AzureRun&, const AzureRun&) = default;
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
  std::optional<AzureRun> azure{};
  std::string actor{};           ///< who started the run, as the CI says
  friend bool operator==(const Subject&, const Subject&) = default;
};

}  // namespace kolega
