// A server of many repositories in memory that several threads ask at once, and fleets run against it in a folder of
// their own. Real time: its scans take none unless a test says so.
#pragma once

#include <map>
#include <mutex>

#include "../api/documents.hpp"
#include "cli/exit_code.hpp"
#include "cli/gap.hpp"
#include "fleet/fleet_run.hpp"
#include "fleet/samples.hpp"
#include "policy/load.hpp"
#include "support/scripted_transport.hpp"

namespace kolega::test {

class FleetServer {
 public:
  /// Instead of the usual answer, where it gives one. Under the server's lock.
  std::function<std::optional<ScriptedAnswer>(const net::Request&)> intercept{};
  std::string status{"completed"};         ///< of every batch, from its beginning on
  Duration ahead{};                        ///< of its clock

  std::unique_ptr<net::Transport> connect() {
    auto transport = std::make_unique<ScriptedTransport>();
    transport->otherwise([this](const net::Request& request) {
      const std::lock_guard lock(mutex_);
      auto reply = intercept ? intercept(request) : std::nullopt;
      return reply ? *reply : dated(route(request));
    });
    return transport;
  }
  Instant now() const { return std::chrono::floor<Duration>(std::chrono::system_clock::now()) + ahead; }
  /// Of all repositories.
  std::size_t posts() const { return batches_.size(); }
  void make(const std::string& repository) { batches_.push_back({repository, now()}); }

  ScriptedAnswer dated(ScriptedAnswer reply) const {
    const auto time = std::chrono::floor<std::chrono::seconds>(now());
    reply.headers.emplace_back("Date", net_date(time));
    return reply;
  }

 private:
  struct Batch {
    std::string repository{};
    Instant created{};
  };

  static std::string net_date(std::chrono::sys_seconds time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto number = std::to_string(static_cast<unsigned>(date.day()));
    return "Mon, " + std::string(number.size() < 2 ? "0" : "") + number + " " +
           months.at(static_cast<unsigned>(date.month()) - 1) + " " + std::to_string(static_cast<int>(date.year())) +
           " " + format_instant_seconds(time).substr(11, 8) + " GMT";
  }
  std::string id_of(const Batch& batch) const { return "b" + std::to_string(&batch - batches_.data() + 1); }
  std::string document(const Batch& batch) const {
    const auto at = format_instant(batch.created);
    const bool ended = status == "completed";
    return batch_json(id_of(batch), "semgrep_scan", status, at, ended ? at : std::string{}, batch.repository);
  }

  ScriptedAnswer route(const net::Request& request) {
    const auto path = request.target.substr(0, request.target.find('?'));
    if (path.ends_with("/quotas/balance")) return answer(200, quota_json(100'000, 100'000));
    const auto repository = part(path, "/repositories/");
    if (path.ends_with("/scans")) {
      if (request.method == "POST") {
        make(repository);
        return answer(202, document(batches_.back()));
      }
      std::vector<std::string> listed;
      for (const auto& batch : batches_) {
        if (batch.repository == repository) listed.insert(listed.begin(), document(batch));
      }
      return answer(200, whole_page(listed));
    }
    const auto id = part(path, "/scans/");
    for (const auto& batch : batches_) {
      if (id_of(batch) != id || batch.repository != repository) continue;
      return answer(200, path.ends_with("/results") ? results(id) : progress(batch));
    }
    return answer(404, R"({"detail":"Not found"})");
  }
  std::string progress(const Batch& batch) const {
    const std::string done = status == "completed" ? "1" : "0";
    return R"({"batch_id":)" + quoted(id_of(batch)) + R"(,"repository_id":)" + quoted(batch.repository) +
           R"(,"scan_type":"semgrep_scan","status":)" + quoted(status) +
           R"(,"total_repositories":1,"scans_created":1,"scans_failed":0,"scans_completed":)" + done +
           R"(,"scans_assessed":)" + done + R"(,"percent_complete":50,"error_message":null,"repositories":)" +
           R"([{"repository":"shop/x","branch":"main","status":"succeeded"}]})";
  }
  static std::string results(const std::string& id) {
    return R"({"batch_id":)" + quoted(id) + R"(,"scan_type":"semgrep_scan","status":"completed","findings_count":0,"findings":[]})";
  }
  /// What stands behind `name`, up to the next slash.
  static std::string part(const std::string& path, const std::string& name) {
    const auto at = path.find(name);
    if (at == std::string::npos) return {};
    const auto begin = at + name.size();
    return path.substr(begin, path.find('/', begin) - begin);
  }

  std::mutex mutex_{};
  std::vector<Batch> batches_{};
};

/// `count` repositories r-01, r-02, ... judged by one policy in one folder; run() may be called again.
class FleetRunWorld {
 public:
  explicit FleetRunWorld(std::size_t count) {
    const std::string text = "gate: v1\nname: t\nscan: {types: [semgrep_scan], timeout: 60s}\n"
                             "rules: [{id: serious, when: {severity: '>=high'}, max: 0}]\n";
    fleet::Assignment assignment;
    assignment.inputs.policy = policy::require_policy(policy::lint(text, "policy.yaml"), "policy.yaml");
    assignment.inputs.scan_types = {ScanType::semgrep_scan};
    assignment.mark = {"t", policy::digest(*assignment.inputs.policy)};
    header_ = sample_header(count, {}, {assignment.mark});
    std::ranges::sort(header_.selection, {}, &fleet::Selected::id);
    for (const auto& selected : header_.selection) members_.push_back({selected, selected.name, 0});
    assignments_.push_back(std::move(assignment));
    options.token = Secret("t");
    options.folder = dir_.file("out");
    hooks.connect = [this] { return server.connect(); };
    hooks.gap_of = cli::gap_of;
    hooks.exit_code = [](const gate::DecisionRecord& record) { return cli::exit_code(record); };
    system = sys::real_system();
    system.stop = stop.get_token();
  }

  fleet::Ending run() {
    fleet::OutputFolder folder(options.folder, header_);
    return fleet::run_fleet(members_, assignments_, {}, folder, options, hooks, system, progress);
  }
  /// After a stop.
  void start_anew() {
    stop = {};
    system.stop = stop.get_token();
  }
  /// As they stand in the folder.
  std::vector<fleet::Result> results() const { return fleet::read_folder(options.folder).results; }

  FleetServer server{};
  std::stop_source stop{};
  sys::System system{};
  fleet::FleetOptions options{};
  fleet::Hooks hooks{};
  std::function<void(const fleet::Progress&)> progress{[](const fleet::Progress&) {}};

 private:
  TempDir dir_{};
  fleet::Header header_{};
  std::vector<fleet::Member> members_{};
  std::vector<fleet::Assignment> assignments_{};
};

}  // namespace kolega::test
