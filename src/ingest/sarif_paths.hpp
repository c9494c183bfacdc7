// Turns the file places of a SARIF run into paths relative to the repository. Private to ingest.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "ingest/sarif.hpp"

namespace kolega::ingest {

class SarifPaths {
 public:
  SarifPaths(const SarifRun& run, TextPool& pool);
  /// Decoded, joined with its bases, without the root of the repository. Empty when the place names no file.
  Text path_of(const SarifFile& file);
  /// How many distinct paths stayed absolute, because no base of the run holds them.
  std::uint64_t absolute() const { return absolute_; }

 private:
  /// What a uriBaseId stands for: an absolute directory if it is known, and what follows below it.
  struct Base {
    std::string root{};
    std::string prefix{};
  };
  Base base_of(std::string_view name, int depth) const;
  std::string resolve(const SarifFile& file);
  std::string below_root(const std::string& absolute) const;
  bool stays(const SarifFile& file);

  const SarifRun& run_;
  TextPool& pool_;
  std::vector<std::string> roots_;  ///< absolute directories with a slash at the end, likeliest root first
  /// By uri, then base.
  std::unordered_map<std::string_view, std::vector<std::pair<Text, Text>>> known_;
  std::unordered_map<const void*, bool> empty_bases_;  ///< by the place of the name: whether it adds nothing
  std::uint64_t absolute_{};
};

}  // namespace kolega::ingest
