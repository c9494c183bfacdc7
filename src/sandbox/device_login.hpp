// The login of the official command line client without a token (OAuth 2.0 device authorization, RFC 8628): a
// device asks for a code, a person approves it with the sandbox's token, and the device gets that token. Not
// for: the public API, whose contract does not know these paths (routes.cpp).
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "base/secret.hpp"
#include "sandbox/http.hpp"
#include "sandbox/store.hpp"
#include "sys/system.hpp"

namespace kolega::sandbox {

class DeviceLogin {
 public:
  DeviceLogin(const Secret& token, const sys::System& system) : token_(token), system_(system) {}

  /// Nothing when the path is none of the login's.
  std::optional<net::ServerResponse> answer(const net::ServerRequest& request, const Target& target);

 private:
  struct Device {
    std::string code{};       ///< the device's, secret
    std::string user_code{};  ///< what a person compares
    sys::SteadyTime asked{};
    bool approved{};
  };
  net::ServerResponse begin(const net::ServerRequest& request);
  net::ServerResponse hand_out(const net::ServerRequest& request);
  net::ServerResponse approve(const net::ServerRequest& request);
  net::ServerResponse page(const std::string& user_code, int status, std::string_view note) const;
  std::string random_text(std::string_view letters, std::size_t length) const;
  void forget_old();

  const Secret& token_;
  const sys::System& system_;
  std::deque<Device> devices_{};
};

}  // namespace kolega::sandbox
