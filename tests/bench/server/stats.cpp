#include "stats.hpp"

#include <algorithm>
#include <numeric>
#include <sstream>

namespace bench {

namespace {

template <class Number>
void append_spread(std::ostream& out, const char* name, std::vector<Number> values) {
  std::sort(values.begin(), values.end());
  const auto sum = std::accumulate(values.begin(), values.end(), 0.0);
  const auto count = values.size();
  out << ",\"" << name << "\":{\"mean\":" << (count == 0 ? 0 : sum / static_cast<double>(count))
      << ",\"median\":" << (count == 0 ? 0 : values[count / 2])
      << ",\"max\":" << (count == 0 ? 0 : values.back()) << "}";
}

}  // namespace

std::string to_json(const Stats& stats, double cpu_seconds) {
  std::ostringstream out;
  const auto add = [&](const char* name, auto value) { out << ",\"" << name << "\":" << value; };
  out << "{\"requests\":" << stats.requests;
  add("connections", stats.connections);
  add("most_open", stats.most_open);
  add("throttled", stats.throttled);
  add("refused", stats.refused);
  add("posts", stats.posts);
  add("polls", stats.polls);
  add("results", stats.results);
  add("pages", stats.pages);
  add("scan_lists", stats.scan_lists);
  add("repository_lists", stats.repository_lists);
  add("quota", stats.quota);
  add("bytes", stats.bytes);
  add("batches", stats.batches);
  add("unread", stats.unread);
  add("unscanned", stats.unscanned);
  add("duplicates", stats.duplicates);
  append_spread(out, "polls_of_batch", stats.polls_of_batch);
  append_spread(out, "lag_ms", stats.lags);
  add("server_cpu_s", cpu_seconds);
  out << "}\n";
  return out.str();
}

}  // namespace bench
