#include "api/client.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <unordered_set>

#include "api/http_error.hpp"
#include "api/pages.hpp"
#include "api/wire.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "net/retry_policy.hpp"
#include "net/url.hpp"

namespace kolega::api {

namespace {

using Query = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view api_root = "/api/v1";
/// Of a list: a fleet's is long, and any of them will do.
constexpr std::size_t remembered_repositories = 100;
constexpr std::int64_t largest_page = 200;
/// Of a document that is kept as a tree. Results and findings stream and are bounded by the transport.
constexpr std::size_t document_limit = 32 * 1024 * 1024;

/// Gathers a small document, so that a large one ends early.
class DocumentBody final : public net::BodyConsumer {
 public:
  explicit DocumentBody(const std::string& what) : what_(what) {}
  void begin() override { text_.clear(); }
  void data(std::string_view bytes) override {
    if (text_.size() + bytes.size() > document_limit) {
      throw Error(ErrorKind::api,
                  what_ + ": the answer is longer than " + std::to_string(document_limit >> 20U) +
                      " MiB, the most that is kept as one document",
                  "ask for less: a filter, a smaller --limit; results and findings of any size are read by "
                  "'kolega-gate run --scan-id ID' and, without --json, by 'kolega-gate scans results ID'");
    }
    text_.append(bytes);
  }
  const std::string& text() const { return text_; }

 private:
  const std::string& what_;
  std::string text_;
};

/// Feeds a decoder that is made anew for each attempt at the answer.
template <class Decoder>
class DecodedBody final : public net::BodyConsumer {
 public:
  explicit DecodedBody(std::function<std::unique_ptr<Decoder>()> make) : make_(std::move(make)) {}
  void begin() override { decoder_ = make_(); }
  void data(std::string_view bytes) override {
    if (!decoder_) begin();
    decoder_->feed(bytes);
  }
  auto finish() {
    if (!decoder_) begin();
    return decoder_->finish();
  }

