#include "fleet/intents.hpp"

#include <algorithm>
#include <utility>

namespace kolega::fleet {

Intents::Intents(OutputFolder& folder, const sys::System& system, std::vector<Expected> expected)
    : folder_(folder), system_(system), expected_(std::move(expected)), places_(expected_.size()) {
  for (std::size_t i = 0; i < expected_.size(); ++i) index_.emplace(expected_[i].repository_id, i);
}

void Intents::note(const BatchEntry& intent) {
  const std::lock_guard lock(mutex_);
  std::vector<BatchEntry> entries{intent};
  if (const auto found = index_.find(intent.repository_id); found != index_.end()) {
    auto& place = places_[found->second];
    const auto bit = bit_of(intent.type);
    const bool there = (place.unused & bit) != 0 && !is_old(place, system_.steady());
    place.unused &= static_cast<std::uint8_t>(~bit);
    place.known |= bit;
    if (there) return;
    add_expected(found->second, intent, entries);
  }
  folder_.note(entries, true);
}

/// Those that follow within reach, where they are not in the journal or stand there, unused, for too long.
void Intents::add_expected(std::size_t first, const BatchEntry& like, std::vector<BatchEntry>& entries) {
  const auto now = system_.steady();
  const auto end = std::min(expected_.size(), first + together);
  for (auto i = first; i < end && entries.size() < together; ++i) {
    auto& place = places_[i];
    const bool again = is_old(place, now);
    for (const auto type : expected_[i].types) {
      const auto bit = bit_of(type);
      if ((place.known & bit) != 0 && !((place.unused & bit) != 0 && again)) continue;
      entries.push_back({expected_[i].repository_id, type, BatchEntry::Step::intent, {}, like.at});
      place.known |= bit;
      place.unused |= bit;
      place.at = now;
    }
  }
}

void Intents::close() {
  const std::lock_guard lock(mutex_);
  std::vector<BatchEntry> entries;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    for (const auto type : all_scan_types) {
      if ((places_[i].unused & bit_of(type)) == 0) continue;
      entries.push_back({expected_[i].repository_id, type, BatchEntry::Step::none, {}, system_.now()});
    }
    places_[i].unused = 0;
  }
  if (!entries.empty()) folder_.note(entries, false);
}

}  // namespace kolega::fleet
