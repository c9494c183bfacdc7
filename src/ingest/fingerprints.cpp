#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "base/digest.hpp"
#include "ingest/foreign.hpp"

namespace kolega::ingest {

namespace {

/// 128 bits: short enough to keep a row small, and nobody can make two findings collide on purpose.
constexpr std::size_t digest_length = 32;

std::string digest_of(const Finding& finding) {
  Sha256 digest;
  for (const std::string_view part : {finding.check_id.view(), finding.path.view(), finding.message.view()}) {
    digest.update(part);
    digest.update(std::string_view("\0", 1));
  }
  return digest.finish_hex();
}

/// Forgets fingerprints that several findings share: they name a line or a commit, not a finding.
void drop_shared(std::vector<Finding>& findings) {
  std::vector<std::size_t> order(findings.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return findings[a].fingerprint < findings[b].fingerprint; });
  for (std::size_t first = 0; first < order.size();) {
    auto last = first + 1;
    const auto text = findings[order[first]].fingerprint;
    while (last < order.size() && findings[order[last]].fingerprint == text) ++last;
    if (last - first > 1) {
      for (auto i = first; i < last; ++i) findings[order[i]].fingerprint = {};
    }
    first = last;
  }
}

}  // namespace

void assign_fingerprints(std::vector<Finding>& findings, TextPool& pool) {
  drop_shared(findings);
  std::unordered_map<std::string, std::uint64_t> seen;
  for (auto& finding : findings) {
    if (!finding.fingerprint.empty()) continue;
    auto digest = digest_of(finding);
    const auto occurrence = ++seen[digest];
    if (occurrence > 1) digest = sha256_hex(digest + "#" + std::to_string(occurrence));
    finding.fingerprint = pool.add(std::string_view(digest).substr(0, digest_length));
  }
}

}  // namespace kolega::ingest
