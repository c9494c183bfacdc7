// A disk that is full, a reader that is gone: no command that writes to standard output calls that a success.
#include <doctest/doctest.h>

#include <array>
#include <ostream>
#include <streambuf>

#include "api/documents.hpp"
#include "cli/api_world.hpp"

using namespace kolega;

namespace {

/// As /dev/full behind the buffer of standard output: nobody learns of the loss before it is flushed.
class Full : public std::streambuf {
 public:
  Full() { setp(buffer_.data(), buffer_.data() + buffer_.size()); }

 protected:
  int_type overflow(int_type) override { return traits_type::eof(); }
  int sync() override {
    const bool lost = pptr() != pbase();
    setp(buffer_.data(), buffer_.data() + buffer_.size());
    return lost ? -1 : 0;
  }

 private:
  std::array<char, 64 * 1024> buffer_{};
};

/// Whatever is asked for: a page of one, or one.
std::optional<std::string> reply_to(const net::ServerRequest& request) {
  const auto path = request.target.substr(0, request.target.find('?'));
  const auto name = path.substr(path.rfind('/') + 1);
  const auto repository = test::repository_json("r1", "acme/r1");
  if (name == "r1") return repository;
  if (name == "repositories") return test::whole_page({repository});
  if (name == "findings") return test::whole_page({test::finding_json("f1")});
  if (name == "f1") return test::finding_json("f1");
  if (name == "scans") return test::whole_page({test::batch_json("b1", "semgrep_scan", "completed", "2026-06-01T11:00:00Z", "", "r1")});
  if (name == "fixes") return test::whole_page({});
  return R"({"id":"x1","fix_id":"x1","repository_id":"r1","status":"completed","started_at":"2026-06-01T11:59:18Z",)"
         R"("duration_seconds":42.4,"agent_steps_completed":12,"latest_activity_at":"2026-06-01T11:59:57Z"})";
}

const std::vector<std::vector<std::string>>& writers() {
  static const std::vector<std::vector<std::string>> all{
      {"me", "--json"},
      {"quota", "--json"},
      {"repos", "list", "--json"},
      {"repos", "get", "r1", "--json"},
      {"scans", "list", "--repository", "r1", "--json"},
      {"scans", "get", "b1", "--repository", "r1", "--json"},
      {"scans", "progress", "b1", "--repository", "r1", "--json"},
      {"scans", "results", "b1", "--repository", "r1", "--json"},
      {"findings", "list", "--repository", "r1", "--json"},
      {"findings", "list", "--repository", "r1", "--all", "--json"},
      {"findings", "get", "f1", "--repository", "r1", "--json"},
      {"fixes", "list", "--repository", "r1", "--json"},
      {"fixes", "get", "x1", "--repository", "r1", "--json"},
      {"fixes", "progress", "x1", "--repository", "r1", "--json"},
      {"--version"},
      {"--help"},
      {"run", "--help"},
      {"policy", "schema"},
      {"policy", "show", "builtin:starter"},
      {"completion", "bash"},
  };
  return all;
}

}  // namespace

TEST_CASE("what was to be written to standard output and is lost is an error, whichever command wrote it") {
  for (const auto& words : writers()) {
    std::string line;
    for (const auto& word : words) line += word + " ";
    CAPTURE(line);
    test::ApiWorld world;
    world.serve(reply_to);
    const auto whole = world.run(words);
    CAPTURE(whole.err);
    CHECK(whole.code == 0);
    CHECK_FALSE(whole.out.empty());
    Full full;
    std::ostream out(&full);
    const auto lost = world.run_into(words, out);
    CHECK(lost.code == 2);
    CHECK(lost.err.find("cannot write to standard output") != std::string::npos);
  }
}
