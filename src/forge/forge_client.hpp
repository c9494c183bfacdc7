// What the three forges have in common: JSON there and back, and what an answer that is no success means.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "forge/comment.hpp"

namespace kolega::forge {

class ForgeClient {
 public:
  /// `headers` carry the token; `permission` says what the token must be allowed to.
  ForgeClient(const Place& place, net::Transport& transport, net::Wait wait, net::Headers headers,
              std::string permission);

  struct Document {
    boost::json::value value{};
    bool more{};  ///< the forge has a further page
  };
  /// Throws Error(auth, api or network) for everything but a 2xx with JSON.
  Document get(const std::string& target, const std::string& what);
  /// The same, and nothing where the forge does not know or not allow this question.
  std::optional<boost::json::value> ask(net::Request request, const std::string& what);
  /// Throws LostAnswer when the comment may be there all the same.
  void create(const std::string& target, const boost::json::value& body);
  /// False on 404.
  bool update(const char* method, const std::string& target, const boost::json::value& body);

 private:
  net::Response send(net::Request request);
  [[noreturn]] void refuse(const net::Response& answer, const std::string& what) const;

  std::string forge_;
  net::Transport& transport_;
  net::Wait wait_;
  net::Headers headers_;
  std::string permission_;
};

/// The member as text; empty when it is absent or no text. Numbers become their digits.
std::string text_of(const boost::json::value& value, std::string_view key);
/// The member as an object or array; null when absent.
const boost::json::value& member_of(const boost::json::value& value, std::string_view key);
bool has_marker(std::string_view comment, std::string_view marker);

/// Bounds of the look through foreign comments.
inline constexpr int most_pages = 30;
inline constexpr std::size_t page_size = 100;
/// Thrown when these end without an answer: a further comment at each run would be worse than none.
[[noreturn]] void refuse_more_pages();

std::unique_ptr<Comments> make_github(const Place& place, net::Transport& transport, net::Wait wait);
std::unique_ptr<Comments> make_gitlab(const Place& place, net::Transport& transport, net::Wait wait);
std::unique_ptr<Comments> make_azure(const Place& place, net::Transport& transport, net::Wait wait);

}  // namespace kolega::forge
