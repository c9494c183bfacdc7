// A POST whose answer is lost or hostile: one batch, never another one's, and never a request outside the
// contract.
#include "fault_matrix.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;
using Fault = net::TransportError::Fault;

namespace {

using Rows = FaultRows;

struct Loss {
  std::string name;
  ScriptedAnswer reply;
};

std::vector<Loss> losses() {
  std::vector<Loss> out{{"RST", fault(Fault::receive, true, "reset")},
                        {"closed while sending", fault(Fault::send, true, "closed")},
                        {"hang", fault(Fault::receive, true, "nothing was received for too long")},
                        {"garbled head", fault(Fault::protocol, true, "malformed")},
                        {"body too large", fault(Fault::too_large, true, "too large")},
                        {"a TLS record that does not check out", fault(Fault::tls, true, "bad record mac")},
                        {"empty 200", answer(200)},
                        {"empty 202", answer(202)},
                        {"cut 202", answer(202, R"({"batch_id":"b1","repository_id":"r)")},
                        {"HTML 200", answer(200, "<html>logged out</html>")}};
  for (const int status : {408, 429, 500, 502, 503, 504})
    out.push_back({std::to_string(status), answer(status)});
  return out;
}

Rows lost_posts() {
  Rows rows;
  for (const auto& loss : losses()) {
    // The batch is made, its answer is not seen.
    const auto made = [loss](FakeApi& api) {
      api.next.length = 20s;
      api.post_faults[1] = {loss.reply, true};
    };
    rows.push_back({.section = "POST",
                    .name = loss.name + ", the batch was made",
                    .exits = {0},
                    .posts = 1,
                    .prepare = made});
    rows.push_back({.section = "POST",
                    .name = loss.name + ", the batch was made, no Date",
                    .exits = {0},
                    .posts = 1,
                    .prepare = [made](FakeApi& api) {
                      made(api);
                      api.with_date = false;
                    }});
    rows.push_back({.section = "POST",
                    .name = loss.name + ", the batch was made and the list fails",
                    .misbehaviour = always(at_list, answer(500)),
                    .exits = {5},
                    .posts = 1,
                    .prepare = made});
    rows.push_back({.section = "POST",
                    .name = loss.name + ", the batch was made and the list stumbles",
                    .misbehaviour = first(3, at_list, answer(503)),
                    .exits = {0},
                    .posts = 1,
                    .prepare = made});
    // Nothing is made.
    const auto lost = [loss](int times) {
      return [loss, times](FakeApi& api) {
        api.next.length = 20s;
        for (int i = 1; i <= times; ++i) api.post_faults[i] = {loss.reply, false};
      };
    };
    rows.push_back({.section = "POST",
                    .name = loss.name + ", nothing was made",
                    .exits = {0},
                    .posts = 2,
                    .prepare = lost(1)});
    rows.push_back({.section = "POST",
                    .name = loss.name + ", nothing is ever made",
                    .exits = {5},
                    .posts = loss.name == "429" ? 4 : 2,
                    .batches = 0,
                    .prepare = lost(100)});
    // What is there already is nobody's excuse.
    struct There {
      std::string name;
      std::string type;
      Duration ago;
      Duration length;
      std::string end;
    };
    for (const auto& there :
         {There{"yesterday's completed batch", "semgrep_scan", 24h, 1min, "completed"},
          There{"a batch that ended a minute ago", "semgrep_scan", 2min, 1min, "completed"},
          There{"a running batch of another type", "secrets_scan", 0s, 1h, "completed"},
          There{"an older running batch", "semgrep_scan", 5min, 1h, "completed"},
          There{"a failed batch", "semgrep_scan", 2min, 1s, "failed"}}) {
      rows.push_back({.section = "POST",
                      .name = loss.name + ", nothing is made, the list holds " + there.name,
                      .exits = {5},
                      .posts = loss.name == "429" ? 4 : 2,
                      .batches = 0,
                      .prepare = [lost, there](FakeApi& api) {
                        lost(100)(api);
                        auto& batch = api.add(there.type, there.ago);
                        batch.length = there.length;
                        batch.at_end = there.end;
                      }});
    }
  }
  rows.push_back({.section = "POST",
                  .name = "the deadline comes while the answer is awaited",
                  .exits = {7},
                  .posts = 1,
                  .prepare =
                      [](FakeApi& api) {
                        api.post_faults[1] = {fault(Fault::deadline, true, "late"), true};
                      },
                  .detail = "it is not known whether the semgrep_scan was started"});
  rows.push_back({.section = "POST",
                  .name = "the deadline comes before it is sent",
                  .exits = {7},
                  .posts = 1,
                  .batches = 0,
                  .prepare =
                      [](FakeApi& api) {
                        api.post_faults[1] = {fault(Fault::deadline, false, "late"), false};
                      },
                  .detail = "not started: late"});
  return rows;
}

Rows hostile_ids() {
  Rows rows;
  for (const std::string& id :
       {std::string(R"("../../me")"), std::string(R"("..")"), std::string(R"("a/b")"),
        std::string(R"("a?b=c")"), std::string(R"("a#b")"), std::string(R"("a%2fb")"),
        std::string(R"("a\r\nX: y")"), std::string(R"("a b")"), std::string(R"("-rf")"), std::string(R"("")"),
        std::string("null"), std::string("7"), std::string("[]"), std::string("{}"), std::string("true"),
        std::string(R"("\u0000")"), std::string(R"("\u202eb")"), "\"" + std::string(100'000, 'a') + "\""}) {
    auto body = batch_json("ID", "semgrep_scan", "queued", "2026-06-01T12:00:00Z");
    body.replace(body.find("\"ID\""), 4, id);
    rows.push_back({.section = "POST",
                    .name = "batch_id " + id.substr(0, 30),
                    .misbehaviour = always(at_post, answer(202, body)),
                    .exits = {5},
                    .posts = 2,
                    .batches = 0});
    // The list shows it too, after an answer that was lost.
    rows.push_back(
        {.section = "POST",
         .name = "batch_id " + id.substr(0, 30) + " in the list",
         .misbehaviour = [body](FakeApi&, const net::Request& request) -> std::optional<ScriptedAnswer> {
           if (at_post.matches(request)) return answer(500);
           if (at_list.matches(request)) return answer(200, whole_page({body}));
           return std::nullopt;
         },
         .exits = {5},
         .posts = 1,
         .batches = 0});
  }
  for (const auto& [name, body] : std::vector<std::pair<std::string, std::string>>{
           {"another type", batch_json("b1", "secrets_scan", "queued", "2026-06-01T12:00:00Z")},
           {"an unknown type", batch_json("b1", "magic_scan", "queued", "2026-06-01T12:00:00Z")},
           {"another repository",
            batch_json("b1", "semgrep_scan", "queued", "2026-06-01T12:00:00Z", {}, "r2")}}) {
    rows.push_back({.section = "POST",
                    .name = "the answer is about " + name,
                    .misbehaviour = always(at_post, answer(202, body)),
                    .exits = {5},
                    .posts = 2,
                    .batches = 0});
  }
  return rows;
}

}  // namespace

TEST_CASE("fault matrix: POST") {
  Rows rows;
  add(rows, lost_posts());
  add(rows, hostile_ids());
  check_faults("POST", rows);
}
