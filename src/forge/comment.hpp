// One comment under a merge request for each gate, written once and then updated in place.
// Not for: what it says (report/markdown.cpp), which merge request (place.hpp).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "forge/place.hpp"
#include "net/transport.hpp"

namespace kolega::forge {

/// The comments of one merge request at one forge, as the account of our token sees them.
class Comments {
 public:
  virtual ~Comments() = default;
  /// How many bytes a comment may have.
  virtual std::size_t limit() const = 0;
  /// The oldest comment that this account wrote and whose first line is `marker`. Whoever else writes the
  /// marker into a comment is passed over.
  virtual std::optional<std::string> find(const std::string& marker) = 0;
  /// The request is never sent twice by itself. Throws LostAnswer when it may have been obeyed.
  virtual void create(const std::string& text) = 0;
  /// False when there is no such comment any more.
  virtual bool update(const std::string& id, const std::string& text) = 0;
};

/// A comment was sent, and no answer says whether it is there.
class LostAnswer : public Error {
 public:
  using Error::Error;
};

std::unique_ptr<Comments> make_comments(const Place& place, net::Transport& transport, net::Wait wait);

enum class Written { created, updated };

/// Updates our comment or creates it; after a lost answer it looks again before it creates a second time.
/// `pause` waits a moment and is false when there is no time for that. Throws Error: why it was not written.
Written write_comment(Comments& comments, std::string_view gate, std::string_view body,
                      const std::function<bool()>& pause);

/// The hidden first line that makes a comment ours: "<!-- kolega-gate comment: ci/gate -->".
std::string marker_of(std::string_view gate);
/// The first lines of `text` that fit into `limit` bytes, with a last line that says what was cut.
std::string fit(std::string_view text, std::size_t limit);

}  // namespace kolega::forge
