#include "fleet/crew.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <system_error>

namespace kolega::fleet {

namespace {

using sys::SteadyTime;

/// To wake a watcher for less would cost more than it gains.
constexpr std::chrono::microseconds early_enough{200};

}  // namespace

Crew::Seat::Seat() {
  ::sem_init(&woken_, 0, 0);
}

Crew::Seat::~Seat() {
  ::sem_destroy(&woken_);
}

void Crew::Seat::wake() {
  ::sem_post(&woken_);
}

bool Crew::Seat::wait(SteadyTime until) {
  using namespace std::chrono;
  const auto since = std::max(until.time_since_epoch(), SteadyTime::duration{});
  const auto whole = duration_cast<seconds>(since);
  const timespec at{whole.count(), static_cast<long>(duration_cast<nanoseconds>(since - whole).count())};
  while (true) {
    const bool forever = until == SteadyTime::max();
    if ((forever ? ::sem_wait(&woken_) : ::sem_clockwait(&woken_, CLOCK_MONOTONIC, &at)) == 0) return true;
    if (errno != EINTR) return false;
  }
}

Crew::Crew(std::mutex& mutex, std::size_t most, Orders orders) : mutex_(mutex), most_(most), orders_(std::move(orders)) {
  seats_.reserve(most);
  threads_.reserve(most);
}

Crew::~Crew() {
  finish();
}

void Crew::finish() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (auto& seat : seats_) {
      seat->calling = true;
      seat->wake();
    }
  }
  // Nobody makes threads any more.
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::vector<std::size_t> Crew::idle() const {
  std::vector<std::size_t> out;
  for (const auto* idle : resting_) {
    const auto seat = std::ranges::find(seats_, idle, [](const auto& one) { return one.get(); });
    out.push_back(static_cast<std::size_t>(seat - seats_.begin()));
  }
  return out;
}

void Crew::look_again() {
  if (auto* seat = appoint_watcher()) seat->wake();
}

/// Somebody is to watch for the next task, or to take it if it is there already. Who ends a job looks by itself. Gives
/// who is to be woken, best when the mutex is free again: else he wakes only to wait for it.
Crew::Seat* Crew::appoint_watcher() {
  if (closed_) return nullptr;
  const auto when = orders_.when();
  if (when == SteadyTime::max() || (watcher_ && watched_ <= when + early_enough)) return nullptr;
  if (watcher_ || !resting_.empty()) {
    Seat* seat = watcher_;
    if (!seat) {
      seat = resting_.back();
      resting_.pop_back();
      // It counts as the watcher from now on: before it is awake nobody else needs to be woken for the same.
      watcher_ = seat;
    }
    watched_ = when;
    seat->calling = true;
    return seat;
  }
  if (threads_.size() < most_) make_watcher(when);
  return nullptr;
}

void Crew::make_watcher(SteadyTime when) {
  seats_.push_back(std::make_unique<Seat>());
  try {
    threads_.emplace_back([this, worker = threads_.size()] { work(worker); });
  } catch (const std::system_error&) {
    seats_.pop_back();
    if (threads_.empty()) throw;
    most_ = threads_.size();  // the system gives no more: those that there are look for more work when a job has ended
    return;
  }
  watcher_ = seats_.back().get();
  watcher_->calling = true;  // it looks for work first, before it ever rests
  watched_ = when;
}

void Crew::work(std::size_t worker) {
  std::unique_lock lock(mutex_);
  auto& seat = *seats_[worker];
  while (!closed_) {
    if (watcher_ == &seat) watcher_ = nullptr;
    seat.calling = false;
    if (const auto job = orders_.take()) {
      auto* watcher = appoint_watcher();
      lock.unlock();
      if (watcher) watcher->wake();
      job(worker);
      lock.lock();
      continue;
    }
    rest(lock, seat, orders_.when());
  }
}

void Crew::rest(std::unique_lock<std::mutex>& lock, Seat& seat, SteadyTime until) {
  const bool watches = until != SteadyTime::max() && (!watcher_ || until + early_enough < watched_);
  if (!watches) {
    resting_.push_back(&seat);
    until = SteadyTime::max();
  } else {
    // Who watched for something later is not woken for that: it rests, and leaves when its time comes. Who was called
    // already is on its way to work.
    if (watcher_ && !watcher_->calling) resting_.push_back(watcher_);
    watcher_ = &seat;
    watched_ = until;
  }
  bool in_time = true;
  while (!seat.calling && in_time) {
    lock.unlock();
    in_time = seat.wait(until);
    lock.lock();
  }
  if (!seat.calling) std::erase(resting_, &seat);
}

}  // namespace kolega::fleet
