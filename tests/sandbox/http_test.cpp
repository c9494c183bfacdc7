// Requests taken apart as Starlette does it.
#include "sandbox/http.hpp"

#include <doctest/doctest.h>

#include "sandbox/routes.hpp"

using namespace kolega::sandbox;

TEST_CASE("a target is split before it is decoded") {
  const auto target = parse_target("/api/v1/a%2Fb/%C3%A4?x=1%262&y=a+b&x=2&&z&=v&%6B=%zz%4");
  CHECK(target.segments == std::vector<std::string>{"api", "v1", "a/b", "ä"});
  CHECK(target.query ==
        std::map<std::string, std::string>{{"", "v"}, {"k", "%zz%4"}, {"x", "2"}, {"y", "a b"}, {"z", ""}});
  CHECK(parse_target("/a+b").segments == std::vector<std::string>{"a+b"});
  CHECK(parse_target("/a/").segments == std::vector<std::string>{"a", ""});
  CHECK(parse_target("").segments == std::vector<std::string>{""});
}

TEST_CASE("paths are encoded but for their slashes") {
  CHECK(encode_path("src/a b#?%ä.c") == "src/a%20b%23%3F%25%C3%A4.c");
}

TEST_CASE("a route needs its path and its method") {
  const auto scans = match_route("POST", {"api", "v1", "repositories", "x", "scans"});
  REQUIRE(scans.route);
  CHECK(describe(*scans.route) == "POST /api/v1/repositories/{repository_id}/scans");
  CHECK(scans.path == std::vector<std::string>{"x"});
  CHECK(scans.allowed == std::vector<std::string>{"GET", "POST"});
  const auto other = match_route("PUT", {"api", "v1", "me"});
  CHECK(!other.route);
  CHECK(other.allowed == std::vector<std::string>{"GET"});
  CHECK(match_route("GET", {"api", "v1", "repositories", ""}).allowed.empty());
  CHECK(match_route("GET", {"api", "v1", "repositories", "a/b"}).allowed.empty());
}
