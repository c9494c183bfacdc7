#include "api/resolve.hpp"

#include <doctest/doctest.h>

#include "documents.hpp"
#include "support/scripted_transport.hpp"

using namespace kolega;
using namespace kolega::test;
using api::resolve_repository;

namespace {

constexpr const char* list_target = "/api/v1/repositories?limit=200";
constexpr const char* archived_target = "/api/v1/repositories?include_archived=true&limit=200";

struct Fixture {
  ScriptedTransport transport{};
  api::Client client{transport, Secret("t"), {}};

  void list(const std::vector<std::string>& repositories) {
    transport.expect("GET", list_target, answer(200, whole_page(repositories)));
  }
  void list_archived(const std::vector<std::string>& repositories) {
    transport.expect("GET", archived_target, answer(200, whole_page(repositories)));
  }
  Error refused(const api::RepositoryWish& wish) {
    try {
      resolve_repository(client, wish);
    } catch (const Error& error) {
      return error;
    }
    FAIL("a repository was found");
    return Error(ErrorKind::internal, {});
  }
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("by id: one request, and the answer must be about it") {
  Fixture f;
  f.transport.expect("GET", "/api/v1/repositories/r1", answer(200, repository_json("r1", "a/b")));
  CHECK(resolve_repository(f.client, {"r1", {"ignored/name"}}).id == "r1");
  f.transport.expect("GET", "/api/v1/repositories/r1", answer(200, repository_json("r2", "a/b")));
  CHECK(f.refused({"r1", {}}).kind() == ErrorKind::api);
  f.transport.expect("GET", "/api/v1/repositories/r1", answer(404, ""));
  CHECK(f.refused({"r1", {}}).kind() == ErrorKind::not_found);
  f.transport.expect("GET", "/api/v1/repositories/r1", answer(200, repository_json("r1", "a/b", true)));
  CHECK(contains(f.refused({"r1", {}}).message(), "is archived"));
}

TEST_CASE("by full name: without regard to case, nothing that only looks alike") {
  Fixture f;
  const std::vector<std::string> all{repository_json("r1", "acme/web-old"), repository_json("r2", "acme/WEB"),
                                     repository_json("r3", "acme2/web"),
                                     repository_json("r4", "group/sub/web")};
  f.list(all);
  CHECK(resolve_repository(f.client, {"Acme/web", {}}).id == "r2");
  f.list(all);
  CHECK(resolve_repository(f.client, {"group/sub/web", {}}).id == "r4");
  f.list(all);
  f.list_archived(all);
  const auto error = f.refused({"acme/we", {}});
  CHECK(error.kind() == ErrorKind::not_found);
  CHECK(contains(error.excerpt(), "r3  acme2/web"));
  f.list(all);
  f.list_archived(all);
  f.refused({"acme/web/", {}});
}

TEST_CASE("two with one full name are not guessed between") {
  Fixture f;
  f.list(
      {repository_json("r1", "acme/web"), repository_json("r2", "ACME/web"), repository_json("r3", "x/y")});
  const auto error = f.refused({"acme/web", {}});
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(contains(error.excerpt(), "r1"));
  CHECK(contains(error.excerpt(), "r2"));
  CHECK(!contains(error.excerpt(), "r3"));
}

TEST_CASE("an archived repository is refused with the reason") {
  Fixture f;
  f.list({});
  f.list_archived({repository_json("r1", "acme/web", true)});
  const auto error = f.refused({"acme/web", {}});
  CHECK(error.kind() == ErrorKind::not_found);
  CHECK(error.message() == "repository 'acme/web' is archived");
}

TEST_CASE("default means the only one") {
  Fixture f;
  f.list({repository_json("r1", "acme/web")});
  CHECK(resolve_repository(f.client, {"default", {}}).id == "r1");
  f.list({});
  CHECK(f.refused({"default", {}}).kind() == ErrorKind::not_found);
  f.list({repository_json("r1", "acme/web"), repository_json("r2", "acme/api")});
  const auto error = f.refused({"default", {}});
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(contains(error.excerpt(), "acme/api"));
}

TEST_CASE("detected names: the best that is known, else the candidates") {
  Fixture f;
  const std::vector<std::string> all{repository_json("r1", "acme/web"), repository_json("r2", "acme/api")};
  f.list(all);
  CHECK(resolve_repository(f.client, {"", {"fork/web", "acme/api", "acme/web"}}).id == "r2");
  f.list(all);
  f.list_archived(all);
  CHECK(contains(f.refused({"", {"fork/web"}}).message(), "'fork/web': unknown to this key"));
  f.list(all);
  CHECK(f.refused({"", {}}).kind() == ErrorKind::usage);
}

TEST_CASE("at most 20 candidates, printable") {
  Fixture f;
  std::vector<std::string> many;
  for (int i = 0; i < 30; ++i) many.push_back(repository_json("r" + std::to_string(i), "a\\u001b[2J\\n/b"));
  f.list(many);
  const auto error = f.refused({"", {}});
  CHECK(!contains(error.excerpt(), "\x1b"));
  CHECK(std::count(error.excerpt().begin(), error.excerpt().end(), '\n') == 20);
  CHECK(contains(error.excerpt(), "and 10 more"));
}
