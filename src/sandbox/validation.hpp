// Judges query parameters and bodies as FastAPI with Pydantic 2 does, and answers 422 in their exact shape.
// Source of words and types: https://docs.pydantic.dev/latest/errors/validation_errors/
// Not for: whether what was asked for exists (handlers_*.cpp).
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "net/server.hpp"

namespace kolega::sandbox {

/// One entry of "detail". `input` and `ctx` are JSON text.
struct Issue {
  std::string type{};
  std::vector<std::string> loc{};         ///< all digits is written as a number
  std::string message{};
  std::string input{"null"};
  std::string ctx{};
};
net::ServerResponse unprocessable(const std::vector<Issue>& issues);

/// Reads query parameters; what is wrong is collected, so that one answer names all of it.
class QueryReader {
 public:
  explicit QueryReader(const std::map<std::string, std::string>& query) : query_(query) {}

  std::int64_t integer(const std::string& name, std::int64_t fallback, std::int64_t least,
                       std::optional<std::int64_t> most = {});
  bool boolean(const std::string& name, bool fallback);
  /// A date-time, or a day for its first instant; both in UTC where no zone is told.
  std::optional<Instant> instant(const std::string& name);
  std::optional<std::string> text(const std::string& name) const;
  std::optional<std::string> word(const std::string& name, std::span<const std::string_view> allowed);

  const std::vector<Issue>& issues() const { return issues_; }

 private:
  const std::map<std::string, std::string>& query_;
  std::vector<Issue> issues_;
};

/// Reads the members of a JSON body; what is wrong is collected, so that one answer names all of it. Where the body is
/// no object at all, that is the one issue and there is nothing to read. Lengths count code points.
class BodyReader {
 public:
  explicit BodyReader(const net::ServerRequest& request);

  bool readable() const { return body_.has_value(); }
  std::string required_text(std::string_view name, std::int64_t least, std::optional<std::int64_t> most = {});
  /// Absent or null is nothing.
  std::optional<std::string> optional_text(std::string_view name);
  /// Absent is nothing, null is wrong.
  std::optional<std::vector<std::string>> texts(std::string_view name, std::size_t least);
  std::optional<std::string> literal(std::string_view name, std::span<const std::string_view> allowed);
  /// What only the handler can judge: FastAPI's answer to a validator that says no.
  void refuse(std::string_view name, std::string_view why);

  const std::vector<Issue>& issues() const { return issues_; }

 private:
  const boost::json::value* find(std::string_view name) const;
  void add(std::string type, std::vector<std::string> loc, std::string message, const boost::json::value& input,
           std::string ctx = {});
  std::vector<Issue> issues_{};  ///< before the body, whose reading adds to it
  std::optional<boost::json::object> body_;
};

/// The member `name` of a JSON body that must be one of the words. Adds to `issues` what is wrong; then nothing.
std::optional<std::string> body_word(const net::ServerRequest& request, std::string_view name,
                                     std::span<const std::string_view> allowed, std::vector<Issue>& issues);

}  // namespace kolega::sandbox