 private:
  std::function<std::unique_ptr<Decoder>()> make_;
  std::unique_ptr<Decoder> decoder_;
};

net::Request get(std::string target, net::BodyConsumer* consumer = nullptr) {
  net::Request request;
  request.target = std::move(target);
  request.consumer = consumer;
  return request;
}

std::string repository_path(const std::string& repository_id) {
  return std::string(api_root) + "/repositories/" + net::path_segment(repository_id, "repository id");
}

std::string scan_path(const std::string& repository_id, const std::string& batch_id) {
  return repository_path(repository_id) + "/scans/" + net::path_segment(batch_id, "scan id");
}

std::string shown(std::string_view id) {
  return printable(id, 80);
}

/// The answer must be about what was asked for: another batch's success would be a false pass.
ScanBatch require_batch(ScanBatch batch, const std::string& what, const std::string& repository_id,
                        const std::string& batch_id) {
  if (batch.id != batch_id) {
    throw Error(ErrorKind::api, what + ": the answer is about another scan batch, '" + shown(batch.id) + "'");
  }
  if (batch.repository_id != repository_id) {
    throw Error(ErrorKind::api,
                what + ": the answer is about another repository, '" + shown(batch.repository_id) + "'");
  }
  return batch;
}

/// What tells an item of any list from another: its id where it has one, else all of it.
std::string identity_of(const boost::json::value& item) {
  if (const auto* object = item.if_object()) {
    for (const auto* key : {"id", "batch_id"}) {
      const auto* member = object->if_contains(key);
      const auto* id = member ? member->if_string() : nullptr;
      if (id) return std::string(id->data(), id->size());
    }
  }
  return boost::json::serialize(item);
}

std::string page_target(const std::string& path, Query query, std::int64_t limit, std::int64_t skip) {
  query.emplace_back("limit", std::to_string(limit));
  if (skip > 0) query.emplace_back("skip", std::to_string(skip));
  return path + net::query(query);
}

}  // namespace

Client::Client(net::Transport& transport, Secret token, net::Wait wait, Steady steady)
    : transport_(transport), token_(std::move(token)), wait_(std::move(wait)), steady_(std::move(steady)) {}

std::optional<Instant> Client::server_time() const {
  if (!server_clock_) return std::nullopt;
  return server_clock_->date;
}

std::optional<Instant> Client::server_now() const {
  if (!server_clock_) return std::nullopt;
  return server_clock_->date + std::chrono::floor<Duration>(steady_() - server_clock_->came);
}

net::Response Client::send(net::Request request, const std::string& what) {
  request.headers.emplace_back("Authorization", "Bearer " + std::string(token_.reveal()));
  auto answer = transport_.send(request, wait_);
  if (const auto date = answer.header("Date")) {
    const auto time = net::parse_http_date(trim(*date));
    server_clock_ = time ? std::optional(ServerClock{*time, steady_()}) : std::nullopt;
  }
  if (answer.status >= 200 && answer.status < 300) return answer;
  const auto quota_end = request.method == "GET" ? std::nullopt : quota_period_end_;
  throw_http_error(answer, {what, request.method, request.target, quota_end});
}

boost::json::value Client::fetch_json(net::Request request, const std::string& what) {
  DocumentBody body(what);
  request.consumer = &body;
  send(std::move(request), what);
  return parse_json(body.text(), what, ErrorKind::api);
}

boost::json::value Client::get_json(const std::string& target, const std::string& what) {
  return fetch_json(get(target), what);
}

Me Client::me() {
  const std::string what = "reading the identity of the key";
  return decode_me({get_json(std::string(api_root) + "/me", what), what, ErrorKind::api});
}

Quota Client::quota() {
  const std::string what = "reading the quota";
  const auto document = get_json(std::string(api_root) + "/quotas/balance", what);
  auto quota = decode_quota({document, what, ErrorKind::api});
  quota_period_end_ = quota.period_end;
  repository_count_ = quota.repositories;
  return quota;
}

std::vector<Repository> Client::repositories(bool include_archived, std::optional<std::int64_t> limit) {
  const std::string what = "listing the repositories";
  Query query;
  if (include_archived) query.emplace_back("include_archived", "true");
  const auto size = std::clamp<std::int64_t>(limit.value_or(largest_page), 1, largest_page);
  const auto wanted = limit ? std::optional(static_cast<std::size_t>(std::max<std::int64_t>(1, *limit))) : std::nullopt;
  std::vector<Repository> out;
  std::unordered_set<std::string> seen;
  const auto restart = [&] {
    out.clear();
    seen.clear();
  };
  const auto read = [&](std::int64_t skip) {
    const auto document =
        get_json(page_target(std::string(api_root) + "/repositories", query, size, skip), what);
    const JsonView view(document, what, ErrorKind::api);
    Page page{decode_page_head(view), 0, 0};
    for (const auto& item : view.require("items").items()) {
      ++page.received;
      auto repository = decode_repository(item);
      if (!seen.insert(repository.id).second) continue;
      ++page.fresh;
      if (!wanted || out.size() < *wanted) out.push_back(std::move(repository));
    }
    return page;
  };
  read_pages({what, wanted, restart, read});
  listed_repositories_.clear();
  for (const auto& repository : out) {
    if (listed_repositories_.size() == remembered_repositories) break;
    if (!repository.archived) listed_repositories_.push_back(repository.id);
  }
  return out;
}

Repository Client::repository(const std::string& id) {
  const auto what = "reading repository " + shown(id);
  const auto document = get_json(repository_path(id), what);
  auto repository = decode_repository({document, what, ErrorKind::api});
  if (repository.id != id) {
    throw Error(ErrorKind::api,
                what + ": the answer is about another repository, '" + shown(repository.id) + "'");
  }
  return repository;
}

std::vector<ScanBatch> Client::scans(const std::string& repository_id, std::optional<ScanType> type,
                                     const std::string& status, std::int64_t limit) {
  const auto what = "listing the scans of repository " + shown(repository_id);
  const Query query{{"scan_type", type ? std::string(name_of(*type)) : ""}, {"status", status}};
  const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(1, limit));
  const auto size = std::min<std::int64_t>(largest_page, static_cast<std::int64_t>(wanted));
  std::vector<ScanBatch> out;
  std::unordered_set<std::string> seen;
  const auto restart = [&] {
    out.clear();
    seen.clear();
  };
  const auto read = [&](std::int64_t skip) {
    const auto document =
        get_json(page_target(repository_path(repository_id) + "/scans", query, size, skip), what);
    const JsonView view(document, what, ErrorKind::api);
    Page page{decode_page_head(view), 0, 0};
    for (const auto& item : view.require("items").items()) {
      ++page.received;
      auto batch = decode_scan_batch(item);
      if (!seen.insert(batch.id).second) continue;
      ++page.fresh;
      if (out.size() < wanted) out.push_back(std::move(batch));
    }
    return page;
  };
  read_pages({what, wanted, restart, read});
  return out;
}

