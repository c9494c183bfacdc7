#include "forge/forge_client.hpp"

#include <boost/json/serialize.hpp>

#include "base/json.hpp"
#include "base/text.hpp"

namespace kolega::forge {

namespace {

/// What a forge says of its refusal: {"message": ...} or {"error": ...}; everything else is left out.
std::string reason_of(const net::Response& answer) {
  constexpr std::size_t body_limit = 64 * 1024;
  const auto body = trim(answer.body);
  if (body.empty() || body.front() != '{' || body.size() > body_limit) return {};
  try {
    const auto document = parse_json(body, "the answer", ErrorKind::api, {.depth = 16});
    for (const auto* key : {"message", "error_description", "error"}) {
      if (const auto text = text_of(document, key); !text.empty()) {
        return printable(collapse_white_space(text), 200);
      }
    }
  } catch (const Error&) {
    // Then the status must do.
  }
  return {};
}

/// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
/// https://docs.gitlab.com/security/rate_limits/
bool is_rate_limit(const net::Response& answer, const std::string& reason) {
  if (answer.status == 429) return true;
  const bool spent = answer.header("x-ratelimit-remaining") == "0" || answer.header("Retry-After");
  return answer.status == 403 && (spent || to_lower_ascii(reason).find("rate limit") != std::string::npos);
}

bool is_success(const net::Response& answer) {
  // Azure DevOps answers 203 with a page to log in when it does not take a token.
  return answer.status / 100 == 2 && answer.status != 203;
}

boost::json::value parse(const net::Response& answer, const std::string& what) {
  return parse_json(answer.body, what, ErrorKind::api, {.total_bytes = 64ULL << 20});
}

}  // namespace

ForgeClient::ForgeClient(const Place& place, net::Transport& transport, net::Wait wait, net::Headers headers,
                         std::string permission)
    : forge_(name_of(place.forge)),
      transport_(transport),
      wait_(std::move(wait)),
      headers_(std::move(headers)),
      permission_(std::move(permission)) {}

net::Response ForgeClient::send(net::Request request) {
  request.headers.insert(request.headers.end(), headers_.begin(), headers_.end());
  return transport_.send(request, wait_);
}

void ForgeClient::refuse(const net::Response& answer, const std::string& what) const {
  const auto reason = reason_of(answer);
  auto message = forge_ + ": " + what + ": HTTP " + std::to_string(answer.status);
  if (is_rate_limit(answer, reason)) {
    throw Error(ErrorKind::api, message + ": the rate limit of this token is used up", "it passes by itself");
  }
  if (!reason.empty()) message += ": " + reason;
  switch (answer.status) {
    case 203:
    case 302:
    case 401:
      throw Error(ErrorKind::auth, message + ": the token was not accepted", permission_);
    case 403:
    case 404:  // what a token must not see is not there for it
      throw Error(ErrorKind::auth, std::move(message), permission_);
    default:
      throw Error(ErrorKind::api, std::move(message));
  }
}

ForgeClient::Document ForgeClient::get(const std::string& target, const std::string& what) {
  net::Request request;
  request.target = target;
  const auto answer = send(request);
  if (!is_success(answer)) refuse(answer, what);
  Document out{parse(answer, forge_ + ": " + what), false};
  const auto* rows = out.value.if_array();
  const auto link = answer.header("Link");
  out.more = link ? link->find("rel=\"next\"") != std::string_view::npos : rows && rows->size() >= page_size;
  return out;
}

std::optional<boost::json::value> ForgeClient::ask(net::Request request, const std::string& what) {
  const auto answer = send(std::move(request));
  if (answer.status == 401) refuse(answer, what);
  if (!is_success(answer)) return std::nullopt;
  return parse(answer, forge_ + ": " + what);
}

void ForgeClient::create(const std::string& target, const boost::json::value& body) {
  net::Request request;
  request.method = "POST";
  request.target = target;
  request.body = boost::json::serialize(body);
  request.repeatable = false;
  const std::string what = "writing the comment";
  try {
    const auto answer = send(std::move(request));
    if (answer.status >= 500) {
      throw LostAnswer(ErrorKind::api, forge_ + ": " + what + ": HTTP " + std::to_string(answer.status));
    }
    if (!is_success(answer)) refuse(answer, what);
  } catch (const net::TransportError& error) {
    if (!error.maybe_sent() || !error.transient()) throw;
    throw LostAnswer(error.kind(), error.message(), error.hint());
  }
}

bool ForgeClient::update(const char* method, const std::string& target, const boost::json::value& body) {
  net::Request request;
  request.method = method;
  request.target = target;
  request.body = boost::json::serialize(body);
  // The same text twice is the same comment.
  const auto answer = send(std::move(request));
  if (answer.status == 404) return false;
  if (!is_success(answer)) refuse(answer, "updating the comment");
  return true;
}

const boost::json::value& member_of(const boost::json::value& value, std::string_view key) {
  static const boost::json::value absent;
  const auto* object = value.if_object();
  const auto* member = object ? object->if_contains(key) : nullptr;
  return member ? *member : absent;
}

std::string text_of(const boost::json::value& value, std::string_view key) {
  const auto& member = member_of(value, key);
  if (const auto* text = member.if_string()) return {text->data(), text->size()};
  if (const auto* number = member.if_int64()) return std::to_string(*number);
  if (const auto* number = member.if_uint64()) return std::to_string(*number);
  return {};
}

bool has_marker(std::string_view comment, std::string_view marker) {
  auto first = comment.substr(0, comment.find('\n'));
  if (first.ends_with('\r')) first.remove_suffix(1);
  return first == marker;
}

void refuse_more_pages() {
  throw Error(ErrorKind::api, "the merge request has more than " + std::to_string(most_pages * page_size) +
                                  " comments, and this gate's is not among the first of them");
}

std::unique_ptr<Comments> make_comments(const Place& place, net::Transport& transport, net::Wait wait) {
  switch (place.forge) {
    case Forge::github:
      return make_github(place, transport, std::move(wait));
    case Forge::gitlab:
      return make_gitlab(place, transport, std::move(wait));
    case Forge::azure:
      return make_azure(place, transport, std::move(wait));
  }
  throw Error(ErrorKind::internal, "a forge of no kind");
}

}  // namespace kolega::forge
