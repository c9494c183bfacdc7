// The Kolega DevSec public API: one function per endpoint, answers decoded into the model.
// Turns HTTP statuses into Errors once, for all. Not for: waiting for a scan (scan_runner.hpp).
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "ingest/results.hpp"
#include "model/repository.hpp"
#include "model/scan_batch.hpp"
#include "net/transport.hpp"

namespace kolega::api {

/// 403 with a quota type.
class QuotaError : public Error {
 public:
  QuotaError(std::string message, std::string quota_type, std::string hint);
  const std::string& quota_type() const noexcept { return quota_type_; }

 private:
  std::string quota_type_;
};

struct QuotaCounter {
  std::int64_t plan{};
  std::int64_t topup{};
  std::int64_t used{};
  std::int64_t remaining{};
};
struct Quota {
  std::optional<Instant> period_start{};
  std::optional<Instant> period_end{};
  QuotaCounter prs{};
  QuotaCounter sast_scans{};
  QuotaCounter deep_ai_scans{};
  std::int64_t repositories{};
  std::optional<std::int64_t> repositories_max{};
  const QuotaCounter& counter(ScanType type) const;
};

struct Me {
  std::string organization_id{};
  std::string organization_name{};
  std::string organization_slug{};
  std::string key_name{};
  std::string key_prefix{};
  std::vector<std::string> scopes{};
};

struct ListOptions {
  std::int64_t limit{50};                  ///< how many items to return in all
  bool all{};                              ///< every page
};

class Client {
 public:
  Client(net::Transport& transport, Secret token, net::Wait wait);

  Me me();
  Quota quota();
  std::vector<Repository> repositories(bool include_archived = false);     ///< all pages
  Repository repository(const std::string& id);

  std::vector<ScanBatch> scans(const std::string& repository_id, std::optional<ScanType> type,
                               const std::string& status, std::int64_t limit);   ///< newest first, as served
  /// Repeated only when the server cannot have acted. A lost answer is net::TransportError with maybe_sent(), or
  /// Error(api) of a 5xx; find_started() tells what became of it.
  ScanBatch start_scan(const std::string& repository_id, ScanType type);
  ScanBatch scan(const std::string& repository_id, const std::string& batch_id);
  ScanBatch progress(const std::string& repository_id, const std::string& batch_id, double& percent);
  /// Streams /results into `rows`; the head is checked against batch and type by the caller.
  ingest::ResultsHead results(const std::string& repository_id, const std::string& batch_id, TextPool& pool,
                              std::vector<Finding>& rows);
  /// Every page of the findings of one batch; re-read when the total moved; each id once.
  std::vector<ingest::FindingItem> findings(const std::string& repository_id, const std::string& batch_id,
                                            TextPool& pool);

  /// The server's own document, for --json: strict JSON, unknown members kept.
  boost::json::value get_document(const std::string& target);
  /// The items of a paged list in the server's own shape.
  boost::json::value get_items(const std::string& path, std::vector<std::pair<std::string, std::string>> query,
                               const ListOptions& options);

  void set_wait(net::Wait wait) { wait_ = std::move(wait); }

 private:
  net::Response send(net::Request request, const std::string& what);
  net::Transport& transport_;
  Secret token_;
  net::Wait wait_;
};

}  // namespace kolega::api
