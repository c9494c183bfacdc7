#include "api/batch_track.hpp"

#include <algorithm>

#include "api/read_batch.hpp"

namespace kolega::api {

namespace {

/// A batch just created may not be known everywhere at once.
constexpr int tolerated_not_found = 8;
/// One garbled answer is no reason to lose a scan that goes on.
constexpr int tolerated_unreadable = 3;

/// The type of an attached batch is what its first answer says; after that it must not change.
void require_type(const BatchTrack& track, const ScanBatch& progress) {
  const bool first = track.batch.status.empty();
  if (first || progress.type == track.batch.type) return;
  throw Error(ErrorKind::api, "reading the progress of scan batch " + track.batch.id + ": it is now a " +
                                  std::string(name_of(progress.type)));
}

}  // namespace

bool take_answer(const RunContext& context, BatchTrack& track) {
  auto& batch = track.batch;
  try {
    double percent = 0;
    auto progress = context.client.progress(batch.repository_id, batch.id, percent);
    require_type(track, progress);
    take_progress(batch, std::move(progress));
    track.percent = std::clamp(percent, 0.0, 100.0);
    track.not_found = track.unreadable = 0;
    return true;
  } catch (const HttpError& error) {
    if (error.status() != 404 || batch.origin == BatchOrigin::attached) throw;
    if (++track.not_found < tolerated_not_found) return false;
    track.gone = true;
    throw Error(ErrorKind::api, error.message(), "the server does not know the scan batch that it created");
  } catch (const net::TransportError&) {
    throw;  // the transport has tried again where that helps
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::api || ++track.unreadable >= tolerated_unreadable) throw;
    context.note(error.message());
    return false;
  }
}

}  // namespace kolega::api
