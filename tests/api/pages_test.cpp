#include "api/pages.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace kolega;
using api::Page;

namespace {

/// A list of `size` numbers as an honest server pages it; the tests make it lie.
struct Server {
  std::int64_t size{};
  std::int64_t page_size{200};
  std::set<std::int64_t> seen{};
  int restarts{};
  int requests{};

  Page serve(std::int64_t skip, std::int64_t total, bool has_next) {
    Page page{{total, page_size, skip, has_next}, 0, 0};
    for (auto i = skip; i < std::min(size, skip + page_size); ++i) {
      ++page.received;
      if (seen.insert(i).second) ++page.fresh;
    }
    return page;
  }
  Page honest(std::int64_t skip) { return serve(skip, size, skip + page_size < size); }

  void read(const std::function<Page(std::int64_t)>& answer, std::optional<std::size_t> wanted = {}) {
    api::read_pages({"listing", wanted,
                     [this] {
                       seen.clear();
                       ++restarts;
                     },
                     [&](std::int64_t skip) {
                       ++requests;
                       return answer(skip);
                     }});
  }
};

std::string failure_of(Server& server, const std::function<Page(std::int64_t)>& answer) {
  try {
    server.read(answer);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::api);
    return error.message();
  }
  FAIL("the liar was believed");
  return {};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("honest lists are read whole, whatever their page size") {
  for (const std::int64_t size : {0, 1, 199, 200, 201, 5000}) {
    for (const std::int64_t page_size : {20, 50, 200, 100'000}) {
      Server server{size, page_size};
      server.read([&](std::int64_t skip) { return server.honest(skip); });
      CHECK(server.seen.size() == static_cast<std::size_t>(size));
      CHECK(server.restarts == 1);
    }
  }
}

TEST_CASE("a hundred thousand items are read") {
  Server server{100'000};
  server.read([&](std::int64_t skip) { return server.honest(skip); });
  CHECK(server.seen.size() == 100'000);
}

TEST_CASE("no more is read than wanted") {
  Server server{1000, 50};
  server.read([&](std::int64_t skip) { return server.honest(skip); }, 60);
  CHECK(server.requests == 2);
}

TEST_CASE("has_next for ever: empty pages, and the same page again") {
  Server empty{200};
  CHECK(contains(failure_of(empty, [&](std::int64_t skip) { return empty.serve(skip, 200, true); }),
                 "page 2 brings nothing new"));
  Server same{200};
  CHECK(contains(failure_of(same, [&](std::int64_t) { return same.serve(0, 500, true); }),
                 "page 2 brings nothing new"));
  CHECK(same.requests == 2);
}

TEST_CASE("has_next false too early, or a total too large: never taken for the whole list") {
  Server server{400};
  CHECK(contains(failure_of(server, [&](std::int64_t skip) { return server.serve(skip, 400, false); }),
                 "does not hold still"));
  CHECK(server.requests == 3);
}

TEST_CASE("a total too small") {
  Server server{400};
  CHECK(contains(failure_of(server, [&](std::int64_t skip) { return server.serve(skip, 100, true); }),
                 "does not hold still"));
  CHECK(server.requests == 3);
  Server negative{1};
  CHECK(contains(failure_of(negative, [&](std::int64_t skip) { return negative.serve(skip, -1, false); }),
                 "negative"));
}

TEST_CASE("a list that grows once is read again; one that always moves is given up") {
  Server once{400};
  once.read([&](std::int64_t skip) {
    if (once.requests == 2) once.size = 401;  // one more came before the second page
    return once.honest(skip);
  });
  CHECK(once.seen.size() == 401);
  CHECK(once.restarts == 2);
  Server always{400};
  CHECK(contains(failure_of(always,
                            [&](std::int64_t skip) {
                              always.size += 1;
                              return always.honest(skip);
                            }),
                 "does not hold still"));
  CHECK(always.restarts == 3);
}

TEST_CASE("items that move between pages are missed by count, not by luck") {
  Server server{400};
  // The second page repeats the first one's last item: one item was pushed off.
  failure_of(server, [&](std::int64_t skip) { return server.serve(skip == 0 ? 0 : 199, 401, skip == 0); });
  CHECK(server.requests == 6);
}

TEST_CASE("a list without end, one item a page, is stopped") {
  Server server{1'000'000'000, 1};
  CHECK(contains(failure_of(server, [&](std::int64_t skip) { return server.honest(skip); }), "no end after"));
  CHECK(server.requests < 200);
}
