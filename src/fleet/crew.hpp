// The threads of a fleet: each takes its next task itself when it has ended one, so that in the steady state few threads,
// those that worked last, do everything over few connections. Not for: which task is next (fleet_run.cpp).
#pragma once

#include <semaphore.h>

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "sys/system.hpp"

namespace kolega::fleet {

/// One of the idle threads watches the clock for the next task; it wakes the next watcher before it begins. Threads
/// are made when one is needed to watch, the others rest; who rested last is woken first, since its connection is warm.
/// `Orders` and look_again() are called under the mutex that was given.
class Crew {
 public:
  /// On a thread of the crew, without the mutex; `worker` counts from 0. Must not throw.
  using Job = std::function<void(std::size_t worker)>;
  struct Orders {
    /// What is to be done now; else nothing.
    std::function<Job()> take{};
    /// When take() may give something: the past for now, the far future when only the end of a job or look_again()
    /// can bring it about.
    std::function<sys::SteadyTime()> when{};
  };

  Crew(std::mutex& mutex, std::size_t most, Orders orders);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Something has changed that is not the end of a job: there may be work earlier than it seemed.
  void look_again();
  /// Takes nothing more and waits for what is being done; called without the mutex. The destructor does it, too.
  void finish();
  std::size_t size() const { return threads_.size(); }
  /// The workers that rest until somebody calls them; under the mutex.
  std::vector<std::size_t> idle() const;

 private:
  /// Where a thread rests. A condition variable would take the mutex as one that others wait for, and giving it back would
  /// ask the system to wake them: twice a job for nothing.
  class Seat {
   public:
    Seat();
    ~Seat();
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    /// The thread that rests here, now or next, goes on; best without the mutex.
    void wake();
    /// Without the mutex. False when `until` came first; the far future never comes.
    bool wait(sys::SteadyTime until);

    bool calling{};                        ///< under the mutex: wake() was called for this or is about to be

   private:
    sem_t woken_{};
  };

  void work(std::size_t worker);
  void rest(std::unique_lock<std::mutex>& lock, Seat& seat, sys::SteadyTime until);
  Seat* appoint_watcher();
  void make_watcher(sys::SteadyTime when);

  std::mutex& mutex_;
  std::size_t most_;
  Orders orders_;
  bool closed_{};
  Seat* watcher_{};
  sys::SteadyTime watched_{};              ///< until when the watcher waits
  std::vector<Seat*> resting_{};           ///< the last one has rested least
  std::vector<std::unique_ptr<Seat>> seats_{};
  std::vector<std::thread> threads_{};
};

}  // namespace kolega::fleet
