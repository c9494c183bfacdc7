// Writes the manual pages into a directory: man_pages DIRECTORY DATE. Run while packages are made.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/man.hpp"

namespace {
void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  if (!(out << text << std::flush)) throw std::runtime_error("cannot write " + file.string());
}
}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::cerr << "usage: man_pages DIRECTORY DATE\n";
    return 2;
  }
  const std::filesystem::path directory(argv[1]);
  std::filesystem::create_directories(directory);
  write(directory / "kolega-gate.1", kolega::cli::render_man(argv[2]));
  for (const auto& command : kolega::cli::commands()) {
    write(directory / (kolega::cli::man_page_name(command) + ".1"),
          kolega::cli::render_man(command, argv[2]));
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "man_pages: " << error.what() << "\n";
  return 1;
}
