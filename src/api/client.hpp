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

/// Any other answer that is not 2xx. The kind is auth for 401 and 403, not_found for 404, else api.
class HttpError : public Error {
 public:
  HttpError(ErrorKind kind, net::Response answer, std::string message, std::string hint = {});
  int status() const noexcept { return answer_.status; }
  /// Status and headers, without the body.
  const net::Response& answer() const noexcept { return answer_; }

 private:
  net::Response answer_;
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
  std::int64_t limit{50};  ///< how many items to return in all
  bool all{};              ///< every page
};

/// What an answer told of the server's clock (its Date header, whole seconds), and when that was by ours.
struct ServerClock {
  Instant date{};
  sys::SteadyTime came{};
};

class Client {
 public:
  using Steady = std::function<sys::SteadyTime()>;
  Client(net::Transport& transport, Secret token, net::Wait wait, Steady steady = std::chrono::steady_clock::now);

  Me me();
  Quota quota();
  /// All pages, or only so many.
  std::vector<Repository> repositories(bool include_archived = false, std::optional<std::int64_t> limit = {});
  Repository repository(const std::string& id);

  std::vector<ScanBatch> scans(const std::string& repository_id, std::optional<ScanType> type,
                               const std::string& status, std::int64_t limit);  ///< newest first, as served
  /// Sent once; the transport repeats it only when it was certainly not sent. A lost answer is
  /// net::TransportError with maybe_sent(), HttpError of a 5xx, 408 or 429, or Error(api) of an unreadable
  /// 2xx; what became of it is found out in start_scan.hpp.
  ScanBatch start_scan(const std::string& repository_id, ScanType type);
  ScanBatch scan(const std::string& repository_id, const std::string& batch_id);
  ScanBatch progress(const std::string& repository_id, const std::string& batch_id, double& percent);
  /// Streams /results into `rows`; the head is checked against batch and type by the caller.
  ingest::ResultsHead results(const std::string& repository_id, const std::string& batch_id, TextPool& pool,
                              FindingRows& rows);
  /// Every page of the findings of one batch; re-read when the total moved; each id once.
  std::vector<ingest::FindingItem> findings(const std::string& repository_id, const std::string& batch_id,
                                            TextPool& pool);

  /// The server's own document, for --json: strict JSON, unknown members kept. `target` is path and query
  /// ("/api/v1/repositories/ID/scans?status=completed"), its segments encoded by net::path_segment.
  boost::json::value get_document(const std::string& target);
  /// The items of a paged list in the server's own shape, as one array.
  boost::json::value get_items(const std::string& path,
                               std::vector<std::pair<std::string, std::string>> query,
                               const ListOptions& options);
  /// Sends a change (POST, PATCH) once and returns the server's document. `body` is JSON.
  /// `what` is for messages: "starting a fix".
  boost::json::value change_document(const std::string& method, const std::string& target, std::string body,
                                     const std::string& what);

  /// The ids of the first 100 repositories that were listed last and are not archived, in the server's order; empty
  /// before.
  const std::vector<std::string>& listed_repositories() const noexcept { return listed_repositories_; }
  /// How many there are, by the quota that was read last; nothing before.
  const std::optional<std::int64_t>& repository_count() const noexcept { return repository_count_; }

  void set_wait(net::Wait wait) { wait_ = std::move(wait); }
  /// The server's clock in its last answer; nothing when it sent none.
  std::optional<Instant> server_time() const;
  /// The same as it must stand by now, hardly a second behind.
  std::optional<Instant> server_now() const;
  const std::optional<ServerClock>& server_clock() const noexcept { return server_clock_; }
  /// What another client was told, for one that has asked nothing yet.
  void set_server_clock(std::optional<ServerClock> clock) { server_clock_ = clock; }

 private:
  net::Response send(net::Request request, const std::string& what);
  boost::json::value fetch_json(net::Request request, const std::string& what);
  boost::json::value get_json(const std::string& target, const std::string& what);

  net::Transport& transport_;
  Secret token_;
  net::Wait wait_;
  Steady steady_;
  std::optional<ServerClock> server_clock_;
  std::optional<Instant> quota_period_end_;  ///< of the last quota that was read
  std::optional<std::int64_t> repository_count_;
  std::vector<std::string> listed_repositories_;
};

}  // namespace kolega::api
