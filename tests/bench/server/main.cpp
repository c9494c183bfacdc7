// A load server that speaks the part of the public API a gate uses; see tests/bench/README.md.
#include <csignal>
#include <cstdio>
#include <exception>

#include "server.hpp"

namespace {

std::atomic<bool> stop{false};

void on_signal(int) { stop = true; }

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto options = bench::parse_options(argc, argv);
    std::signal(SIGTERM, on_signal);
    std::signal(SIGINT, on_signal);
    bench::World world(options);
    bench::serve(world, options, stop);
    const auto answer = world.answer({"GET", "/__stats", "", true, false}, 0);
    std::fputs(answer.body.c_str(), stdout);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "load_server: %s\n", error.what());
    return 2;
  }
}
