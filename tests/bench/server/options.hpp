// What the load server is asked to play: how many findings, how long scans take, which limits it sets.
// Not for: the sandbox's configuration (src/sandbox); this server plays for speed alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// Both ends in milliseconds; a value between them is drawn for each use.
struct Range {
  double least{};
  double most{};
};

/// What answers say about the rate: nothing, X-RateLimit-* with seconds or Unix time to the reset, RateLimit-*, or the
/// combined RateLimit field of the later drafts.
enum class RateHeaders { none, x, unix_time, draft, fields };

struct Options {
  std::uint16_t port{};  ///< 0: any free one
  std::int64_t findings{100};
  std::vector<std::string> samples{};  ///< files of real findings that are resampled
  std::int64_t repositories{1};
  bool vary{};  ///< each repository has up to a quarter more or fewer findings
  Range scan{};
  Range latency{};
  bool linear{};         ///< percent_complete grows evenly instead of jumping from 0 to 100
  double rate{};         ///< requests a second, 0: any number
  double burst{400};
  double window{};       ///< seconds: `rate` counts in fixed windows of that length instead, without a burst
  RateHeaders rate_headers{};
  bool gzip{};
  int history{};         ///< earlier complete batches of each repository, as long as its next scan
  double history_share{1};  ///< of the length of the next scan that they took
  int elsewhere{};       ///< earlier complete batches of the other repositories
  double elsewhere_spread{2};  ///< they took up to so many times as long as the next scan, or as short
  std::string certificate{};
  std::string key{};
  std::uint32_t seed{1};
};

/// Throws std::runtime_error with a sentence.
Options parse_options(int argc, char** argv);

}  // namespace bench
