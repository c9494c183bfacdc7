// Standard output and standard error that hold up nobody: a reader that has stopped reading is waited for, but no longer
// once the program has been told to end. Not for: what is written (cli/printer.hpp, cli/reports.hpp).
#pragma once

#include <memory>

namespace kolega::sys {

/// Puts itself beneath std::cout and std::cerr and goes away again with the object. What cannot be handed over after
/// a stop (Signals) is lost, and the stream says so by its state.
class StandardStreams {
 public:
  StandardStreams();
  ~StandardStreams();
  StandardStreams(const StandardStreams&) = delete;
  StandardStreams& operator=(const StandardStreams&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kolega::sys
