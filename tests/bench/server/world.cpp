#include "world.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "gzip.hpp"

namespace bench {

namespace {

constexpr std::string_view root = "/api/v1/";
constexpr std::string_view scan_types[] = {"secrets_scan", "semgrep_scan", "deep_ai_scan", "sbom_scan"};

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string repository_json(std::int64_t repository) {
  const auto number = std::to_string(repository + 1);
  return R"({"id":")" + repository_id(repository) + R"(","name":"service-)" + number +
         R"(","description":null,"archived":false,"repositories":[{"full_name":"acme/service-)" + number +
         R"(","default_branch":"main","provider":"github","html_url":"https://github.com/acme/service-)" + number +
         R"("}],"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"})";
}

std::int64_t number_of(const std::map<std::string, std::string>& query, const char* name, std::int64_t otherwise) {
  const auto found = query.find(name);
  if (found == query.end()) return otherwise;
  return std::max(0LL, std::atoll(found->second.c_str()));
}

std::string page_head(std::int64_t total, std::int64_t limit, std::int64_t skip) {
  return R"({"total":)" + std::to_string(total) + R"(,"limit":)" + std::to_string(limit) + R"(,"skip":)" +
         std::to_string(skip) + R"(,"has_next":)" + (skip + limit < total ? "true" : "false") + R"(,"items":[)";
}

std::string batch_id(std::size_t index) { return "batch-" + std::to_string(index + 1); }

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

std::string repository_id(std::int64_t repository) {
  char id[32];
  std::snprintf(id, sizeof id, "repo-%06lld", static_cast<long long>(repository + 1));
  return id;
}

World::World(Options options)
    : options_(std::move(options)), rows_(options_.samples), random_(options_.seed), tokens_(options_.burst) {
  using namespace std::chrono;
  const auto wall = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  const auto steady = duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
  wall_offset_ = wall - steady;
  if (options_.repositories > 1) return;
  for (std::int64_t i = 0; i < options_.findings; ++i) {
    if (i > 0) results_tail_ += ',';
    rows_.append_result(results_tail_, i);
  }
  results_tail_ += "]}";
  if (options_.gzip) gzip_tail_ = deflate_tail(results_tail_);
}

double World::draw(Range range) {
  return range.least >= range.most ? range.least : std::uniform_real_distribution<>(range.least, range.most)(random_);
}

double World::latency() { return draw(options_.latency); }

std::string World::instant(double at) const {
  const auto ms = static_cast<std::int64_t>(at) + wall_offset_;
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(ms % 1000));
  return text;
}

/// No more and no fewer than three quarters and five quarters of what was asked for.
std::int64_t World::findings_of(std::int64_t repository) const {
  if (!options_.vary) return options_.findings;
  const auto span = options_.findings / 4;
  return options_.findings - span + repository % (2 * span + 1);
}

std::int64_t World::first_row_of(std::int64_t repository) const { return repository * options_.findings * 5 / 4; }

std::int64_t World::repository_of(const std::string& id) const {
  if (!id.starts_with("repo-")) return -1;
  const auto repository = std::atoll(id.c_str() + 5) - 1;
  return repository < options_.repositories && repository_id(repository) == id ? repository : -1;
}

World::Batch* World::batch_of(std::int64_t repository, const std::string& id) {
  if (!id.starts_with("batch-")) return nullptr;
  const auto index = static_cast<std::size_t>(std::atoll(id.c_str() + 6) - 1);
  if (index >= batches_.size() || batches_[index].repository != repository) return nullptr;
  return &batches_[index];
}

World::Path World::parse(const std::string& target) {
  Path path;
  const auto mark = target.find('?');
  const auto names = target.substr(0, mark);
  for (std::size_t at = root.size(); names.starts_with(root) && at <= names.size();) {
    const auto slash = std::min(names.find('/', at), names.size());
    path.parts.push_back(names.substr(at, slash - at));
    at = slash + 1;
  }
  for (std::size_t at = mark; at != std::string::npos && at + 1 < target.size();) {
    const auto end = std::min(target.find('&', at + 1), target.size());
    const auto pair = target.substr(at + 1, end - at - 1);
    const auto equals = std::min(pair.find('='), pair.size());
    path.query[pair.substr(0, equals)] = equals < pair.size() ? pair.substr(equals + 1) : "";
    at = end < target.size() ? end : std::string::npos;
  }
  return path;
}

