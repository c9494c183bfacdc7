// Semgrep's JSON, which the Kolega scanner writes too. Private to ingest; SARIF of Semgrep is read as any
// SARIF.
#pragma once

#include <string>
#include <string_view>

#include "ingest/foreign.hpp"

namespace kolega::ingest {

ForeignScan read_semgrep(std::string_view text, const std::string& file, TextPool& pool);

}  // namespace kolega::ingest
