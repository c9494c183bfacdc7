#include "gate/finding_order.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <tuple>

using namespace kolega;

namespace {

/// What a row is sorted by, and a fingerprint that tells rows apart.
struct Key {
  ScanType type{};
  std::string path{};
  std::uint32_t line{};
  std::string check{};
  std::string fingerprint{};
  auto operator<=>(const Key&) const = default;
};

std::vector<Key> random_keys(std::mt19937& random, std::size_t count) {
  // Beginnings of one length and the next, longer than what is compared at once, and bytes over 0x7F.
  static const std::vector<std::string> paths{"src/a", "src/a/b", "src/a.c", "src/twelve_bytes/same", "src/twelve_bytes/some", "src/twelve_bytes",
                                              "src/\xC3\xA9", "src/z", "src/", "", "other/a"};
  const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
  const auto kinds = 1 + below(paths.size());
  std::vector<Key> out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto type = below(3) == 0 ? ScanType::secrets_scan : ScanType::semgrep_scan;
    out.push_back({type, paths[below(kinds)], static_cast<std::uint32_t>(below(3)), std::string(1, static_cast<char>('A' + below(3))),
                   std::to_string(below(50))});
  }
  return out;
}

Key key_of(const Finding& row) {
  return {row.scan_type, row.path.str(), row.line, row.check_id.str(), row.fingerprint.str()};
}

}  // namespace

TEST_CASE("findings come in the order of scan type, path, line, check and fingerprint, however they arrive") {
  std::mt19937 random(5);
  for (int round = 0; round < 400; ++round) {
    auto keys = random_keys(random, static_cast<std::size_t>(round % 60));
    if (round % 2 == 0) std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) { return a.path < b.path; });
    TextPool pool;
    FindingRows rows;
    for (const auto& key : keys) {
      Finding row;
      row.scan_type = key.type;
      row.path = round % 3 == 0 ? pool.add(key.path) : pool.intern(key.path);  // equal paths may have several places
      row.line = key.line;
      row.check_id = pool.intern(key.check);
      row.fingerprint = pool.add_fingerprint(key.fingerprint);
      rows.push_back(row);
    }
    gate::sort_findings(rows);
    std::sort(keys.begin(), keys.end());
    REQUIRE(rows.size() == keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) REQUIRE((key_of(rows[i]) == keys[i]));
  }
}
