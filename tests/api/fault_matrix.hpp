// The table of faults without sockets: one row is a server that misbehaves in one way and what a whole run
// must make of it. The server is FakeApi over a fake clock, behind the retrying transport that the program
// uses; the row is judged by the gate itself. Not for: bytes on the wire (tests/e2e/fault_*_test.cpp).
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <regex>
#include <set>

#include "api/resolve.hpp"
#include "cli/exit_code.hpp"
#include "fake_api.hpp"
#include "gate/record.hpp"
#include "policy/load.hpp"

namespace kolega::test {

/// What a server answers instead of the truth; nothing: the truth.
using Misbehaviour = std::function<std::optional<ScriptedAnswer>(FakeApi& api, const net::Request& request)>;

struct FaultRow {
  std::string section{};
  std::string name{};
  Misbehaviour misbehaviour{};
  std::set<int> exits{};  ///< 0 stands for "the verdict": 0 by a mild policy and 1 by a strict one
  int posts{1};           ///< at most
  int batches{1};         ///< at most, of this run
  int requests{60};       ///< at most
  Duration at_least{};    ///< on the fake clock
  Duration at_most{std::chrono::minutes{30}};
  std::function<void(FakeApi& api)> prepare{};
  std::string repository{"r1"};       ///< as --repository
  std::string detail{};               ///< what the message must hold
  std::string mild{"{critical: 0}"};  ///< FakeApi's findings are high: a whole scan passes
};

/// Passes on what the program's own transport would, on the fake clock: nothing after the deadline.
class OnFakeClock final : public net::Transport {
 public:
  OnFakeClock(net::Transport& inner, const FakeSystem& fake) : inner_(inner), fake_(fake) {}
  net::Response send(const net::Request& request, const net::Wait& wait) override {
    if (wait.deadline <= fake_.steady()) throw late(false);
    auto response = inner_.send(request, wait);
    if (wait.deadline <= fake_.steady()) throw late(true);
    return response;
  }

 private:
  static net::TransportError late(bool sent) {
    return {net::TransportError::Fault::deadline, sent, "the time limit ended"};
  }
  net::Transport& inner_;
  const FakeSystem& fake_;
};

struct FaultOutcome {
  int exit{};
  std::string detail{};
  int posts{};
  int batches{};
  int requests{};
  Duration passed{};
  std::vector<std::string> foreign{};  ///< requests that the contract does not know
};

inline bool is_in_contract(const net::Request& request) {
  static const std::regex get(
      R"(/api/v1/(quotas/balance|repositories(\?[a-z_=&0-9]*)?|repositories/r[0-9](/scans\?[a-z_=&0-9]+|/findings\?[a-z_=&0-9]+|/scans/b[0-9]+/(progress|results))?))");
  if (request.method == "GET") return std::regex_match(request.target, get);
  return request.method == "POST" && request.target == "/api/v1/repositories/r1/scans" &&
         request.body == R"({"scan_type":"semgrep_scan"})";
}

inline FaultOutcome run_fault(const FaultRow& row, const std::string& thresholds) {
  FakeApi api;
  if (row.prepare) row.prepare(api);
  const auto own = static_cast<int>(api.batches.size());
  int posts = 0;
  api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (request.method == "POST") ++posts;
    if (row.misbehaviour) {
      if (auto reply = row.misbehaviour(api, request)) return reply;
    }
    if (request.target == "/api/v1/repositories/r1") return answer(200, repository_json("r1", "acme/web"));
    if (request.target.starts_with("/api/v1/repositories?"))
      return answer(200,
                    whole_page({repository_json("r1", "acme/web"), repository_json("r2", "acme/other")}));
    return std::nullopt;
  };
  const auto deadline = api.fake.steady() + api.options.timeout;
  const auto retrying =
      net::make_retrying(std::make_unique<OnFakeClock>(api.transport, api.fake), api.fake.system(), {});
  api::Client client(*retrying, Secret("t"), {deadline, {}});
  gate::Inputs inputs;
  inputs.policy = policy::parse_policy(
      "gate: v1\nscan: {types: [semgrep_scan]}\nthresholds: " + thresholds + "\n", "policy.yaml");
  inputs.scan_types = inputs.policy->scan.types;
  FaultOutcome out;
  try {
    api.options.repository_id = api::resolve_repository(client, {row.repository, {}}).id;
    auto collected = api::run_scans(client, api.options, api.fake.system(), {});
    inputs.batches = std::move(collected.batches);
    inputs.findings = std::move(collected.findings);
    inputs.gaps = std::move(collected.gaps);
    inputs.at = api.fake.now();
    const auto record = gate::decide(std::move(inputs));
    out.exit = cli::exit_code(record);
    for (const auto& cause : record.verdict.incomplete) out.detail += cause.detail + "; " + cause.hint + "\n";
  } catch (const Error& error) {
    out.exit = cli::exit_code(error);
    out.detail = render(error);
  }
  out.posts = posts;
  out.batches = static_cast<int>(api.batches.size()) - own;
  out.requests = static_cast<int>(api.transport.requests().size());
  out.passed = api.fake.passed();
  for (const auto& request : api.transport.requests()) {
    if (!is_in_contract(request)) out.foreign.push_back(request.method + " " + request.target);
  }
  return out;
}

