// JSON of the API -> the model: one strict decoder per type. Required members and their types are checked,
// the scan type is one of four, status words are free text, unknown members are ignored. Not for: results and
// findings (ingest/results.hpp).
#pragma once

#include "api/client.hpp"
#include "base/json.hpp"

namespace kolega::api {

/// Ids go into paths, file names and commands that are printed for people to copy: letters, digits, `.`, `_`
/// and `-`, at most 128, no `-` in front.
bool usable_id(std::string_view id);

Me decode_me(const JsonView& document);
Quota decode_quota(const JsonView& document);
Repository decode_repository(const JsonView& document);
/// Of POST and GET /scans.
ScanBatch decode_scan_batch(const JsonView& document);
struct Progress {
  ScanBatch batch{};
  double percent{};  ///< as received: it may be anything
};
Progress decode_progress(const JsonView& document);
ingest::PageHead decode_page_head(const JsonView& document);

}  // namespace kolega::api