bool World::take_token(double now) {
  if (options_.rate <= 0) return true;
  if (options_.window > 0) {
    const double begun = std::floor(now / 1000 / options_.window) * options_.window * 1000;
    if (begun > tokens_at_) tokens_ = options_.rate * options_.window;
    tokens_at_ = begun;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  if (tokens_at_ > 0) tokens_ = std::min(options_.burst, tokens_ + (now - tokens_at_) / 1000 * options_.rate);
  tokens_at_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

std::string World::rate_headers(double now) const {
  const bool windows = options_.window > 0;
  const auto limit = std::to_string(static_cast<std::int64_t>(windows ? options_.rate * options_.window : options_.burst));
  const auto left = std::to_string(static_cast<std::int64_t>(tokens_));
  // Of a bucket: until it is full again.
  const double until = windows ? options_.window - (now - tokens_at_) / 1000 : (options_.burst - tokens_) / options_.rate;
  const auto seconds = static_cast<std::int64_t>(std::ceil(until));
  const auto reset = std::to_string(seconds);
  const auto three = [&](const std::string& prefix, const std::string& at) {
    return prefix + "Limit: " + limit + "\r\n" + prefix + "Remaining: " + left + "\r\n" + prefix + "Reset: " + at + "\r\n";
  };
  switch (options_.rate_headers) {
    case RateHeaders::none:
      return {};
    case RateHeaders::x:
      return three("X-RateLimit-", reset);
    case RateHeaders::unix_time:
      return three("X-RateLimit-", std::to_string((static_cast<std::int64_t>(now) + wall_offset_ + 999) / 1000 + seconds));
    case RateHeaders::draft:
      return three("RateLimit-", reset);
    case RateHeaders::fields:
      return "RateLimit-Policy: \"default\";q=" + limit + "\r\nRateLimit: \"default\";r=" + left + ";t=" + reset + "\r\n";
  }
  return {};
}

Answer World::refuse(int status, const std::string& why) {
  ++stats_.refused;
  return {status, {}, R"({"detail":")" + why + R"("})", nullptr};
}

Answer World::answer(const Request& request, double now) {
  if (request.target == "/__stats") return {200, {}, gather_stats(), nullptr};
  if (request.target == "/__reset") {
    reset();
    return {200, {}, "{}", nullptr};
  }
  ++stats_.requests;
  Answer answer;
  if (!take_token(now)) {
    ++stats_.throttled;
    answer = {429, "Retry-After: 1\r\n", R"({"detail":"Too many requests"})", nullptr};
  } else if (!request.authorized) {
    answer = refuse(401, "Invalid API key");
  } else {
    answer = route(parse(request.target), request, now);
    stats_.bytes += static_cast<std::int64_t>(answer.body.size() + (answer.tail ? answer.tail->size() : 0));
  }
  answer.headers += rate_headers(now);
  return answer;
}

Answer World::route(const Path& path, const Request& request, double now) {
  const auto& parts = path.parts;
  if (parts.size() == 2 && parts[0] == "quotas") return quota();
  if (parts.empty() || parts[0] != "repositories") return refuse(404, "Not found");
  if (parts.size() == 1) return repositories(path);
  const auto found = repository_of(parts[1]);
  if (found < 0) return refuse(404, "Repository not found");
  if (parts.size() == 2) return repository(found);
  if (parts.size() == 3 && parts[2] == "findings") return findings(found, path);
  if (parts[2] == "scans") return scan_route(found, path, request, now);
  return refuse(404, "Not found");
}

Answer World::scan_route(std::int64_t repository, const Path& path, const Request& request, double now) {
  const auto& parts = path.parts;
  if (parts.size() == 3) return request.method == "POST" ? start(repository, request.body, now) : scans(repository, path, now);
  auto* batch = batch_of(repository, parts[3]);
  if (!batch) return refuse(404, "Scan not found");
  if (parts.size() == 4)
    return {200, {}, batch_json(static_cast<std::size_t>(batch - batches_.data()), now, false), nullptr};
  if (parts[4] == "progress") return progress(repository, parts[3], now);
  if (parts[4] == "results") return results(repository, parts[3], now, request.gzip);
  return refuse(404, "Not found");
}

Answer World::repositories(const Path& path) {
  ++stats_.repository_lists;
  const auto limit = std::clamp<std::int64_t>(number_of(path.query, "limit", 50), 1, 200);
  const auto skip = number_of(path.query, "skip", 0);
  auto body = page_head(options_.repositories, limit, skip);
  for (auto i = skip; i < std::min(skip + limit, options_.repositories); ++i)
    body.append(i > skip ? "," : "").append(repository_json(i));
  return {200, {}, body + "]}", nullptr};
}

Answer World::repository(std::int64_t repository) { return {200, {}, repository_json(repository), nullptr}; }

Answer World::quota() {
  ++stats_.quota;
  const std::string counter = R"({"plan":1000000,"topup":0,"used":0,"remaining":1000000})";
  return {200, {},
          R"({"period_start":"2026-01-01T00:00:00Z","period_end":"2099-01-01T00:00:00Z","prs":)" + counter +
              R"(,"sast_scans":)" + counter + R"(,"deep_ai_scans":)" + counter + R"(,"repositories":{"current":)" +
              std::to_string(options_.repositories) + R"(,"max":null}})",
          nullptr};
}

std::string World::batch_json(std::size_t index, double now, bool progress) const {
  const auto& batch = batches_[index];
  const bool ended = now >= batch.began + batch.length;
  const auto end = ended ? quoted(instant(batch.began + batch.length)) : "null";
  const std::string done = ended ? "1" : "0";
  const std::string state = ended ? "succeeded" : "running";
  const auto id = repository_id(batch.repository);
  auto out = R"({"batch_id":")" + batch_id(index) + R"(","repository_id":")" + id + R"(","scan_type":")" + batch.type +
             R"(","status":")" + (ended ? "completed" : "scanning") +
             R"(","total_repositories":1,"scans_created":1,"scans_failed":0,"scans_completed":)" + done +
             R"(,"scans_assessed":)" + done + R"(,"error_message":null,"started_at":)" + quoted(instant(batch.began)) +
             R"(,"completed_at":)" + end;
  if (!progress) return out + R"(,"created_at":)" + quoted(instant(batch.began)) + "}";
  const double share = options_.linear && batch.length > 0 ? std::min(1.0, (now - batch.began) / batch.length) : 0;
  char percent[16];
  std::snprintf(percent, sizeof percent, "%.1f", ended ? 100.0 : std::min(99.9, share * 100));
  return out + R"(,"percent_complete":)" + percent + R"(,"repositories":[{"repository":"acme/service-)" +
         std::to_string(batch.repository + 1) + R"(","branch":"main","status":")" + state +
         R"(","status_reason":null,"findings_count":)" +
         (ended ? std::to_string(findings_of(batch.repository)) : "null") + R"(,"started_at":)" +
         quoted(instant(batch.began)) + R"(,"completed_at":)" + end + "}]}";
}

