// A few threads that run what must not hold up an answer: scanners and the reading of their files.
// Not for: anything with an order; jobs start in turn but end as they like.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace kolega::sandbox {

class Jobs {
 public:
  using Job = std::function<void(std::stop_token)>;

  explicit Jobs(std::size_t most_threads) : most_threads_(most_threads) {}
  /// Asks running jobs to stop, forgets waiting ones and returns when all threads have ended.
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  /// The job must not throw.
  void start(Job job);
  /// Returns once nothing runs or waits.
  void wait() const;

 private:
  void work(std::stop_token stop);

  std::size_t most_threads_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::deque<Job> waiting_;
  std::size_t running_{};
  std::vector<std::jthread> threads_;
};

}  // namespace kolega::sandbox
