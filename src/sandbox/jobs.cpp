#include "sandbox/jobs.hpp"

namespace kolega::sandbox {

Jobs::~Jobs() {
  for (auto& thread : threads_) thread.request_stop();
  threads_.clear();  // joins
}

void Jobs::start(Job job) {
  const std::scoped_lock lock(mutex_);
  waiting_.push_back(std::move(job));
  if (running_ + waiting_.size() > threads_.size() && threads_.size() < most_threads_) {
    threads_.emplace_back([this](std::stop_token stop) { work(std::move(stop)); });
  }
  changed_.notify_all();
}

void Jobs::wait() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return running_ == 0 && waiting_.empty(); });
}

void Jobs::work(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !waiting_.empty(); }) && !stop.stop_requested()) {
    const auto job = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    lock.unlock();
    job(stop);
    lock.lock();
    --running_;
    changed_.notify_all();
  }
}

}  // namespace kolega::sandbox
