// A client of the API, ready to use: the real service, or a sandbox of our own for --sandbox.
// Not for: what is asked of it.
#pragma once

#include <memory>
#include <string>

#include "api/client.hpp"
#include "cli/options.hpp"
#include "net/server.hpp"
#include "sandbox/sandbox.hpp"

namespace kolega::cli {

/// A sandbox with its server, on a free port unless told otherwise.
class LocalSandbox {
 public:
  LocalSandbox(sandbox::Config config, Secret token, std::uint16_t port, const sys::System& system);
  std::string url() const { return server_.url(); }

 private:
  sandbox::Sandbox sandbox_;
  net::Server server_;
};

class Session {
 public:
  /// Throws Error(auth) without a token, Error(usage) for what cannot be used. Waits end at `deadline` or a
  /// stop.
  Session(const Invocation& invocation, sys::SteadyTime deadline);

  api::Client& client() { return *client_; }
  const std::string& api_url() const noexcept { return api_url_; }
  /// Closes the connection of client(), which is not used any more.
  void hang_up();
  /// One more connection to the same place, which repeats nothing by itself; for any thread.
  std::unique_ptr<net::Transport> connect() const { return net::make_http_transport(options_); }
  const Secret& token() const noexcept { return token_; }

 private:
  std::unique_ptr<LocalSandbox> sandbox_{};
  std::string api_url_{};
  Secret token_{};
  net::ClientOptions options_{};
  std::unique_ptr<net::Transport> transport_{};
  std::unique_ptr<api::Client> client_{};
};

/// Config of --sandbox[=CONFIG] and of `sandbox --config`; without a file: the directory and the scanners on
/// PATH.
sandbox::Config load_sandbox_config(const std::string& file, const std::string& directory,
                                    const sys::System& system);

/// The id that --repository or KOLEGA_REPOSITORY gives; nothing when it is a name, which has to be looked up.
std::optional<std::string> named_repository_id(const Invocation& invocation);
/// The repository meant by --repository, KOLEGA_REPOSITORY, the CI or git.
Repository resolve_repository(api::Client& client, const Invocation& invocation);
/// The same where the policy may name one, empty when it does not: option and variable come first and must
/// mean the same (else Error(usage)), what is detected comes after it; `notes` are told when that is another
/// one.
Repository resolve_repository(api::Client& client, const Invocation& invocation, const std::string& of_policy,
                              std::vector<std::string>& notes);

}  // namespace kolega::cli
