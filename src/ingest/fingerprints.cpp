#include <algorithm>
#include <cstring>
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

/// The first bytes as a number, which tells nearly all fingerprints apart without reading them again.
std::uint64_t prefix_of(std::string_view text) {
  std::uint64_t prefix = 0;
  std::memcpy(&prefix, text.data(), std::min(text.size(), sizeof prefix));
  return prefix;
}

/// Forgets fingerprints that several findings share: they name a line or a commit, not a finding.
void drop_shared(std::vector<Finding>& findings) {
  struct Entry {
    std::uint64_t prefix{};
    std::size_t index{};
  };
  std::vector<Entry> order;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const auto text = findings[i].fingerprint;
    if (!text.empty()) order.push_back({prefix_of(text), i});
  }
  std::sort(order.begin(), order.end(), [&](const Entry& a, const Entry& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return findings[a.index].fingerprint < findings[b.index].fingerprint;
  });
  for (std::size_t first = 0; first < order.size();) {
    auto last = first + 1;
    const auto text = findings[order[first].index].fingerprint;
    while (last < order.size() && findings[order[last].index].fingerprint == text) ++last;
    if (last - first > 1) {
      for (auto i = first; i < last; ++i) findings[order[i].index].fingerprint = {};
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