void World::add_old(std::int64_t repository, const std::string& type, double began, double length) {
  of_repository_[{repository, type}].push_back(batches_.size());
  batches_.push_back({repository, type, began, length, 0, 0, true});
}

void World::add_history(std::int64_t repository, const std::string& type, double now, double length) {
  for (int i = options_.history; i > 0; --i)
    add_old(repository, type, now - 86'400'000.0 * i, length * options_.history_share);
}

/// Each repository has a size of its own, and no two of its scans take the same time.
void World::add_elsewhere(std::int64_t but, const std::string& type, double now, double length) {
  const double spread = std::log(options_.elsewhere_spread);
  for (std::int64_t other = 0; options_.elsewhere > 0 && other < options_.repositories; ++other) {
    if (other == but || !of_repository_[{other, type}].empty()) continue;
    const double size = std::exp(draw({-spread, spread}));
    for (int i = options_.elsewhere; i > 0; --i)
      add_old(other, type, now - 86'400'000.0 * i, length * size * draw({0.85, 1.15}));
  }
}

Answer World::start(std::int64_t repository, const std::string& body, double now) {
  ++stats_.posts;
  for (const auto type : scan_types) {
    if (body.find(quoted(type)) == std::string::npos) continue;
    Batch batch{repository, std::string(type), now, draw(options_.scan)};
    auto& known = of_repository_[{repository, batch.type}];
    if (known.empty()) add_history(repository, batch.type, now, batch.length);
    add_elsewhere(repository, batch.type, now, batch.length);
    known.push_back(batches_.size());
    batches_.push_back(std::move(batch));
    return {202, {}, batch_json(batches_.size() - 1, now, false), nullptr};
  }
  return refuse(422, "scan_type is missing");
}

