// Semgrep's JSON, which the Kolega scanner writes too. Private to ingest; SARIF of Semgrep is read as any
// SARIF.
#pragma once

#include <string>
#include <string_view>

#include "base/text_source.hpp"
#include "ingest/foreign.hpp"

namespace kolega::ingest {

ForeignScan read_semgrep(const TextSource& source, const std::string& file, TextPool& pool);

}  // namespace kolega::ingest