inline void check_fault(const FaultRow& row) {
  const bool verdict = row.exits.contains(0);
  const auto& mild = row.mild;
  for (const auto& thresholds : verdict ? std::vector{mild, std::string("{high: 0}")} : std::vector{mild}) {
    const auto out = run_fault(row, thresholds);
    INFO(row.section, ": ", row.name, ", ", thresholds, "\n", out.detail);
    const auto shown = verdict && thresholds != mild && out.exit == 1 ? 0 : out.exit;
    CAPTURE(out.exit);
    CHECK(row.exits.contains(shown));
    if (verdict && thresholds != mild) CHECK(out.exit != 0);
    CHECK(out.posts <= row.posts);
    CHECK(out.batches <= row.batches);
    CHECK(out.requests <= row.requests);
    CHECK(out.passed >= row.at_least);
    CHECK(out.passed <= row.at_most);
    CHECK(out.detail.find(row.detail) != std::string::npos);
    CHECK(out.foreign == std::vector<std::string>{});
  }
}

/// Which requests a fault strikes. The path ends so; POST is a request of its own.
struct At {
  std::string method{};
  std::string ending{};
  bool matches(const net::Request& request) const {
    const auto path = std::string_view(request.target).substr(0, request.target.find('?'));
    return request.method == method && path.ends_with(ending);
  }
  friend bool operator==(const At&, const At&) = default;
};
inline const At at_repository{"GET", "/repositories/r1"};
inline const At at_repositories{"GET", "/repositories"};
inline const At at_quota{"GET", "/balance"};
inline const At at_post{"POST", "/scans"};
inline const At at_list{"GET", "/scans"};
inline const At at_progress{"GET", "/progress"};
inline const At at_results{"GET", "/results"};
inline const At at_findings{"GET", "/findings"};

inline Misbehaviour always(const At& where, ScriptedAnswer reply) {
  return [=](FakeApi&, const net::Request& request) -> std::optional<ScriptedAnswer> {
    return where.matches(request) ? std::optional(reply) : std::nullopt;
  };
}
/// The first `times` of each run.
inline Misbehaviour first(int times, const At& where, ScriptedAnswer reply) {
  return [=](FakeApi& api, const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (!where.matches(request)) return std::nullopt;
    const auto& all = api.transport.requests();
    const auto so_far = std::ranges::count_if(all, [&](const auto& one) { return where.matches(one); });
    return so_far <= times ? std::optional(reply) : std::nullopt;
  };
}
inline Misbehaviour once(const At& where, ScriptedAnswer reply) {
  return first(1, where, std::move(reply));
}

using FaultRows = std::vector<FaultRow>;

inline std::string show(const At& where) {
  return where.method + " ..." + where.ending;
}

inline void add(FaultRows& rows, FaultRows more) {
  for (auto& row : more) rows.push_back(std::move(row));
}

inline void check_faults(const std::string& section, const FaultRows& rows) {
  for (const auto& row : rows) check_fault(row);
  MESSAGE("fault matrix: ", rows.size(), " rows of ", section);
}

/// /progress of the batch b1, complete but for what a row changes.
inline std::string progress_json(const std::string& members) {
  std::string body =
      R"({"batch_id":"b1","repository_id":"r1","scan_type":"semgrep_scan","status":"completed","total_repositories":1,)"
      R"("scans_created":1,"scans_failed":0,"scans_completed":1,"scans_assessed":1,"percent_complete":100})";
  // "key":value replaces, one after the other, separated by " | ".
  for (std::size_t at = 0; at < members.size();) {
    auto end = members.find(" | ", at);
    if (end == std::string::npos) end = members.size();
    const auto member = members.substr(at, end - at);
    const auto key = member.substr(0, member.find(':') + 1);
    const auto begin = body.find(key);
    auto stop = body.find_first_of(",}", begin);
    const bool takes_out = member.size() == key.size();
    body.replace(begin, stop - begin + (takes_out ? 1 : 0), takes_out ? "" : member);
    at = end + 3;
  }
  return body;
}

/// /results of the batch b1.
inline std::string results_json(const std::string& rows, const std::string& count,
                                const std::string& batch = "\"b1\"",
                                const std::string& type = "\"semgrep_scan\"",
                                const std::string& status = "\"completed\"") {
  return R"({"batch_id":)" + batch + R"(,"scan_type":)" + type + R"(,"status":)" + status +
         R"(,"findings_count":)" + count + R"(,"findings":[)" + rows + "]}";
}

}  // namespace kolega::test
