// A small server of scans over the fake clock: batches that take their time, and faults where a test wants
// them. For tests of the runner; the sandbox is the real thing.
#pragma once

#include <map>
#include <set>

#include "api/scan_runner.hpp"
#include "documents.hpp"
#include "support/fake_system.hpp"
#include "support/scripted_transport.hpp"

namespace kolega::test {

struct FakeBatch {
  std::string id{};
  std::string repository{"r1"};
  std::string type{};
  Instant created{};
  Duration length{2000};
  std::string while_running{"scanning"};
  std::string at_end{"completed"};
  std::string results_status{};  ///< empty: as at_end
  int failed{};
  int assessed{1};
  std::string error_message{};
  std::vector<std::string> fingerprints{"f1", "f2"};
  std::optional<int> count{};  ///< findings_count, when it lies
  std::optional<int> count_on_reread{};
  std::string results_id{};  ///< when another batch answers
  std::string percent{"50"};
  std::string branch{"main"};
  int results_reads{};
  int polls{};
};

class FakeApi {
 public:
  FakeApi() {
    transport.otherwise([this](const net::Request& request) { return handle(request); });
    options.repository_id = "r1";
    options.types = {ScanType::semgrep_scan};
  }

  ScriptedTransport transport{};
  FakeSystem fake{};
  api::Client client{transport, Secret("t"), {}, [this] { return fake.steady(); }};
  api::RunnerOptions options{};
  std::vector<api::ProgressEvent::Kind> events{};
  std::vector<std::string> notes{};

  std::vector<FakeBatch> batches{};
  FakeBatch next{};                                 ///< what a POST makes
  std::map<std::string, FakeBatch> next_of_type{};  ///< wins over `next`
  /// What a POST (by number, from 1) answers instead; it makes a batch all the same when `makes`.
  struct PostFault {
    ScriptedAnswer reply{};
    bool makes{};
  };
  std::map<int, PostFault> post_faults{};
  int posts{};
  std::function<std::optional<ScriptedAnswer>(const net::Request&)> intercept{};
  bool with_date{true};
  std::int64_t sast_left{5};
  std::int64_t deep_left{5};
  std::vector<std::string> repositories{"r1"};  ///< ids, as they are listed

  api::Collected run() {
    return api::run_scans(client, options, fake.system(), [this](const api::ProgressEvent& event) {
      events.push_back(event.kind);
      if (event.kind == api::ProgressEvent::Kind::note) notes.push_back(event.text);
    });
  }

  FakeBatch& add(const std::string& type, Duration ago, const std::string& repository = "r1") {
    auto batch = next;
    batch.repository = repository;
    batch.id = "b" + std::to_string(batches.size() + 1);
    batch.type = type;
    batch.created = fake.now() - ago;
    batches.push_back(batch);
    return batches.back();
  }

 private:
  ScriptedAnswer handle(const net::Request& request) {
    fake.advance(latency);
    auto reply = intercept ? intercept(request) : std::nullopt;
    if (!reply) reply = route(request);
    if (with_date && !reply->fault) reply->headers.emplace_back("Date", http_date());
    return *reply;
  }

  ScriptedAnswer route(const net::Request& request) {
    const auto path = request.target.substr(0, request.target.find('?'));
    const std::string scans = "/api/v1/repositories/r1/scans";
    if (path == "/api/v1/quotas/balance") return answer(200, quota_json(sast_left, deep_left, std::ssize(repositories)));
    if (path == "/api/v1/repositories") return answer(200, whole_page(listed_repositories()));
    if (path == scans && request.method == "POST") return create(request.body);
    for (const auto& repository : repositories) {
      if (path != "/api/v1/repositories/" + repository + "/scans") continue;
      return answer(200, whole_page(list(repository, request.target)));
    }
    if (path == "/api/v1/repositories/r1/findings")
      return answer(200, whole_page(findings_of(request.target)));
    for (auto& batch : batches) {
      if (path == scans + "/" + batch.id + "/progress") return answer(200, progress(batch));
      if (path == scans + "/" + batch.id + "/results") return answer(200, results(batch));
    }
    return answer(404, R"({"detail":"Not found"})");
  }

