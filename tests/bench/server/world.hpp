// The part of the public API that a gate uses, as a function from request to answer; time comes in as a value.
// Not for: sockets (server.hpp) and faults (the sandbox plays those).
#pragma once

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "options.hpp"
#include "rows.hpp"
#include "stats.hpp"

namespace bench {

struct Request {
  std::string method{};
  std::string target{};
  std::string body{};
  bool authorized{};
  bool gzip{};
};

struct Answer {
  int status{200};
  std::string headers{};  ///< further lines, each with its end
  std::string body{};
  const std::string* tail{};  ///< follows the body; shared by all answers
};

class World {
 public:
  explicit World(Options options);

  /// `now` in milliseconds of a steady clock.
  Answer answer(const Request& request, double now);
  /// How long the answer to the next request is held back, ms.
  double latency();
  Stats& stats() { return stats_; }

 private:
  struct Batch {
    std::int64_t repository{};
    std::string type{};
    double began{};
    double length{};
    std::int64_t polls{};
    double seen_end{-1};
    bool read{};
  };
  struct Path {
    std::vector<std::string> parts{};
    std::map<std::string, std::string> query{};
  };

  static Path parse(const std::string& target);
  bool take_token(double now);
  std::string rate_headers(double now) const;
  double draw(Range range);
  std::int64_t findings_of(std::int64_t repository) const;
  std::int64_t first_row_of(std::int64_t repository) const;
  std::int64_t repository_of(const std::string& id) const;
  Batch* batch_of(std::int64_t repository, const std::string& id);
  std::string batch_json(std::size_t index, double now, bool progress) const;
  std::string instant(double at) const;

  Answer route(const Path& path, const Request& request, double now);
  Answer scan_route(std::int64_t repository, const Path& path, const Request& request, double now);
  Answer repositories(const Path& path);
  Answer repository(std::int64_t repository);
  Answer quota();
  Answer start(std::int64_t repository, const std::string& body, double now);
  Answer scans(std::int64_t repository, const Path& path, double now);
  Answer progress(std::int64_t repository, const std::string& id, double now);
  Answer results(std::int64_t repository, const std::string& id, double now, bool gzip);
  Answer findings(std::int64_t repository, const Path& path);
  Answer refuse(int status, const std::string& why);
  void add_history(std::int64_t repository, const std::string& type, double now, double length);
  void add_elsewhere(std::int64_t but, const std::string& type, double now, double length);
  void add_old(std::int64_t repository, const std::string& type, double began, double length);
  std::string gather_stats();
  void reset();

  Options options_;
  Rows rows_;
  std::mt19937 random_;
  Stats stats_{};
  std::vector<Batch> batches_{};
  std::map<std::pair<std::int64_t, std::string>, std::vector<std::size_t>> of_repository_{};
  std::string results_tail_{};  ///< of the only repository: made once
  std::string gzip_tail_{};
  double tokens_{};
  double tokens_at_{};
  std::int64_t wall_offset_{};  ///< ms from the steady clock to that of the world
};

std::string repository_id(std::int64_t repository);

}  // namespace bench
