// From the token to the quota: what a run needs, each thing by itself, in the order in which a run needs it.
#include <algorithm>

#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/api_command.hpp"
#include "cli/checkup.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/policy_file.hpp"
#include "net/ca_roots.hpp"
#include "net/dial.hpp"
#include "net/proxy.hpp"
#include "net/retry_policy.hpp"

namespace kolega::cli {

namespace {

constexpr Duration patience = std::chrono::seconds{60};
/// A Date has whole seconds and was some time on its way.
constexpr Duration tolerated_skew = std::chrono::seconds{60};

class Doctor {
 public:
  explicit Doctor(const Invocation& invocation)
      : invocation_(invocation), wait_{invocation.system.steady() + patience, invocation.system.stop} {}

  Checkup examine() {
    check_token();
    check_address();
    check_proxy();
    check_way();
    check_answer();
    check_policy();
    check_repository();
    check_quota();
    return std::move(found_);
  }

 private:
  /// Does one check; what it throws is its result, but a signal ends everything.
  template <class Action>
  bool attempt(std::string_view name, Action action) {
    try {
      action();
      return true;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      found_.fail(name, error);
      return false;
    }
  }

  void check_token() {
    attempt("token", [&] {
      token_ = find_token(invocation_);
      if (!token_) throw no_token();
      if (token_->token.reveal().starts_with("kcp_")) return found_.ok("token", "found in " + token_->source);
      found_.warn("token", "found in " + token_->source + ", but it does not begin as API keys do: kcp_",
                  "make a key under Organization Settings -> API Keys");
    });
  }

  void check_address() {
    attempt("address", [&] {
      const auto connection = resolve_connection(invocation_, token_.value_or(FoundToken{}));
      net::ClientOptions options;
      options.base = net::parse_url(connection.api_url, "the API URL");
      options.allow_http = connection.allow_http;
      options.tls = connection.tls;
      options.environment = invocation_.system.environment;
      options.user_agent = std::string(program_name) + "/" + std::string(version());
      if (options.base.scheme != "https" && !options.base.loopback() && !options.allow_http) {
        throw Error(ErrorKind::usage,
                    options.base.origin() + " is not encrypted: the token could be read on its way",
                    "use https, or allow plain http with --allow-http");
      }
      found_.ok("address", options.base.origin() + options.base.path);
      options_ = std::move(options);
    });
  }

  void check_proxy() {
    if (!options_) return found_.skip("proxy", "needs address");
    const bool known = attempt("proxy", [&] {
      const auto choice = net::choose_proxy(options_->base, options_->environment);
      found_.ok("proxy",
                choice.proxy ? choice.proxy->origin() + ", from " + choice.reason : "none: " + choice.reason);
    });
    if (!known) options_.reset();
  }

  /// The steps to an encrypted connection; the one that fails is the first that is not reported as done.
  void check_way() {
    std::vector<std::string_view> steps{"names", "connection"};
    std::optional<net::Dialer> dialer;
    if (options_) {
      dialer.emplace(*options_);
      if (dialer->tunnelled()) steps.push_back("tunnel");
    }
    steps.push_back("tls");
    std::size_t done = 0;
    const auto watch = [&](net::DialStep step, const std::string& detail) {
      found_.ok(steps[done++], step == net::DialStep::tls ? detail + "; " + describe_trust() : detail);
    };
    if (dialer) {
      try {
        dialer->dial(wait_, watch);
        if (options_->base.scheme != "https") found_.ok(steps[done++], "not used: the address is plain http");
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted) throw;
        found_.fail(steps[done++], error);
      }
    }
    reachable_ = dialer && found_.checks().back().state == Check::State::ok;
    for (; done < steps.size(); ++done)
      found_.skip(steps[done], "needs " + std::string(found_.checks().back().name));
  }

  std::string describe_trust() const {
    const auto roots = net::find_ca_roots(options_->tls, options_->environment);
    const auto named = !options_->tls.ca_file.empty()                ? "--ca-file"
                       : options_->environment.find("SSL_CERT_FILE") ? "SSL_CERT_FILE"
                       : options_->environment.find("SSL_CERT_DIR")  ? "SSL_CERT_DIR"
                                                                     : "the system's";
    return "trusted by " + (roots.file.empty() ? roots.directory : roots.file) + " (" + named + ")";
  }

  /// The clock and the key are both told by the first answer, whatever it says.
  void check_answer() {
    if (!reachable_) {
      found_.skip("clock", "needs tls");
      return found_.skip("key", "needs tls");
    }
    transport_ = net::make_retrying(net::make_http_transport(*options_), invocation_.system, {.budget = 1});
    if (!token_) {
      attempt("clock", [&] { compare_clock(ask_without_key()); });
      return found_.skip("key", "needs token");
    }
    client_.emplace(*transport_, token_->token, wait_);
    std::optional<api::Me> me;
    std::optional<Error> refused;
    try {
      me = client_->me();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      refused = error;
    }
    compare_clock(client_->server_time());
    if (refused) return found_.fail("key", *refused);
    tell_key(*me);
    accepted_ = true;
  }

