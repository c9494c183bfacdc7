#include "sandbox/events.hpp"

namespace kolega::sandbox {

void add_event(Store& store, const RepositoryRecord& repository, const FindingRecord& finding,
               EventFacts facts) {
  EventRecord event;
  event.number = store.next_event++;
  event.id = make_id(store, "event", std::to_string(event.number));
  event.repository_id = repository.config.id;
  event.finding_id = finding.id;
  event.type = facts.type;
  event.scan_id = std::move(facts.scan_id);
  event.scan_type = finding.seen->scan_type;
  event.severity = finding.seen->severity_word.str();
  event.check_id = finding.seen->check_id.str();
  event.path = finding.seen->path.str();
  event.previous = facts.previous;
  event.current = facts.current;
  event.metadata = std::move(facts.metadata);
  event.at = facts.at;
  store.events.push_back(std::move(event));
}

void change_status(Store& store, RepositoryRecord& repository, FindingRecord& finding, TriageStatus status,
                   EventFacts facts) {
  if (finding.status == status) return;
  facts.previous = finding.status;
  facts.current = status;
  finding.status = status;
  finding.updated_at = facts.at;
  finding.resolved_at = status == TriageStatus::resolved ? std::optional(facts.at) : std::optional<Instant>{};
  add_event(store, repository, finding, std::move(facts));
}

}  // namespace kolega::sandbox
