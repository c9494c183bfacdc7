// One function per row of the route table. Each validates, looks up and answers, in that order, as FastAPI does.
// Not for: who may call them (routes.cpp, sandbox.cpp).
#pragma once

#include "sandbox/routes.hpp"
#include "sandbox/validation.hpp"

namespace kolega::sandbox {

net::ServerResponse get_me(Call& call);
net::ServerResponse get_quota_balance(Call& call);
net::ServerResponse list_repositories(Call& call);
net::ServerResponse get_repository(Call& call);

net::ServerResponse create_scan(Call& call);
net::ServerResponse list_scans(Call& call);
net::ServerResponse get_scan(Call& call);
net::ServerResponse get_scan_progress(Call& call);
net::ServerResponse get_scan_results(Call& call);

net::ServerResponse list_findings(Call& call);
net::ServerResponse get_finding(Call& call);
net::ServerResponse update_finding_status(Call& call);

net::ServerResponse list_finding_events(Call& call);

net::ServerResponse list_fixes(Call& call);
net::ServerResponse create_fix(Call& call);
net::ServerResponse get_fix(Call& call);
net::ServerResponse get_fix_diff(Call& call);
net::ServerResponse get_fix_progress(Call& call);
net::ServerResponse refine_fix(Call& call);
net::ServerResponse cancel_fix(Call& call);
net::ServerResponse create_pull_requests(Call& call);

/// limit and skip of a list.
struct Page {
  std::int64_t limit{};
  std::int64_t skip{};
};
inline constexpr std::int64_t most_items = 200;
inline Page read_page(QueryReader& query, std::int64_t default_limit) {
  return {query.integer("limit", default_limit, 1, most_items), query.integer("skip", 0, 0)};
}

/// The list in the envelope of every list: items, total, limit, skip, has_next.
template <class Item, class WriteItem>
net::ServerResponse page_answer(const std::vector<Item>& all, const Page& page, WriteItem write_item) {
  return json_answer(200, [&](JsonWriter& json) {
    const auto total = static_cast<std::int64_t>(all.size());
    const auto begin = std::min(page.skip, total);
    const auto end = begin + std::min(page.limit, total - begin);
    json.begin_object().key("items").begin_array();
    for (auto i = begin; i < end; ++i) write_item(json, all[static_cast<std::size_t>(i)]);
    json.end_array().member("total", total).member("limit", page.limit).member("skip", page.skip);
    json.member("has_next", end < total).end_object();
  });
}

inline void write_instant(JsonWriter& json, std::string_view key, const std::optional<Instant>& at) {
  json.key(key);
  at ? json.value(format_instant(*at)) : json.null();
}
inline void write_text_or_null(JsonWriter& json, std::string_view key, std::string_view text) {
  json.key(key);
  text.empty() ? json.null() : json.value(text);
}

}  // namespace kolega::sandbox
