#include "cli/progress.hpp"

#include <algorithm>
#include <cmath>

#include "base/shell_word.hpp"
#include "base/text.hpp"
#include "base/version.hpp"

namespace kolega::cli {

namespace {

constexpr Duration log_interval = std::chrono::seconds(30);

/// The server's number may be anything: -5, 250, 1e308.
std::string percent_text(double percent) {
  const auto sane = std::isfinite(percent) ? std::clamp(percent, 0.0, 100.0) : 0.0;
  return std::to_string(static_cast<int>(sane)) + "%";
}

std::string repositories_of(const ScanBatch& batch) {
  std::string out;
  for (const auto& repository : batch.repositories) {
    if (repository.name.empty()) continue;
    out += (out.empty() ? "" : ", ") + repository.name + " " + repository.status;
  }
  return out;
}

std::string phrase_of(const api::ProgressEvent& event) {
  const auto& batch = *event.batch;
  auto out = std::string(name_of(batch.type)) + " " + (batch.status.empty() ? "started" : batch.status) +
             " " + percent_text(event.percent) + ", " + render_duration(event.elapsed);
  if (event.eta) out += ", about " + render_duration(*event.eta) + " left";
  const auto repositories = repositories_of(batch);
  return repositories.empty() ? out : out + " (" + repositories + ")";
}

std::string name_of_batch(const ScanBatch& batch) {
  return std::string(name_of(batch.type)) + (batch.id.empty() ? "" : " batch " + batch.id);
}

}  // namespace

void Progress::remember(const ScanBatch& batch) {
  if (batch.id.empty()) return;
  const auto known = std::ranges::find(seen_, batch.id, &ScanBatch::id);
  if (known == seen_.end()) {
    seen_.push_back(batch);
  } else {
    *known = batch;
  }
}

void Progress::on(const api::ProgressEvent& event) {
  if (!event.batch) return printer_.note(event.text);
  remember(*event.batch);
  auto& shown = shown_[event.batch->id.empty() ? std::string(name_of(event.batch->type)) : event.batch->id];
  const auto name = name_of_batch(*event.batch);
  switch (event.kind) {
    case api::ProgressEvent::Kind::started:
      return printer_.note(name + ": started");
    case api::ProgressEvent::Kind::attached:
      return printer_.note("batch " + event.batch->id + ": attached");  // its type is not known yet
    case api::ProgressEvent::Kind::reused:
      return printer_.note(name + ": reused, no new scan");
    case api::ProgressEvent::Kind::resumed:
      return printer_.note(name + ": continued, an earlier run that was cut short began it");
    case api::ProgressEvent::Kind::polled:
      shown.phrase = phrase_of(event);
      if (printer_.live()) return show_live();
      return show_in_log(event, shown, event.batch->status + repositories_of(*event.batch));
    case api::ProgressEvent::Kind::finished:
      shown.finished = true;
      return printer_.note(name + ": " + (event.batch->status.empty() ? "ended" : event.batch->status) +
                           " after " + render_duration(event.elapsed));
    case api::ProgressEvent::Kind::reading:
      return printer_.detail(name + ": reading results");
    case api::ProgressEvent::Kind::note:
      return printer_.note(name + ": " + event.text);
  }
}

void Progress::show_live() {
  std::string line;
  for (const auto& [id, shown] : shown_) {
    if (shown.finished || shown.phrase.empty()) continue;
    line += (line.empty() ? "" : " | ") + shown.phrase;
  }
  if (!line.empty()) printer_.progress(line);
}

void Progress::show_in_log(const api::ProgressEvent& event, Shown& shown, const std::string& state) {
  if (state == shown.state && event.elapsed - shown.at < log_interval) return;
  shown.state = state;
  shown.at = event.elapsed;
  printer_.note(shown.phrase);
}

std::string attach_command(const std::string& repository_id, const std::vector<ScanBatch>& batches) {
  auto out = std::string(program_name) + " run --repository " + shell_word(printable(repository_id, 100));
  for (const auto& batch : batches) out += " --scan-id " + shell_word(printable(batch.id, 100));
  return out;
}

}  // namespace kolega::cli
