#include "api/http_error.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

namespace kolega::api {

QuotaError::QuotaError(std::string message, std::string quota_type, std::string hint)
    : Error(ErrorKind::quota, std::move(message), std::move(hint)), quota_type_(std::move(quota_type)) {}

HttpError::HttpError(ErrorKind kind, net::Response answer, std::string message, std::string hint)
    : Error(kind, std::move(message), std::move(hint)), answer_(std::move(answer)) {
  answer_.body.clear();
}

namespace {

constexpr std::size_t body_limit = 64 * 1024;
constexpr std::size_t shown_text = 200;
constexpr std::size_t shown_fields = 10;

/// What an error body says; each part may be missing.
struct ErrorBody {
  std::string text{};
  std::string quota_type{};
};

std::string_view string_member(const boost::json::object& object, std::string_view key) {
  const auto* member = object.if_contains(key);
  const auto* text = member ? member->if_string() : nullptr;
  return text ? std::string_view(text->data(), text->size()) : std::string_view{};
}

/// "body.scan_type" from FastAPI's ["body", "scan_type"].
std::string describe_location(const boost::json::object& fault) {
  std::string out;
  const auto* loc = fault.if_contains("loc");
  const auto* steps = loc ? loc->if_array() : nullptr;
  if (!steps) return out;
  for (const auto& step : *steps) {
    if (!out.empty()) out += '.';
    if (const auto* name = step.if_string()) out.append(name->data(), name->size());
    if (const auto* index = step.if_int64()) out += std::to_string(*index);
  }
  return out;
}

/// FastAPI's list of faults, "field: why" each.
std::string describe_faults(const boost::json::array& faults) {
  std::string out;
  std::size_t shown = 0;
  for (const auto& item : faults) {
    const auto* fault = item.if_object();
    if (!fault) continue;
    if (shown++ == shown_fields) return out + "; ...";
    if (!out.empty()) out += "; ";
    const auto location = describe_location(*fault);
    out += location.empty() ? "" : printable(location, 80) + ": ";
    out += printable(string_member(*fault, "msg"), 120);
  }
  return out;
}

std::string one_line(std::string_view text) {
  return printable(collapse_white_space(text.substr(0, 16 * shown_text)), shown_text);
}

void read_object(const boost::json::object& object, ErrorBody& body) {
  if (const auto type = string_member(object, "quota_type"); !type.empty())
    body.quota_type = printable(type, 60);
  const auto* detail = object.if_contains("detail");
  if (!detail) return;
  if (const auto* text = detail->if_string()) body.text = one_line({text->data(), text->size()});
  if (const auto* faults = detail->if_array()) body.text = describe_faults(*faults);
  if (const auto* inner = detail->if_object()) read_object(*inner, body);
}

/// An error body need not be JSON: proxies answer HTML.
ErrorBody read_error_body(std::string_view text) {
  ErrorBody body;
  const auto trimmed = trim(text);
  if (trimmed.empty()) return body;
  if (trimmed.front() == '{' && text.size() <= body_limit) {
    try {
      const auto root = parse_json(trimmed, "error body", ErrorKind::api, {.depth = 16});
      read_object(root.as_object(), body);
      return body;
    } catch (const Error&) {
      // Shown as the text that it is.
    }
  }
  body.text = (trimmed.front() == '<' ? "an HTML page: " : "") + one_line(trimmed);
  return body;
}

/// The resource that a path is about: "scans" of /api/v1/repositories/ID/scans/BATCH?x=y.
std::string resource_of(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  const auto steps = split(path, '/');  // "", "api", "v1", resource, id, part, ...
  if (steps.size() > 5) return std::string(steps[5]);
  return steps.size() > 3 ? std::string(steps[3]) : std::string(path);
}

std::string scope_hint(const FailedCall& call) {
  return "the key may lack the scope to " + std::string(call.method == "GET" ? "read " : "write ") +
         resource_of(call.target) + "; 'kolega-gate me' shows its scopes";
}

[[noreturn]] void throw_quota_error(const ErrorBody& body, const FailedCall& call) {
  auto message = call.what + ": nothing is left of the quota '" + body.quota_type + "'";
  if (call.quota_period_end)
    message += ", which starts anew at " + format_instant_seconds(*call.quota_period_end);
  if (!body.text.empty()) message += " (" + body.text + ")";
  throw QuotaError(std::move(message), body.quota_type,
                   "wait for the next period or extend the plan; 'kolega-gate quota' shows what is left");
}

/// Of what every key and every server of the API has: where it is not found, the address is not the API's.
bool is_always_there(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  return path.ends_with("/api/v1/repositories") || path.ends_with("/api/v1/me") ||
         path.ends_with("/api/v1/quotas/balance");
}

struct Meaning {
  ErrorKind kind{ErrorKind::api};
  std::string why{};
  std::string hint{};
};

Meaning meaning_of(int status, const FailedCall& call) {
  if (status >= 300 && status < 400) {
    return {ErrorKind::api, "the server redirects, and redirects are not followed",
            "give the final address with --api-url or KOLEGA_API_URL"};
  }
  switch (status) {
    case 401:
      return {ErrorKind::auth, "the key was not accepted",
              "set KOLEGA_TOKEN to a valid key (Organization Settings -> API Keys)"};
    case 403:
      return {ErrorKind::auth, "not allowed with this key", scope_hint(call)};
    case 404:
      if (is_always_there(call.target)) {
        return {ErrorKind::not_found, "this address is not that of the API",
                "check --api-url or KOLEGA_API_URL; 'kolega-gate doctor' tries it"};
      }
      return {ErrorKind::not_found, "there is no such thing, or this key must not see it", {}};
    case 409:
      return {ErrorKind::api, "in conflict with what is there already", {}};
    case 422:
      return {ErrorKind::api, "the request was refused", {}};
    default:
      return {};
  }
}

}  // namespace

void throw_http_error(const net::Response& answer, const FailedCall& call) {
  const auto body = read_error_body(answer.body);
  if (answer.status == 403 && !body.quota_type.empty()) throw_quota_error(body, call);
  auto meaning = meaning_of(answer.status, call);
  auto message = call.what + ": HTTP " + std::to_string(answer.status);
  if (!meaning.why.empty()) message += ": " + meaning.why;
  if (!body.text.empty()) message += ": " + body.text;
  throw HttpError(meaning.kind, answer, std::move(message), std::move(meaning.hint));
}

}  // namespace kolega::api
