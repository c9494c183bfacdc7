// Joins the results of a batch (fingerprints) with the findings of the server (status, dates, lines): they
// share no key. Pure. Tiers T1 to T4, groups accepted only when both sides have the same size; larger groups
// are twins.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ingest/results.hpp"
#include "model/scan_batch.hpp"

namespace kolega::ingest {

/// `#L12-L20`, `#L12-20`, `#L12`, and Azure Repos' `line=12&lineEnd=20`; nothing when the URL's path does not
/// end with `path`.
std::optional<Line> line_of_source_url(std::string_view url, std::string_view path);

/// "owner/name" from the host path of a source URL of GitHub, GitLab or Azure Repos; empty when it cannot be
/// told.
std::string repository_of_source_url(std::string_view url);

/// Completes `results` in place (details, line, repository, twin_group from `first_twin_group` on) and says
/// how well it went. `batch_start` decides which unmatched active findings count as missing from the results.
JoinSummary join(FindingRows& results, const std::vector<FindingItem>& items, TextPool& pool,
                 std::optional<Instant> batch_start, std::uint32_t first_twin_group = 1);

}  // namespace kolega::ingest
