#include "api/history.hpp"

#include <algorithm>

#include "api/look.hpp"
#include "api/status.hpp"

namespace kolega::api {

namespace {

/// How many earlier batches tell how long the next one takes.
constexpr std::int64_t remembered = 5;
/// Of another repository more: it is their spread that tells.
constexpr std::int64_t remembered_elsewhere = 20;
/// Of all types at once.
constexpr std::int64_t remembered_of_all = 50;
constexpr std::int64_t looked_through = 20;  ///< repositories, where none have been listed yet
constexpr Duration longest_believed = std::chrono::hours(24);

std::vector<Duration> durations(const std::vector<ScanBatch>& batches, const std::string& repository,
                                const ScanBatch& like) {
  std::vector<Duration> out;
  for (const auto& batch : batches) {
    if (batch.type != like.type || batch.repository_id != repository || batch.id == like.id) continue;
    if (!is_complete(batch) || !batch.created_at || !batch.completed_at) continue;
    const auto took = std::chrono::duration_cast<Duration>(*batch.completed_at - *batch.created_at);
    if (took > Duration::zero() && took < longest_believed) out.push_back(took);
  }
  return out;
}

}  // namespace

History::Batches History::list(const std::string& repository, ScanType type, Shared& shared,
                               int& requests) const {
  if (several_) {
    if (!shared.asked) {
      ++requests;
      shared.batches = context_.client.scans(repository, std::nullopt, "completed", remembered_of_all);
      shared.asked = true;
    }
    const bool whole = shared.batches.size() < static_cast<std::size_t>(remembered_of_all);
    const bool known = std::ranges::find(shared.batches, type, &ScanBatch::type) != shared.batches.end();
    if (whole || known) return shared.batches;
    // Scans of other types have left no room for these.
  }
  ++requests;
  const bool own = repository == context_.options.repository_id;
  return context_.client.scans(repository, type, "completed", own ? remembered : remembered_elsewhere);
}

/// Nobody knows in which order repositories are listed. In the middle there is neither the newest, which may
/// not have been scanned yet, nor the oldest, which nobody may use any more.
const std::optional<std::string>& History::other_repository(int& requests) {
  if (other_sought_) return other_;
  other_sought_ = true;
  auto ids = context_.client.listed_repositories();
  if (ids.empty() && context_.client.repository_count().value_or(2) > 1) {
    ++requests;
    context_.client.repositories(false, looked_through);
    ids = context_.client.listed_repositories();
  }
  std::erase(ids, context_.options.repository_id);
  if (!ids.empty()) other_ = ids[ids.size() / 2];
  return other_;
}

/// Nobody has asked for another repository, so nobody is told of what goes wrong with it.
History::Batches History::look_elsewhere(ScanType type, int& requests) {
  const BriefWait brief(context_);
  try {
    const auto& other = other_repository(requests);
    if (other) return list(*other, type, elsewhere_, requests);
  } catch (const HttpError&) {
    elsewhere_fails_ = true;
  } catch (const Error&) {
    fault_of_current_error(true);  // throws on what must stop a run
    elsewhere_fails_ = true;
  }
  return {};
}

History::Told History::of(const ScanBatch& like, bool widely) {
  Told told;
  if (own_fails_) return told;
  const auto& repository = context_.options.repository_id;
  const auto own = brief_look(context_, [&] { return list(repository, like.type, own_, told.requests); });
  if (!own) {
    own_fails_ = true;
    return told;
  }
  told.own = durations(*own, repository, like);
  if (!told.own.empty() || !widely || elsewhere_fails_) return told;
  const auto batches = look_elsewhere(like.type, told.requests);
  if (other_) told.elsewhere = durations(batches, *other_, like);
  return told;
}

}  // namespace kolega::api
