// The feed of what happened to findings: one entry for each change, kept in the order of their instants.
// Not for: the changes themselves (store.cpp, fixes.cpp), nor JSON (handlers_events.cpp).
#pragma once

#include <map>
#include <string_view>

#include "sandbox/store.hpp"

namespace kolega::sandbox {

/// What an event adds to the finding that it is about.
struct EventFacts {
  std::string_view type{};
  Instant at{};
  std::string scan_id{};  ///< empty: no scan was involved
  std::optional<TriageStatus> previous{};
  std::optional<TriageStatus> current{};
  std::map<std::string, std::string> metadata{};
};

/// Puts an event about the finding last. Its id depends on the seed and on its number, never on the wording.
void add_event(Store& store, const RepositoryRecord& repository, const FindingRecord& finding,
               EventFacts facts);

/// Gives the finding another status at `at` and tells it as `type`; nothing happens when it has that status.
void change_status(Store& store, RepositoryRecord& repository, FindingRecord& finding, TriageStatus status,
                   EventFacts facts);

}  // namespace kolega::sandbox
