#include "sandbox/handlers.hpp"

namespace kolega::sandbox {

namespace {

void write_counter(JsonWriter& json, const Store& store, std::string_view quota_type, std::int64_t plan,
                   Instant now) {
  const auto used = used_quota(store, quota_type, now);
  json.key(quota_type).begin_object().member("plan", plan).member("topup", 0).member("used", used);
  json.member("remaining", std::max<std::int64_t>(0, plan - used)).end_object();
}

std::string_view host_of(std::string_view provider) {
  if (provider == "gitlab") return "https://gitlab.com/";
  return provider == "azure_devops" ? "https://dev.azure.com/" : "https://github.com/";
}

void write_repository(JsonWriter& json, const RepositoryRecord& repository) {
  const auto& config = repository.config;
  const bool local = config.full_name.starts_with("local/");
  json.begin_object().member("id", config.id).member("name", config.full_name).key("description").null();
  json.key("repositories").begin_array().begin_object();
  json.member("full_name", config.full_name).member("default_branch", config.branch);
  write_text_or_null(json, "html_url", local ? "" : std::string(host_of(config.provider)) + config.full_name);
  json.member("provider", config.provider).end_object().end_array();
  json.member("archived", config.archived);
  write_instant(json, "created_at", repository.created_at);
  write_instant(json, "updated_at", repository.created_at);
  json.end_object();
}

}  // namespace

net::ServerResponse get_me(Call& call) {
  const auto& store = call.store;
  return json_answer(200, [&store](JsonWriter& json) {
    const auto& organization = store.config.organization;
    json.begin_object().member("organization_id", make_id(store, "organization", organization));
    json.member("organization_name", organization).member("organization_slug", organization);
    json.key("api_key").begin_object().member("id", make_id(store, "key", organization));
    json.member("name", "sandbox").member("key_prefix", "kcp_test_").key("scopes").begin_array();
    for (const auto& scope : store.config.scopes) json.value(scope);
    json.end_array().end_object().end_object();
  });
}

net::ServerResponse get_quota_balance(Call& call) {
  const auto& store = call.store;
  const auto now = call.now.wall;
  return json_answer(200, [&store, now](JsonWriter& json) {
    const auto& quotas = store.config.quotas;
    const auto period = period_of(now);
    json.begin_object();
    write_instant(json, "period_start", period.start);
    write_instant(json, "period_end", period.end);
    write_counter(json, store, "prs", quotas.prs, now);
    write_counter(json, store, "sast_scans", quotas.sast_scans, now);
    write_counter(json, store, "deep_ai_scans", quotas.deep_ai_scans, now);
    json.key("repositories").begin_object().key("max").null();
    json.member("current", static_cast<std::uint64_t>(store.repositories.size())).end_object().end_object();
  });
}

net::ServerResponse list_repositories(Call& call) {
  QueryReader query(call.target.query);
  const bool include_archived = query.boolean("include_archived", false);
  const auto page = read_page(query, 50);
  if (!query.issues().empty()) return unprocessable(query.issues());
  std::vector<const RepositoryRecord*> shown;
  for (const auto& repository : call.store.repositories) {
    if (include_archived || !repository.config.archived) shown.push_back(&repository);
  }
  return page_answer(shown, page, [](JsonWriter& json, const auto* item) { write_repository(json, *item); });
}

net::ServerResponse get_repository(Call& call) {
  const auto* repository = find_repository(call.store, call.path[0]);
  if (!repository) return not_found("Repository");
  return json_answer(200, [repository](JsonWriter& json) { write_repository(json, *repository); });
}

}  // namespace kolega::sandbox
