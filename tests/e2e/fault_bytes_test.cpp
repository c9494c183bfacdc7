// Faults in the bytes of an answer: broken off, malformed, endless, packed, no JSON; and statuses, redirects
// and lost POSTs, as far as they need a real connection. Each with the real binary.
#include <doctest/doctest.h>
#include <zlib.h>

#include "e2e/fault_row.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;

namespace {

using Rows = std::vector<WireRow>;
using Saying = std::function<Act(Line&, const SeenRequest&, const std::string& body)>;

const std::string progress = "/api/v1/repositories/r1/scans/b1/progress";
const std::string results = "/api/v1/repositories/r1/scans/b1/results";
const std::string scans = "/api/v1/repositories/r1/scans";

/// The true body of `path`, for a fault that lies in how it is said.
std::string body_of(const std::string& path, const std::string& severity) {
  if (path == progress) {
    return R"({"batch_id":"b1","repository_id":"r1","scan_type":"semgrep_scan","status":"completed",)"
           R"("total_repositories":1,"scans_created":1,"scans_failed":0,"scans_completed":1,"scans_assessed":1,)"
           R"("percent_complete":100})";
  }
  auto row = result_json("f1", "c1");
  row.replace(row.find("\"high\""), 6, quoted(severity));
  return R"({"batch_id":"b1","scan_type":"semgrep_scan","status":"completed","findings_count":1,"findings":[)" +
         row + "]}";
}

FaultyApi::Options saying(const std::string& path, int times, const std::string& severity, Saying say) {
  FaultyApi::Options options;
  options.severity = severity;
  options.length = Duration{0};
  options.at_request = [=](Line& line, const SeenRequest& seen) {
    if (seen.method != "GET" || seen.path != path || seen.number > times) return Act::truth;
    return say(line, seen, body_of(path, severity));
  };
  return options;
}

/// A fault of GET that passes: once the verdict, for ever an error.
void add_transient(Rows& rows, const std::string& name, const Saying& say) {
  for (const auto& path : {progress, results}) {
    const auto word = path.substr(path.rfind('/'));
    rows.push_back({"Body", name + ", once at " + word, saying(path, 1, "high", say), {1}});
    rows.back().timeout = "20s";
    rows.push_back({"Body", name + ", for ever at " + word, saying(path, 1000, "low", say), {5, 7}});
    rows.back().timeout = "2s";
  }
}

/// A fault that stays: an error, soon.
void add_final(Rows& rows, const std::string& section, const std::string& name, const Saying& say,
               std::set<int> exits = {5, 7}) {
  for (const auto& path : {progress, results}) {
    rows.push_back(
        {section, name + " at " + path.substr(path.rfind('/')), saying(path, 1000, "low", say), exits});
  }
}

Act end_with_reset(Line& line) {
  line.reset();
  return Act::drop;
}

Rows cut_answers() {
  Rows rows;
  using L = Line;
  using S = SeenRequest;
  using B = std::string;
  const auto part = [](const B& body) { return body.substr(0, body.size() / 2); };
  add_transient(rows, "closed before the head", [](L&, const S&, const B&) { return Act::drop; });
  add_transient(rows, "reset before the head",
                [](L& line, const S&, const B&) { return end_with_reset(line); });
  add_transient(rows, "closed in the head", [](L& line, const S&, const B&) {
    return line.say("HTTP/1.1 200 OK\r\nContent-Le"), Act::drop;
  });
  add_transient(rows, "reset in the head", [](L& line, const S&, const B&) {
    line.say("HTTP/1.1 2");
    return end_with_reset(line);
  });
  add_transient(rows, "closed in the body", [part](L& line, const S&, const B& body) {
    return line.say(FaultyApi::head(200, body.size()) + part(body)), Act::drop;
  });
  add_transient(rows, "reset in the body", [part](L& line, const S&, const B& body) {
    line.say(FaultyApi::head(200, body.size()) + part(body));
    return end_with_reset(line);
  });
  add_transient(rows, "a whole document, but shorter than Content-Length",
                [](L& line, const S&, const B& body) {
                  return line.say(FaultyApi::head(200, body.size() + 10) + body), Act::drop;
                });
  add_transient(rows, "a chunk is cut", [](L& line, const S&, const B& body) {
    return line.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n" + body), Act::drop;
  });
  add_transient(rows, "the last chunk is missing", [](L& line, const S&, const B& body) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", body.size());
    return line.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(size) + body +
                    "\r\n"),
           Act::drop;
  });
  add_transient(rows, "nothing is said", [](L& line, const S&, const B&) { return line.stall(), Act::drop; });
  add_transient(rows, "silence in the body", [part](L& line, const S&, const B& body) {
    line.say(FaultyApi::head(200, body.size()) + part(body));
    return line.stall(), Act::drop;
  });
  add_transient(rows, "a byte every 100 ms", [](L& line, const S&, const B& body) {
    for (const char c : FaultyApi::head(200, body.size()) + body) {
      if (!line.say(std::string(1, c))) break;
      std::this_thread::sleep_for(100ms);
    }
    return Act::drop;
  });
  return rows;
}

