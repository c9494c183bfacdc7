// A bounded run of every fuzz target with every other test: the seeds, then mutations of them, the same ones
// each time. KOLEGA_FUZZ_ROUNDS: mutations a seed. KOLEGA_FUZZ_SEEDS=DIR writes the seeds for libFuzzer and
// runs nothing.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "fuzz/target.hpp"

using namespace kolega;

namespace {

constexpr std::string_view alphabet = "{}[]\",:\\/.%#&<>\n\r\t \0\xff\xc3\xa9-+0123456789eE*!|";

std::size_t below(std::mt19937& random, std::size_t bound) {
  return bound == 0 ? 0 : random() % bound;
}

/// One small damage: a byte changed, put in or taken out, a part doubled, cut off, or moved.
void damage(std::string& text, std::mt19937& random) {
  const auto at = below(random, text.size());
  const auto length = 1 + below(random, std::min<std::size_t>(text.size() - at, 40));
  switch (random() % 7) {
    case 0:
      text[at] = static_cast<char>(random());
      return;
    case 1:
      text.insert(at, 1, alphabet[below(random, alphabet.size())]);
      return;
    case 2:
      text.erase(at, length);
      return;
    case 3:
      text.insert(at, text.substr(at, length));
      return;
    case 4:
      text.resize(at + 1);
      return;
    case 5:
      text.insert(below(random, text.size()), text.substr(at, length));
      return;
    default:
      text[at] = alphabet[below(random, alphabet.size())];
      return;
  }
}

std::size_t rounds() {
  const char* wish = std::getenv("KOLEGA_FUZZ_ROUNDS");
  return wish ? std::strtoul(wish, nullptr, 10) : 40;
}

void write_seeds(const std::filesystem::path& root) {
  for (const auto& target : fuzz::targets()) {
    const auto directory = root / target.name;
    std::filesystem::create_directories(directory);
    int number = 0;
    for (const auto& seed : target.seeds()) {
      std::ofstream(directory / std::to_string(++number), std::ios::binary) << seed;
    }
  }
}

}  // namespace

TEST_CASE("every fuzz target keeps its promises on its seeds and on mutations of them") {
  if (const char* directory = std::getenv("KOLEGA_FUZZ_SEEDS")) {
    write_seeds(directory);
    return;
  }
  for (const auto& target : fuzz::targets()) {
    const auto seeds = target.seeds();
    REQUIRE(!seeds.empty());
    std::mt19937 random(20261123);
    std::size_t runs = 0;
    for (const auto& seed : seeds) {
      INFO(target.name);
      target.run(seed);
      for (std::size_t round = 0; round < rounds(); ++round, ++runs) {
        auto text = seed;
        for (auto damages = 1 + random() % 4; damages > 0 && !text.empty(); --damages) damage(text, random);
        target.run(text);
      }
    }
    MESSAGE(target.name << ": " << seeds.size() << " seeds, " << runs << " mutations");
  }
}