Answer World::scans(std::int64_t repository, const Path& path, double now) {
  ++stats_.scan_lists;
  const auto wanted = [&](const char* name) {
    const auto found = path.query.find(name);
    return found == path.query.end() ? std::string() : found->second;
  };
  const auto type = wanted("scan_type");
  const auto status = wanted("status");
  std::vector<std::size_t> chosen;
  for (const auto one : scan_types) {
    const auto known = of_repository_.find({repository, std::string(one)});
    if (known == of_repository_.end() || (!type.empty() && type != one)) continue;
    for (const auto index : known->second) {
      const auto& batch = batches_[index];
      const bool ended = now >= batch.began + batch.length;
      if (status.empty() || status == (ended ? "completed" : "scanning")) chosen.push_back(index);
    }
  }
  std::sort(chosen.begin(), chosen.end(), std::greater<>());
  const auto total = static_cast<std::int64_t>(chosen.size());
  const auto limit = std::clamp<std::int64_t>(number_of(path.query, "limit", 20), 1, 200);
  const auto skip = number_of(path.query, "skip", 0);
  auto body = page_head(total, limit, skip);
  for (auto i = skip; i < std::min(skip + limit, total); ++i)
    body.append(i > skip ? "," : "").append(batch_json(chosen[static_cast<std::size_t>(i)], now, false));
  return {200, {}, body + "]}", nullptr};
}

Answer World::progress(std::int64_t repository, const std::string& id, double now) {
  ++stats_.polls;
  auto* batch = batch_of(repository, id);
  ++batch->polls;
  const auto end = batch->began + batch->length;
  if (now >= end && batch->seen_end < 0) batch->seen_end = now;
  return {200, {}, batch_json(static_cast<std::size_t>(batch - batches_.data()), now, true), nullptr};
}

Answer World::results(std::int64_t repository, const std::string& id, double now, bool gzip) {
  ++stats_.results;
  auto* batch = batch_of(repository, id);
  const bool ended = now >= batch->began + batch->length;
  batch->read = batch->read || ended;
  const auto count = ended ? findings_of(repository) : 0;
  Answer answer;
  answer.body = R"({"batch_id":")" + id + R"(","scan_type":")" + batch->type + R"(","status":")" +
                (ended ? "completed" : "scanning") + R"(","findings_count":)" + std::to_string(count) +
                R"(,"findings":[)";
  if (ended && options_.repositories == 1) {
    if (!gzip || gzip_tail_.empty()) {
      answer.tail = &results_tail_;
      return answer;
    }
    const auto end = gzip_end(answer.body, results_tail_);
    answer.body = gzip_head(answer.body) + gzip_tail_ + end;
    answer.headers = "Content-Encoding: gzip\r\n";
    return answer;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    if (i > 0) answer.body += ',';
    rows_.append_result(answer.body, first_row_of(repository) + i);
  }
  answer.body += "]}";
  return answer;
}

Answer World::findings(std::int64_t repository, const Path& path) {
  ++stats_.pages;
  const auto batch = path.query.find("scan_batch_id");
  const auto* known = batch == path.query.end() ? nullptr : batch_of(repository, batch->second);
  const auto total = known ? findings_of(repository) : 0;
  const auto limit = std::clamp<std::int64_t>(number_of(path.query, "limit", 50), 1, 200);
  const auto skip = number_of(path.query, "skip", 0);
  auto body = page_head(total, limit, skip);
  for (auto i = skip; i < std::min(skip + limit, total); ++i) {
    if (i > skip) body += ',';
    rows_.append_item(body, first_row_of(repository) + i, repository_id(repository), known->type);
  }
  return {200, {}, body + "]}", nullptr};
}

std::string World::gather_stats() {
  auto stats = stats_;
  std::map<std::pair<std::int64_t, std::string>, std::int64_t> triggered;
  std::vector<bool> scanned(static_cast<std::size_t>(options_.repositories));
  for (const auto& batch : batches_) {
    if (batch.seen_end == 0) continue;  // history
    ++stats.batches;
    if (++triggered[{batch.repository, batch.type}] > 1) ++stats.duplicates;
    scanned[static_cast<std::size_t>(batch.repository)] = true;
    stats.polls_of_batch.push_back(batch.polls);
    if (!batch.read) ++stats.unread;
    if (batch.seen_end > 0) stats.lags.push_back(batch.seen_end - batch.began - batch.length);
  }
  stats.unscanned = std::count(scanned.begin(), scanned.end(), false);
  return to_json(stats, cpu_seconds());
}

void World::reset() {
  const auto open = stats_.open;
  stats_ = {};
  stats_.open = stats_.most_open = open;
  batches_.clear();
  of_repository_.clear();
  tokens_ = options_.burst;
}

}  // namespace bench