Act flood(Line& line, const std::string& part) {
  while (line.say(part)) {
  }
  return Act::drop;
}

Rows malformed_answers() {
  Rows rows;
  const auto add = [&](const std::string& name, const std::string& head, bool with_body = true) {
    add_final(rows, "Head", name, [=](Line& line, const SeenRequest&, const std::string& body) {
      auto text = head;
      if (const auto at = text.find("@SIZE@"); at != std::string::npos)
        text.replace(at, 6, std::to_string(body.size()));
      line.say(text + (with_body ? body : ""));
      return Act::drop;
    });
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string length = "Content-Length: @SIZE@\r\n";
  add("no HTTP", "hello, I speak no HTTP\r\n\r\n");
  add("a bad version", "HTTP/9.9 200 OK\r\n" + length + "\r\n");
  add("a bad status", "HTTP/1.1 2x0 OK\r\n" + length + "\r\n");
  add("status 99", "HTTP/1.1 99 OK\r\n" + length + "\r\n");
  add("status 600", "HTTP/1.1 600 OK\r\n" + length + "\r\n");
  add("two lengths", ok + length + "Content-Length: 1\r\n\r\n");
  add("a list of lengths", ok + "Content-Length: 1, 2\r\n\r\n");
  add("a negative length", ok + "Content-Length: -1\r\n\r\n");
  add("a length that overflows", ok + "Content-Length: 18446744073709551999999\r\n\r\n");
  add("a length in hexadecimal", ok + "Content-Length: 0x10\r\n\r\n");
  add("length and chunks", ok + length + "Transfer-Encoding: chunked\r\n\r\n");
  add("a bad chunk size", ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n");
  add("a chunk size that overflows", ok + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n");
  add("an unknown transfer coding", ok + "Transfer-Encoding: gzip\r\n\r\n");
  add("101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
  add("NUL in a header", std::string("HTTP/1.1 200 OK\r\nA: b\0c\r\n", 25) + length + "\r\n");
  add("a header of 1 MB", ok + "A: " + std::string(1 << 20, 'a') + "\r\n" + length + "\r\n");
  std::string many = ok;
  for (int i = 0; i < 20'000; ++i) many += "A" + std::to_string(i) + ": 1\r\n";
  add("20,000 headers", many + length + "\r\n");
  add("an encoding not asked for", ok + "Content-Encoding: br\r\n" + length + "\r\n");
  add("plain text that says it is gzip", ok + "Content-Encoding: gzip\r\n" + length + "\r\n");
  const auto endless = [&](const std::string& name, const std::string& first, const std::string& part) {
    add_final(rows, "Head", name, [=](Line& line, const SeenRequest&, const std::string&) {
      line.say(first);
      return flood(line, part);
    });
  };
  endless("endless headers", ok, "A: 1\r\n");
  endless("one endless header", ok + "A: ", std::string(4096, 'a'));
  endless("endless interim answers", "", "HTTP/1.1 100 Continue\r\n\r\n");
  endless("an endless status line", "HTTP/1.1 200 ", std::string(4096, 'k'));
  endless("an endless chunk extension",
          ok + "Transfer-Encoding: chunked\r\n\r\n1;x=", std::string(4096, 'x'));
  endless("an endless trailer", ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n", "T: 1\r\n");
  return rows;
}

std::string gzip(const std::string& text, std::size_t times = 1) {
  z_stream stream{};
  if (deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string out;
  std::vector<Bytef> buffer(1 << 16);
  for (std::size_t i = 0; i < times; ++i) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    int done = Z_OK;
    do {
      stream.next_out = buffer.data();
      stream.avail_out = static_cast<uInt>(buffer.size());
      done = deflate(&stream, i + 1 == times ? Z_FINISH : Z_NO_FLUSH);
      out.append(reinterpret_cast<char*>(buffer.data()), buffer.size() - stream.avail_out);
    } while (stream.avail_out == 0 || (i + 1 == times && done != Z_STREAM_END));
  }
  deflateEnd(&stream);
  return out;
}

Rows large_answers() {
  Rows rows;
  const auto packed = [](const std::string& bytes) {
    return [bytes](Line& line, const SeenRequest&, const std::string&) {
      line.say(FaultyApi::head(200, bytes.size(), "Content-Encoding: gzip\r\n") + bytes);
      return Act::drop;
    };
  };
  for (const auto& path : {progress, results}) {
    const auto word = " at " + path.substr(path.rfind('/'));
    rows.push_back(
        {"Body", "gzip" + word, saying(path, 1000, "high", packed(gzip(body_of(path, "high")))), {1}});
    rows.push_back({"Body",
                    "gzip truncated" + word,
                    saying(path, 1000, "low", packed(gzip(body_of(path, "low")).substr(0, 40))),
                    {5, 7}});
    rows.push_back({"Body",
                    "bytes after the gzip" + word,
                    saying(path, 1000, "low", packed(gzip(body_of(path, "low")) + "more")),
                    {5, 7}});
  }
  static const auto zeros = gzip(std::string(1 << 20, '\0'), 400);
  static const auto blanks = gzip(std::string(1 << 20, ' '), 400);
  static const auto lists = gzip(std::string(1 << 20, '['), 100);
  add_final(rows, "Body", "a gzip bomb of zeros", packed(zeros));
  add_final(rows, "Body", "a gzip bomb of blanks", packed(blanks));
  add_final(rows, "Body", "a gzip bomb of brackets", packed(lists));
  add_final(rows, "Body", "100 MB of one text", [](Line& line, const SeenRequest&, const std::string&) {
    line.say(FaultyApi::head(200, 100'000'002) + "\"");
    const std::string part(1'000'000, 'x');
    for (int i = 0; i < 100 && line.say(part); ++i) {
    }
    return line.say("\""), Act::drop;
  });
  const auto chunks = [](const std::string& first, const std::string& part) {
    return [=](Line& line, const SeenRequest&, const std::string&) {
      const auto chunk = [](const std::string& data) {
        char size[20];
        std::snprintf(size, sizeof size, "%zx\r\n", data.size());
        return size + data + "\r\n";
      };
      line.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(first));
      return flood(line, chunk(part));
    };
  };
  add_final(rows, "Body", "endless chunks of blanks", chunks("{", std::string(100'000, ' ')));
  add_final(rows, "Body", "endless chunks of text", chunks("{\"batch_id\":\"", std::string(100'000, 'b')));
  for (const auto& path : {progress, results}) {
    rows.push_back({"Body",
                    "100 MB of blanks around a true answer at " + path.substr(path.rfind('/')),
                    saying(path, 1000, "high",
                           [](Line& line, const SeenRequest&, const std::string& body) {
                             line.say(FaultyApi::head(200, 100'000'000 + body.size()) + body.substr(0, 1));
                             const std::string part(1'000'000, ' ');
                             for (int i = 0; i < 100 && line.say(part); ++i) {
                             }
                             line.say(body.substr(1));
                             return Act::answered;
                           }),
                    {1, 5, 7}});
  }
  const auto row = result_json("f1", "c1");
  const auto some = "," + row;
  std::string many;
  for (int i = 0; i < 500; ++i) many += some;
  const auto start =
      R"({"batch_id":"b1","scan_type":"semgrep_scan","status":"completed","findings_count":1,"findings":[)";
  add_final(rows, "Body", "endless findings", chunks(start + row, many));
  add_final(rows, "Body", "endless members",
            chunks("{\"x\":[1", std::string(",1,1,1,1,1,1,1,1,1,1,1,1,1,1,1")));
  return rows;
}

Rows second_answers() {
  Rows rows;
  const auto nothing = [](const std::string& batch) {
    return FaultyApi::response(
        200, R"({"batch_id":")" + batch +
                 R"(","scan_type":"semgrep_scan","status":"completed","findings_count":0,)" +
                 R"("findings":[]})");
  };
  // Behind the true answer lies what would be a pass for the next request on the connection.
  rows.push_back({"Body",
                  "an unsolicited second answer",
                  saying(progress, 1, "high",
                         [=](Line& line, const SeenRequest&, const std::string& body) {
                           line.say(FaultyApi::response(200, body) + nothing("b1"));
                           return Act::answered;
                         }),
                  {1}});
  // It comes when the next request may be on its way: somebody else's answer, as a proxy that is out of step
  // gives.
  rows.push_back({"Body",
                  "an unsolicited second answer, late",
                  saying(progress, 1, "high",
                         [=](Line& line, const SeenRequest&, const std::string& body) {
                           line.say(FaultyApi::response(200, body));
                           line.say(nothing("b7"));
                           return Act::answered;
                         }),
                  {1, 5}});
  return rows;
}

Rows no_json() {
  Rows rows;
  const auto add = [&](const std::string& name, const std::function<std::string(const std::string&)>& make) {
    add_final(rows, "JSON", name,
              [=](Line& line, const SeenRequest&, const std::string& body) {
                line.say(FaultyApi::response(200, make(body)));
                return Act::answered;
              },
              {5});
  };
  add("deep nesting", [](const std::string&) { return std::string(200'000, '['); });
  add("NaN", [](const std::string& b) { return "{\"x\":NaN," + b.substr(1); });
  add("bad UTF-8", [](const std::string& b) { return "{\"x\":\"\xc3\x28\"," + b.substr(1); });
  add("a BOM", [](const std::string& b) { return "\xef\xbb\xbf" + b; });
  add("two documents", [](const std::string& b) { return b + b; });
  add("trailing bytes", [](const std::string& b) { return b + "\n]"; });
  add("HTML", [](const std::string&) { return "<html><body>Sign in to the hotel's network</body></html>"; });
  add("nothing", [](const std::string&) { return ""; });
  add("null", [](const std::string&) { return "null"; });
  add("a list", [](const std::string& b) { return "[" + b + "]"; });
  add("a text", [](const std::string&) { return "\"completed\""; });
  add("duplicate keys", [](const std::string& b) { return "{\"status\":\"completed\"," + b.substr(1); });
  for (const auto& path : {progress, results}) {
    rows.push_back({"JSON",
                    "extra members at " + path.substr(path.rfind('/')),
                    saying(path, 1000, "high",
                           [](Line& line, const SeenRequest&, const std::string& body) {
                             line.say(FaultyApi::response(200, R"({"new":{"a":[1,null]},)" + body.substr(1)));
                             return Act::answered;
                           }),
                    {1}});
  }
  return rows;
}

FaultyApi::Options status_at(const std::string& method, const std::string& path, int times,
                             const std::string& answer, const std::string& severity = "low") {
  FaultyApi::Options options;
  options.severity = severity;
  options.at_request = [=](Line& line, const SeenRequest& seen) {
    if (seen.method != method || seen.path != path || seen.number > times) return Act::truth;
    line.say(answer);
    return Act::answered;
  };
  return options;
}

Rows statuses() {
  Rows rows;
  const auto add = [&](const std::string& name, FaultyApi::Options server, std::set<int> exits,
                       int requests) {
    rows.push_back({"HTTP", name, std::move(server), std::move(exits)});
    rows.back().requests = requests;
    rows.back().batches = 1;
  };
  const std::string repository = "/api/v1/repositories/r1";
  const auto say = [](int status, const std::string& body = {}, const std::string& more = {}) {
    return FaultyApi::response(status, body, more);
  };
  add("401", status_at("GET", repository, 99, say(401, R"({"detail":"no"})")), {4}, 1);
  add("403", status_at("POST", scans, 99, say(403, R"({"detail":"no scope"})")), {4}, 3);
  add("403 OPERATION_FAILED",
      status_at(
          "POST", scans, 99,
          say(403,
              R"({"detail":{"detail":"none left","error_code":"OPERATION_FAILED","quota_type":"sast_scans"}})")),
      {3}, 3);
  rows.back().phrase = "sast_scans";
  add("403 OPERATION_FAILED in the middle",
      status_at(
          "GET", progress, 99,
          say(403,
              R"({"detail":{"detail":"none left","error_code":"OPERATION_FAILED","quota_type":"sast_scans"}})")),
      {3}, 5);
  add("404 for the repository", status_at("GET", repository, 99, say(404)), {4}, 1);
  add("404 briefly after creation", status_at("GET", progress, 2, say(404), "high"), {1}, 60);
  for (const int status : {400, 405, 409, 422, 501}) {
    // In conflict with what? A look at the list tells.
    add(std::to_string(status) + " at POST", status_at("POST", scans, 99, say(status, "no")), {5}, status == 409 ? 4 : 3);
    rows.back().batches = 0;
    add(std::to_string(status) + " at GET", status_at("GET", results, 99, say(status, "no")), {5}, 20);
  }
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    add(std::to_string(status) + " once",
        status_at("GET", results, 1, say(status, "<html>oops</html>"), "high"), {1}, 60);
    add(std::to_string(status) + " for ever",
        status_at("GET", results, 999, say(status, "<html>oops</html>")), {5, 7}, 60);
  }
  const auto waits = [&](int status, const std::string& value, std::chrono::milliseconds least) {
    add(std::to_string(status) + " Retry-After " + value,
        status_at("GET", results, 1, say(status, "", "Retry-After: " + value + "\r\n"), "high"), {1}, 60);
    rows.back().judge = [least](const FaultyApi& server) -> std::string {
      std::vector<std::chrono::steady_clock::time_point> at;
      for (const auto& one : server.requests()) {
        if (one.path == results) at.push_back(one.at);
      }
      if (at.size() != 2) return std::to_string(at.size()) + " requests for the results";
      return at[1] - at[0] >= least ? "" : "the server's wait was not kept";
    };
  };
  waits(429, "2", 2000ms);
  waits(503, "1", 1000ms);
  waits(429, "0", 1000ms);
  waits(429, "-7", 900ms);
  waits(503, "Thu, 01 Jan 1970 00:00:00 GMT", 1000ms);
  add("429 Retry-After beyond the timeout",
      status_at("GET", results, 99, say(429, "", "Retry-After: 60\r\n")), {5, 7}, 20);
  add("503 Retry-After that overflows",
      status_at("GET", results, 99, say(503, "", "Retry-After: 99999999999999999999999\r\n")), {5, 7}, 20);
  return rows;
}

/// Where a redirect leads: nobody may come, least of all with the token.
Rows redirects(const FaultyApi& elsewhere) {
  Rows rows;
  const auto port = std::to_string(elsewhere.port());
  for (const std::string& target :
       {"http://127.0.0.1:" + port + "/", "http://localhost:" + port + "/api/v1/me",
        "https://127.0.0.1:" + port + "/", "http://127.0.0.1@127.0.0.1:" + port + "/",
        "//127.0.0.1:" + port + "/x", std::string("file:///etc/passwd"),
        std::string("/api/v1/repositories/r1"), std::string("")}) {
    for (const int status : {301, 302, 307, 308}) {
      const auto answer = FaultyApi::response(status, "", "Location: " + target + "\r\n");
      const bool post = status == 307;
      rows.push_back({"Redirect",
                      std::to_string(status) + " to " + target,
                      status_at(post ? "POST" : "GET",
                                post            ? scans
                                : status == 301 ? "/api/v1/repositories/r1"
                                                : results,
                                99, answer),
                      {5}});
      rows.back().requests = 12;
    }
  }
  return rows;
}

Rows lost_posts() {
  Rows rows;
  struct Loss {
    std::string name{};
    std::function<Act(Line&)> say{};
  };
  const auto status = [](int code, const std::string& body = {}) {
    return [=](Line& line) { return line.say(FaultyApi::response(code, body)), Act::answered; };
  };
  const std::vector<Loss> losses{
      {"reset", [](Line& line) { return end_with_reset(line); }},
      {"closed", [](Line&) { return Act::drop; }},
      {"a hang", [](Line& line) { return line.stall(), Act::drop; }},
      {"500", status(500)},
      {"502", status(502, "<html>Bad Gateway</html>")},
      {"504", status(504)},
      {"a cut body",
       [](Line& line) { return line.say(FaultyApi::head(202, 400) + "{\"batch_id\":\"b"), Act::drop; }},
      {"an empty body", status(202)},
      {"a cut document", status(202, R"({"batch_id":"b1",)")},
      {"garbage", [](Line& line) { return line.say("garbage\r\n\r\n"), Act::drop; }}};
  for (const auto& loss : losses) {
    for (const bool made : {true, false}) {
      auto api = std::make_shared<FaultyApi*>(nullptr);
      WireRow row{"POST", loss.name + (made ? ", the batch was made" : ", nothing was made"), {}, {1}};
      row.server.severity = "high";
      row.server.length = made ? 10s : 1s;
      row.server.at_request = [=](Line& line, const SeenRequest& seen) {
        if (seen.method != "POST" || seen.number > 1) return Act::truth;
        if (made) (*api)->make_batch();
        return loss.say(line);
      };
      row.posts = made ? 1 : 2;
      row.timeout = "40s";
      row.started = [api](FaultyApi& server) {
        *api = &server;
        return std::string{};
      };
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace

TEST_CASE("fault matrix on the wire: answers, statuses, redirects, lost POSTs") {
  const FaultyApi elsewhere({});
  Rows rows;
  for (auto& part : {lost_posts(), cut_answers(), statuses(), large_answers(), second_answers(),
                     malformed_answers(), no_json(), redirects(elsewhere)}) {
    rows.insert(rows.end(), part.begin(), part.end());
  }
  check_rows(rows);
  CHECK(elsewhere.connections() == 0);
}
