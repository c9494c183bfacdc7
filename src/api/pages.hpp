// Reads a list page by page and stops, whatever the server says: a page that brings nothing new, a total that
// does not hold, a list without an end. Pure over its two callbacks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "ingest/results.hpp"

namespace kolega::api {

struct Page {
  ingest::PageHead head{};
  std::size_t received{};  ///< items in it
  std::size_t fresh{};     ///< of those, ids not seen in earlier pages
};

struct PagedRead {
  std::string what{};                   ///< for messages
  std::optional<std::size_t> wanted{};  ///< enough; nothing: the whole list
  std::function<void()> restart{};      ///< forget what was read: it starts from the beginning
  std::function<Page(std::int64_t skip)> read{};
};

/// The list counts as whole when the last page says so and exactly `total` different items came. When the
/// total moves or does not hold it is read anew, at most twice. Throws Error(api).
void read_pages(const PagedRead& list);

}  // namespace kolega::api
