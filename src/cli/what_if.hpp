// What two policies make of runs of the past, and how that is told. Not for: reading the scans (command_what_if.cpp).
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log_text.hpp"
#include "gate/record.hpp"
#include "model/repository.hpp"

namespace kolega::cli {

inline constexpr std::string_view triage_note =
    "findings of old batches are judged with today's triage status, and as of now";

struct PolicyPair {
  policy::Policy current{};
  policy::Policy proposed{};
};

/// The scans of one run of the past.
struct PastRun {
  Repository repository{};
  std::vector<ScanBatch> batches{};
};

/// One run under both policies; nothing for a policy none of whose scan types was scanned.
struct JudgedRun {
  PastRun run{};
  std::size_t findings{};
  std::optional<gate::DecisionRecord> current{};
  std::optional<gate::DecisionRecord> proposed{};
  int code{};                              ///< exit code of what could not be read, 0 when all was
};

/// "owner/name", or the name in Kolega where no source repository is known.
std::string repository_name(const Repository& repository);

/// A table of at most `columns` and a line of sums.
void write_what_if(const LogOut& out, const std::vector<JudgedRun>& all, const PolicyPair& policies, std::size_t columns);
void write_what_if_json(std::ostream& out, const std::vector<JudgedRun>& all, const PolicyPair& policies, Instant at);

}  // namespace kolega::cli