  ScriptedAnswer create(const std::string& body) {
    const auto fault = post_faults.find(++posts);
    if (fault != post_faults.end() && !fault->second.makes) return fault->second.reply;
    const auto begin = body.find(":\"") + 2;
    const auto type = body.substr(begin, body.size() - begin - 2);
    const auto own = next_of_type.find(type);
    auto batch = own == next_of_type.end() ? next : own->second;
    batch.id = "b" + std::to_string(batches.size() + 1);
    batch.type = type;
    batch.created = fake.now();
    batches.push_back(batch);
    if (fault != post_faults.end()) return fault->second.reply;
    return answer(202, batch_json(batch.id, type, "queued", format_instant(batch.created)));
  }

  bool ended(const FakeBatch& batch) const { return fake.now() - batch.created >= batch.length; }

  std::vector<std::string> listed_repositories() const {
    std::vector<std::string> out;
    for (const auto& id : repositories) out.push_back(repository_json(id, "acme/" + id));
    return out;
  }

  std::vector<std::string> list(const std::string& repository, const std::string& target) const {
    std::vector<std::string> out;
    for (auto batch = batches.rbegin(); batch != batches.rend(); ++batch) {
      if (batch->repository != repository) continue;
      const auto at = target.find("scan_type=");
      if (at != std::string::npos && !std::string_view(target).substr(at + 10).starts_with(batch->type))
        continue;
      const bool done = ended(*batch);
      out.push_back(batch_json(batch->id, batch->type, done ? batch->at_end : batch->while_running,
                               format_instant(batch->created),
                               done ? format_instant(batch->created + batch->length) : std::string{}, repository));
    }
    return out;
  }

  std::string progress(FakeBatch& batch) const {
    ++batch.polls;
    const bool done = ended(batch);
    const auto failed = std::to_string(done ? batch.failed : 0);
    return R"({"batch_id":)" + test::quoted(batch.id) + R"(,"repository_id":"r1","scan_type":)" +
           test::quoted(batch.type) + R"(,"status":)" + test::quoted(done ? batch.at_end : batch.while_running) +
           R"(,"total_repositories":1,"scans_created":1,"scans_failed":)" + failed +
           R"(,"scans_completed":)" + (done ? "1" : "0") + R"(,"scans_assessed":)" +
           std::to_string(done ? batch.assessed : 0) + R"(,"percent_complete":)" +
           (done ? "100" : batch.percent) + R"(,"error_message":)" +
           (done && !batch.error_message.empty() ? test::quoted(batch.error_message) : "null") +
           R"(,"repositories":[{"repository":"acme/web","branch":)" + test::quoted(batch.branch) + R"(,"status":)" +
           (done ? R"("succeeded")" : R"("running")") + "}]}";
  }

  std::string results(FakeBatch& batch) const {
    ++batch.results_reads;
    auto count = batch.count.value_or(static_cast<int>(batch.fingerprints.size()));
    if (batch.results_reads > 1 && batch.count_on_reread) count = *batch.count_on_reread;
    std::string out = R"({"batch_id":)" + test::quoted(batch.results_id.empty() ? batch.id : batch.results_id) +
                      R"(,"scan_type":)" + test::quoted(batch.type) + R"(,"status":)" +
                      test::quoted(batch.results_status.empty() ? batch.at_end : batch.results_status) +
                      R"(,"findings_count":)" + std::to_string(count) + R"(,"findings":[)";
    for (std::size_t i = 0; i < batch.fingerprints.size(); ++i) {
      out += (i > 0 ? "," : "") + result_json(batch.fingerprints[i], "c" + batch.fingerprints[i]);
    }
    return out + "]}";
  }

  std::vector<std::string> findings_of(const std::string& target) const {
    std::vector<std::string> out;
    for (const auto& batch : batches) {
      if (target.find("scan_batch_id=" + batch.id + "&") == std::string::npos) continue;
      for (const auto& fingerprint : batch.fingerprints) {
        out.push_back(finding_json(batch.id + fingerprint, "c" + fingerprint));
      }
    }
    return out;
  }

  std::string http_date() const {
    const auto day = std::chrono::floor<std::chrono::days>(fake.now() + server_ahead);
    const std::chrono::year_month_day date(day);
    const auto time = format_instant_seconds(fake.now() + server_ahead).substr(11, 8);
    const auto number = static_cast<unsigned>(date.day());
    return "Mon, " + std::string(number < 10 ? "0" : "") + std::to_string(number) + " Jun " +
           std::to_string(static_cast<int>(date.year())) + " " + time + " GMT";
  }

 public:
  Duration latency{};
  Duration server_ahead{};  ///< of its Date header alone; FakeBatch::created is the server's clock as well
};

}  // namespace kolega::test
