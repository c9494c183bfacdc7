#include "sandbox/device_login.hpp"

#include <algorithm>

namespace kolega::sandbox {

namespace {

constexpr std::chrono::minutes lifetime{10};
constexpr std::size_t most_devices = 100;
constexpr std::string_view grant = "urn:ietf:params:oauth:grant-type:device_code";
/// Without letters that look alike.
constexpr std::string_view readable = "BCDFGHJKLMNPQRSTVWXZ";

std::map<std::string, std::string> form_of(const net::ServerRequest& request) {
  return parse_target("/?" + request.body).query;
}

std::string field(const std::map<std::string, std::string>& form, const std::string& name) {
  const auto found = form.find(name);
  return found == form.end() ? std::string{} : found->second;
}

net::ServerResponse oauth_error(std::string_view error, std::string_view description) {
  return json_answer(400, [&](JsonWriter& json) {
    json.begin_object().member("error", error).member("error_description", description).end_object();
  });
}

/// The address that the device reached us by; nothing of a header goes into it but a plain name and port.
std::string base_url(const net::ServerRequest& request) {
  const auto host = request.header("Host").value_or("127.0.0.1");
  const bool plain = std::ranges::all_of(host, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == ':' || c == '-';
  });
  return "http://" + (plain ? std::string(host) : std::string("127.0.0.1"));
}

}  // namespace

std::optional<net::ServerResponse> DeviceLogin::answer(const net::ServerRequest& request,
                                                       const Target& target) {
  const auto& path = target.segments;
  if (path.size() < 2 || path[0] != "oauth") return std::nullopt;
  const bool post = request.method == "POST";
  forget_old();
  if (path.size() == 3 && path[1] == "device" && path[2] == "code")
    return post ? begin(request) : method_not_allowed({"POST"});
  if (path.size() == 2 && path[1] == "token") return post ? hand_out(request) : method_not_allowed({"POST"});
  if (path.size() != 2 || path[1] != "device") return std::nullopt;
  if (post) return approve(request);
  if (request.method != "GET") return method_not_allowed({"GET", "POST"});
  return page(field(target.query, "user_code"), 200, "");
}

void DeviceLogin::forget_old() {
  const auto now = system_.steady();
  while (!devices_.empty() && (devices_.size() > most_devices || now - devices_.front().asked > lifetime))
    devices_.pop_front();
}

std::string DeviceLogin::random_text(std::string_view letters, std::size_t length) const {
  std::string out;
  while (out.size() < length) {
    const auto at = static_cast<std::size_t>(system_.random() * static_cast<double>(letters.size()));
    out += letters[std::min(at, letters.size() - 1)];
  }
  return out;
}

net::ServerResponse DeviceLogin::begin(const net::ServerRequest& request) {
  const auto& device = devices_.emplace_back(Device{random_text("0123456789abcdef", 32),
                                                    random_text(readable, 4) + "-" + random_text(readable, 4),
                                                    system_.steady(), false});
  const auto page = base_url(request) + "/oauth/device";
  return json_answer(200, [&](JsonWriter& json) {
    json.begin_object().member("device_code", device.code).member("user_code", device.user_code);
    json.member("verification_uri", page);
    json.member("verification_uri_complete", page + "?user_code=" + device.user_code);
    json.member("expires_in", std::chrono::seconds(lifetime).count()).member("interval", 1).end_object();
  });
}

net::ServerResponse DeviceLogin::hand_out(const net::ServerRequest& request) {
  const auto form = form_of(request);
  if (field(form, "grant_type") != grant)
    return oauth_error("unsupported_grant_type", "only device codes are known");
  const auto code = field(form, "device_code");
  const auto device = std::ranges::find(devices_, code, &Device::code);
  if (device == devices_.end()) return oauth_error("expired_token", "the code is unknown or too old");
  if (!device->approved) return oauth_error("authorization_pending", "nobody has approved it yet");
  devices_.erase(device);
  return json_answer(200, [this](JsonWriter& json) {
    json.begin_object().member("access_token", token_.reveal()).member("token_type", "Bearer").end_object();
  });
}

net::ServerResponse DeviceLogin::approve(const net::ServerRequest& request) {
  const auto form = form_of(request);
  const auto user_code = field(form, "user_code");
  const auto device = std::ranges::find(devices_, user_code, &Device::user_code);
  if (device == devices_.end()) return page("", 404, "This code is unknown or too old.");
  if (field(form, "token") != token_.reveal())
    return page(user_code, 403, "This is not the sandbox's token.");
  device->approved = true;
  return page("", 200, "Approved. The device goes on by itself.");
}

/// Only codes that were made here are shown: they have nothing to escape.
net::ServerResponse DeviceLogin::page(const std::string& user_code, int status, std::string_view note) const {
  const bool known = std::ranges::find(devices_, user_code, &Device::user_code) != devices_.end();
  net::ServerResponse response;
  response.status = status;
  response.headers = {
      {"Content-Type", "text/html; charset=utf-8"},
      {"Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'"},
      {"Cache-Control", "no-store"}};
  response.body = "<!doctype html><title>kolega-gate sandbox</title><h1>Log a device in</h1><p>" +
                  std::string(note) +
                  "</p><form method=\"post\"><p><label>Code <input name=\"user_code\" value=\"" +
                  (known ? user_code : std::string{}) +
                  "\"></label><p><label>The sandbox's token, from its second line <input name=\"token\" "
                  "type=\"password\"></label><p><button>Approve</button></form>\n";
  return response;
}

}  // namespace kolega::sandbox
