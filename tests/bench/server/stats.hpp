// What the clients did, counted at the server: the figures of the benchmark that no client can flatter.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

struct Stats {
  std::int64_t requests{};  ///< all but those to /__stats and /__reset
  std::int64_t connections{};
  std::int64_t open{};
  std::int64_t most_open{};
  std::int64_t throttled{};
  std::int64_t refused{};  ///< 400, 401, 404
  std::int64_t posts{};
  std::int64_t polls{};
  std::int64_t results{};
  std::int64_t pages{};  ///< of findings
  std::int64_t scan_lists{};
  std::int64_t repository_lists{};
  std::int64_t quota{};
  std::int64_t bytes{};  ///< of bodies

  // Per batch and repository, gathered when asked for.
  std::vector<double> lags{};  ///< ms from a batch's end to the first poll that came after it
  std::vector<std::int64_t> polls_of_batch{};
  std::int64_t batches{};
  std::int64_t unread{};      ///< batches whose results nobody read
  std::int64_t unscanned{};   ///< repositories without a batch
  std::int64_t duplicates{};  ///< batches beyond the first of a repository and type
};

std::string to_json(const Stats& stats, double cpu_seconds);

}  // namespace bench
