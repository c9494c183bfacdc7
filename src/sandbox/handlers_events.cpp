#include "sandbox/handlers.hpp"

namespace kolega::sandbox {

namespace {

void write_status(JsonWriter& json, std::string_view key, std::optional<TriageStatus> status) {
  write_text_or_null(json, key, status ? name_of(*status) : std::string_view{});
}

void write_event(JsonWriter& json, const Store& store, const EventRecord& event) {
  json.begin_object().member("id", event.id);
  json.member("organization_id", make_id(store, "organization", store.config.organization));
  json.member("repository_id", event.repository_id).member("finding_id", event.finding_id);
  write_text_or_null(json, "scan_id", event.scan_id);
  json.member("scan_type", name_of(event.scan_type)).member("event_type", event.type);
  write_status(json, "previous_status", event.previous);
  write_status(json, "new_status", event.current);
  write_text_or_null(json, "severity", event.severity);
  write_text_or_null(json, "check_id", event.check_id);
  write_text_or_null(json, "file_path", event.path);
  json.key("actor_user_id").null().key("metadata").begin_object();  // a key acts here, never a person
  for (const auto& [name, text] : event.metadata) json.member(name, text);
  json.end_object();
  write_instant(json, "event_timestamp", event.at);
  write_instant(json, "created_at", event.at);
  json.end_object();
}

struct EventFilter {
  std::optional<std::string> repository_id{};
  std::optional<std::string> finding_id{};
  std::optional<std::string> scan_type{};
  std::optional<std::string> severity{};
  std::optional<std::string> event_type{};
  std::optional<Instant> start{};
  std::optional<Instant> end{};

  bool takes(const EventRecord& event) const {
    return (!repository_id || *repository_id == event.repository_id) &&
           (!finding_id || *finding_id == event.finding_id) &&
           (!scan_type || *scan_type == name_of(event.scan_type)) &&
           (!severity || *severity == event.severity) && (!event_type || *event_type == event.type) &&
           (!start || event.at >= *start) && (!end || event.at <= *end);
  }
};

}  // namespace

net::ServerResponse list_finding_events(Call& call) {
  QueryReader query(call.target.query);
  const EventFilter filter{query.text("repository_id"), query.text("finding_id"), query.text("scan_type"),
                           query.text("severity"),      query.text("event_type"), query.instant("start"),
                           query.instant("end")};
  const auto page = read_page(query, 100);
  if (!query.issues().empty()) return unprocessable(query.issues());
  std::vector<const EventRecord*> shown;
  const auto& events = call.store.events;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {  // newest first
    if (filter.takes(*event)) shown.push_back(&*event);
  }
  return page_answer(shown, page,
                     [&call](JsonWriter& json, const auto* item) { write_event(json, call.store, *item); });
}

}  // namespace kolega::sandbox
