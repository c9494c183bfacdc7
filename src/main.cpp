#include <iostream>

#include "cli/run.hpp"
#include "sys/secrecy.hpp"
#include "sys/standard_streams.hpp"
#include "sys/system.hpp"

int main(int argc, char** argv) {
  kolega::sys::seal_process();
  kolega::sys::hold_standard_streams();
  std::ios::sync_with_stdio(false);
  const kolega::sys::Signals signals;
  const kolega::sys::StandardStreams standard_streams;
  auto system = kolega::sys::real_system();
  kolega::sys::scrub_environment();
  system.stop = signals.token();
  system.signal = [&signals] { return signals.last(); };
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return kolega::cli::run(arguments, {std::cout, std::cerr, std::cin}, system);
}
