// How long earlier scans took: of the repository itself, else of another one that the key sees. The API lists
// scans by repository, so there is no one request for both. Not for: what follows from it (poll_plan.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/run_context.hpp"

namespace kolega::api {

class History {
 public:
  struct Told {
    std::vector<Duration> own{};        ///< complete batches of the same repository and type, newest first
    std::vector<Duration> elsewhere{};  ///< of the same type in one other repository
    int requests{};                     ///< that were made for this answer
  };

  /// With `several` types in a run one list without a type is for all of them.
  History(const RunContext& context, bool several) : context_(context), several_(several) {}

  /// `widely`: look at another repository where the own one has no history. A failed look tells nothing and
  /// fails nothing; of the own repository's it is noted.
  Told of(const ScanBatch& like, bool widely);

 private:
  using Batches = std::vector<ScanBatch>;
  struct Shared {
    bool asked{};
    Batches batches{};
  };

  Batches list(const std::string& repository, ScanType type, Shared& shared, int& requests) const;
  const std::optional<std::string>& other_repository(int& requests);
  Batches look_elsewhere(ScanType type, int& requests);

  const RunContext& context_;
  bool several_;
  bool own_fails_{};
  bool elsewhere_fails_{};
  Shared own_{};
  Shared elsewhere_{};
  bool other_sought_{};
  std::optional<std::string> other_{};
};

}  // namespace kolega::api
