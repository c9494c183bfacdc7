#include "api/pages.hpp"

namespace kolega::api {

namespace {

constexpr int passes = 3;

/// A server may ignore the page size that was asked for, but one that hands out a list by a few items a page
/// is stopped: 100 pages, and one more for every 20 items.
std::size_t page_cap(std::size_t items) {
  return 100 + items / 20;
}

[[noreturn]] void fail(const PagedRead& list, const std::string& why) {
  throw Error(ErrorKind::api, list.what + ": " + why);
}

/// False when the list did not hold still or its total is wrong.
bool read_once(const PagedRead& list) {
  std::optional<std::int64_t> total;
  std::size_t items = 0;
  std::int64_t skip = 0;
  for (std::size_t pages = 1;; ++pages) {
    const auto page = list.read(skip);
    if (page.head.total < 0) fail(list, "the total is negative");
    if (total && *total != page.head.total) return false;
    total = page.head.total;
    items += page.fresh;
    skip += static_cast<std::int64_t>(page.received);
    if (list.wanted && items >= *list.wanted) return true;
    if (!page.head.has_next) return items == static_cast<std::size_t>(*total);
    if (page.fresh == 0)
      fail(list, "page " + std::to_string(pages) + " brings nothing new but promises more");
    if (items > static_cast<std::size_t>(*total)) return false;
    if (pages >= page_cap(items)) fail(list, "no end after " + std::to_string(pages) + " pages");
  }
}

}  // namespace

void read_pages(const PagedRead& list) {
  for (int pass = 0; pass < passes; ++pass) {
    list.restart();
    if (read_once(list)) return;
  }
  fail(list,
       "the list does not hold still or its total is wrong (read " + std::to_string(passes) + " times)");
}

}  // namespace kolega::api
