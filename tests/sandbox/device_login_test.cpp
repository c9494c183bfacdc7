// The login without a token, as the official client does it (@kolegaai/cli 2.0.0,
// src/api/auth-device-flow.ts).
#include <doctest/doctest.h>

#include "rig.hpp"

using namespace kolega;
using namespace kolega::test;

namespace {

struct Login {
  Login() : rig(one_repository(dir.path().string(), "true")) {}

  Answer ask(const std::string& host = "127.0.0.1:8080") {
    return rig.send({"POST",
                     "/oauth/device/code",
                     {{"Host", host}, {"Content-Type", "application/json"}},
                     R"({"client_name":"kolega-cli/2.0.0"})"});
  }
  Answer form(const std::string& path, const std::string& body) {
    return rig.send({"POST", path, {{"Content-Type", "application/x-www-form-urlencoded"}}, body});
  }
  Answer token_for(const std::string& code) {
    return form("/oauth/token",
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=" + code);
  }
  Answer approve(const std::string& user_code, const std::string& token = rig_token) {
    return form("/oauth/device", "user_code=" + user_code + "&token=" + token);
  }

  TempDir dir{};
  SandboxRig rig;
};

}  // namespace

TEST_CASE("a device gets the token once somebody who has it approves, and once only") {
  Login login;
  const auto device = login.ask();
  REQUIRE(device.status() == 200);
  const auto code = device.text("/device_code");
  const auto user_code = device.text("/user_code");
  CHECK(device.text("/verification_uri") == "http://127.0.0.1:8080/oauth/device");
  CHECK(device.text("/verification_uri_complete").ends_with("?user_code=" + user_code));
  CHECK(device.number("/expires_in") == 600);
  CHECK(device.number("/interval") == 1);
  CHECK(login.token_for(code).status() == 400);
  CHECK(login.token_for(code).text("/error") == "authorization_pending");
  CHECK(login.approve(user_code, "wrong").status() == 403);
  CHECK(login.token_for(code).text("/error") == "authorization_pending");
  CHECK(login.approve(user_code).status() == 200);
  const auto token = login.token_for(code);
  CHECK(token.status() == 200);
  CHECK(token.text("/access_token") == rig_token);
  CHECK(token.text("/token_type") == "Bearer");
  CHECK(login.token_for(code).text("/error") == "expired_token");
}

TEST_CASE("codes end, unknown ones and other grants are refused, nothing hostile comes back") {
  Login login;
  const auto device = login.ask("evil.example/<script>");
  CHECK(device.text("/verification_uri") == "http://127.0.0.1/oauth/device");
  login.rig.advance(std::chrono::minutes(11));
  CHECK(login.token_for(device.text("/device_code")).text("/error") == "expired_token");
  CHECK(login.approve(device.text("/user_code")).status() == 404);
  CHECK(login.form("/oauth/token", "grant_type=password").text("/error") == "unsupported_grant_type");
  const auto page = login.rig.send({"GET", "/oauth/device?user_code=%22%3E%3Cscript%3E", {}, ""});
  CHECK(page.status() == 200);
  CHECK(page.response.body.find("script") == std::string::npos);
  CHECK(login.rig.send({"GET", "/oauth/token", {}, ""}).status() == 405);
  CHECK(login.rig.send({"DELETE", "/oauth/device", {}, ""}).status() == 405);
  CHECK(login.rig.send({"GET", "/oauth", {}, ""}).status() == 404);
  CHECK(login.rig.send({"POST", "/oauth/other", {}, ""}).status() == 404);
}