  std::optional<Instant> ask_without_key() {
    net::Request request;
    request.target = "/api/v1/me";
    const auto answer = transport_->send(request, wait_);
    const auto date = answer.header("Date");
    return date ? net::parse_http_date(trim(*date)) : std::nullopt;
  }

  /// The reference does not say how scopes are called, so they are shown and not judged.
  void tell_key(const api::Me& me) {
    found_.ok("key", "accepted: " + me.key_name + " of " + me.organization_name +
                         (me.scopes.empty() ? "" : ", scopes " + join(me.scopes, " ")));
  }

  void compare_clock(const std::optional<Instant>& server) {
    if (!server) return found_.skip("clock", "the server does not tell its time");
    const auto skew = std::chrono::duration_cast<Duration>(invocation_.system.now() - *server);
    const auto size = skew < Duration::zero() ? -skew : skew;
    if (size <= tolerated_skew) return found_.ok("clock", "agrees with the server's");
    found_.warn("clock",
                "this machine is " + render_duration(size) +
                    (skew < Duration::zero() ? " behind" : " ahead of") + " the server",
                "set the clock (NTP): certificates, waivers and ages depend on it");
  }

  void check_policy() {
    attempt("policy", [&] {
      const auto source = find_policy(invocation_);
      policy_ = load_policy(source, invocation_);
      found_.ok("policy", policy_->name + " (" + source.name + "), " + plural(policy_->rules.size(), "rule"));
    });
  }

  void check_repository() {
    if (!accepted_) return found_.skip("repository", "needs key");
    attempt("repository", [&] {
      const auto repository = resolve_repository(*client_, invocation_);
      found_.ok("repository", repository.name + " (" + repository.id + ")");
    });
  }

  /// Of the counters that the policy's scans draw on; of all without a policy.
  void check_quota() {
    if (!accepted_) return found_.skip("quota", "needs key");
    attempt("quota", [&] {
      const auto quota = client_->quota();
      std::vector<std::string> left;
      std::vector<std::string> spent;
      for (const auto& [name, counter, type] :
           {Counter{"sast_scans", &quota.sast_scans, ScanType::semgrep_scan},
            Counter{"deep_ai_scans", &quota.deep_ai_scans, ScanType::deep_ai_scan}}) {
        if (!draws_on(quota, type)) continue;
        left.push_back(std::string(name) + " " + std::to_string(counter->remaining) + " left");
        if (counter->remaining <= 0) spent.emplace_back(name);
      }
      if (spent.empty()) return found_.ok("quota", join(left, ", "));
      const auto end =
          quota.period_end ? "; it starts anew at " + format_instant_seconds(*quota.period_end) : "";
      found_.fail("quota", "nothing is left of " + join(spent, ", ") + end,
                  "wait for the next period or extend the plan", exit_code(Cause::quota));
    });
  }

  struct Counter {
    std::string_view name{};
    const api::QuotaCounter* counter{};
    ScanType type{};
  };

  bool draws_on(const api::Quota& quota, ScanType counted) const {
    if (!policy_) return true;
    return std::ranges::any_of(
        policy_->scan.types, [&](ScanType type) { return &quota.counter(type) == &quota.counter(counted); });
  }

  const Invocation& invocation_;
  net::Wait wait_;
  Checkup found_;
  std::optional<FoundToken> token_{};
  std::optional<net::ClientOptions> options_{};
  bool reachable_{};
  std::unique_ptr<net::Transport> transport_{};
  std::optional<api::Client> client_{};
  bool accepted_{};
  std::optional<policy::Policy> policy_{};
};

int run(const Invocation& invocation) {
  const auto found = Doctor(invocation).examine();
  auto& out = invocation.streams.out;
  if (invocation.arguments.has("json")) {
    found.write_json(out.bytes());
  } else {
    found.write_text(out);
  }
  out.flush();
  return found.exit_code();
}

}  // namespace

Command command_doctor() {
  return {
      .name = "doctor",
      .summary = "check what a run needs: token, network, TLS, clock, policy, repository, quota",
      .description =
          "Checks each thing that a run needs and says what to do about what is wrong. It goes on after a "
          "failure as "
          "far as the other checks can still tell something, and starts no scan. Exit code 0 when nothing "
          "failed, else "
          "that of the first failure: 2 address or policy, 3 quota, 4 token or repository, 5 network or API.",
      .options = options_of({{{.names = "--json", .help = "print the checks as a document"}},
                             policy_options(),
                             repository_options(),
                             connection_options(),
                             output_options()}),
      .examples = {{"doctor", "why does the gate not run here?"},
                   {"doctor --policy strict.yaml --repository acme/shop", "with what the job will use"}},
      .run = run,
  };
}

}  // namespace kolega::cli
