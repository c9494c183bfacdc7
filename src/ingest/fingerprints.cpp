#include <algorithm>
#include <unordered_map>

#include "base/digest.hpp"
#include "ingest/foreign.hpp"
#include "model/repeats.hpp"

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
void drop_shared(FindingRows& findings) {
  std::vector<std::uint32_t> hashes(findings.size());
  Repeats repeats(findings.size());
  for (std::size_t i = 0; i < findings.size(); ++i) {
    hashes[i] = static_cast<std::uint32_t>(findings.fingerprint(i).hash());
    if (!findings.fingerprint(i).empty()) repeats.add(hashes[i]);
  }
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < findings.size(); ++i) {
    if (!findings.fingerprint(i).empty() && repeats.may_repeat(hashes[i])) order.push_back(i);
  }
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return findings.fingerprint(a) < findings.fingerprint(b); });
  for (std::size_t first = 0; first < order.size();) {
    auto last = first + 1;
    const auto shared = findings.fingerprint(order[first]);
    while (last < order.size() && findings.fingerprint(order[last]) == shared) ++last;
    if (last - first > 1) {
      for (auto i = first; i < last; ++i) findings.set_fingerprint(order[i], {});
    }
    first = last;
  }
}

}  // namespace

void assign_fingerprints(FindingRows& findings, TextPool& pool, const std::vector<bool>& line_identity) {
  drop_shared(findings);
  std::unordered_map<std::string, std::uint64_t> seen;
  for (std::size_t row = 0; row < findings.size(); ++row) {
    if (const auto fingerprint = findings.fingerprint(row); !fingerprint.empty()) {
      const bool of_line = row < line_identity.size() && line_identity[row];
      if (of_line) findings.set_fingerprint(row, pool.add_fingerprint(fingerprint.str() + ":" + findings.check_id(row).str()));
      continue;
    }
    auto digest = digest_of(findings[row]);
    const auto occurrence = ++seen[digest];
    if (occurrence > 1) digest = sha256_hex(digest + "#" + std::to_string(occurrence));
    findings.set_fingerprint(row, pool.add_fingerprint(std::string_view(digest).substr(0, digest_length)));
  }
}

}  // namespace kolega::ingest