ScanBatch Client::start_scan(const std::string& repository_id, ScanType type) {
  const auto what = "starting a " + std::string(name_of(type));
  net::Request request;
  request.method = "POST";
  request.target = repository_path(repository_id) + "/scans";
  request.body = R"({"scan_type":")" + std::string(name_of(type)) + R"("})";
  request.repeatable = false;
  const auto document = fetch_json(std::move(request), what);
  auto batch = decode_scan_batch({document, what, ErrorKind::api});
  if (batch.type != type) {
    throw Error(ErrorKind::api, what + ": the server started a " + std::string(name_of(batch.type)));
  }
  const auto id = batch.id;
  return require_batch(std::move(batch), what, repository_id, id);
}

ScanBatch Client::scan(const std::string& repository_id, const std::string& batch_id) {
  const auto what = "reading scan batch " + shown(batch_id);
  const auto document = get_json(scan_path(repository_id, batch_id), what);
  return require_batch(decode_scan_batch({document, what, ErrorKind::api}), what, repository_id, batch_id);
}

ScanBatch Client::progress(const std::string& repository_id, const std::string& batch_id, double& percent) {
  const auto what = "reading the progress of scan batch " + shown(batch_id);
  const auto document = get_json(scan_path(repository_id, batch_id) + "/progress", what);
  auto progress = decode_progress({document, what, ErrorKind::api});
  percent = progress.percent;
  return require_batch(std::move(progress.batch), what, repository_id, batch_id);
}

ingest::ResultsHead Client::results(const std::string& repository_id, const std::string& batch_id,
                                    TextPool& pool, FindingRows& rows) {
  const auto what = "reading the results of scan batch " + shown(batch_id);
  const auto before = rows.size();
  DecodedBody<ingest::ResultsDecoder> body([&] {
    rows.cut(before);
    return std::make_unique<ingest::ResultsDecoder>(pool, rows, what, ErrorKind::api);
  });
  send(get(scan_path(repository_id, batch_id) + "/results", &body), what);
  return body.finish();
}

std::vector<ingest::FindingItem> Client::findings(const std::string& repository_id,
                                                  const std::string& batch_id, TextPool& pool) {
  const auto what = "reading the findings of scan batch " + shown(batch_id);
  const auto path = repository_path(repository_id) + "/findings";
  std::vector<ingest::FindingItem> out;
  std::unordered_set<std::string_view> seen;
  const auto restart = [&] {
    out.clear();
    seen.clear();
  };
  const auto read = [&](std::int64_t skip) {
    std::vector<ingest::FindingItem> items;
    DecodedBody<ingest::FindingsPageDecoder> body([&] {
      items.clear();
      return std::make_unique<ingest::FindingsPageDecoder>(pool, items, what, ErrorKind::api);
    });
    send(get(page_target(path, {{"scan_batch_id", batch_id}}, largest_page, skip), &body), what);
    Page page{body.finish(), items.size(), 0};
    // Items are large: none is moved while the list grows. What is promised may be wrong, so not for any number.
    constexpr std::int64_t most_promised = 1'000'000;
    out.reserve(static_cast<std::size_t>(std::clamp<std::int64_t>(page.head.total, 0, most_promised)));
    for (auto& item : items) {
      if (!seen.insert(item.details->id.view()).second) continue;
      ++page.fresh;
      out.push_back(item);
    }
    return page;
  };
  read_pages({what, std::nullopt, restart, read});
  return out;
}

boost::json::value Client::get_document(const std::string& target) {
  return get_json(target, "GET " + printable(target, 120));
}

boost::json::value Client::get_items(const std::string& path, Query query, const ListOptions& options) {
  const auto what = "GET " + printable(path, 120);
  const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(1, options.limit));
  const auto size =
      options.all ? largest_page : std::min<std::int64_t>(largest_page, static_cast<std::int64_t>(wanted));
  boost::json::array out;
  std::unordered_set<std::string> seen;
  const auto restart = [&] {
    out.clear();
    seen.clear();
  };
  const auto read = [&](std::int64_t skip) {
    auto document = get_json(page_target(path, query, size, skip), what);
    const JsonView view(document, what, ErrorKind::api);
    Page page{decode_page_head(view), view.require("items").items().size(), 0};
    for (auto& item : document.as_object().at("items").as_array()) {
      if (!seen.insert(identity_of(item)).second) continue;
      ++page.fresh;
      if (options.all || out.size() < wanted) out.push_back(std::move(item));
    }
    return page;
  };
  read_pages({what, options.all ? std::nullopt : std::optional(wanted), restart, read});
  return out;
}

boost::json::value Client::change_document(const std::string& method, const std::string& target,
                                           std::string body, const std::string& what) {
  net::Request request;
  request.method = method;
  request.target = target;
  request.body = std::move(body);
  request.repeatable = false;
  return fetch_json(std::move(request), what);
}

}  // namespace kolega::api
