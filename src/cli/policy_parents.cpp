#include "cli/policy_parents.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/printer.hpp"
#include "net/transport.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_policy = 1024 * 1024;  // as base/yaml.hpp
constexpr std::chrono::seconds patience{30};

bool is_inside(const fs::path& path, const fs::path& directory) {
  const auto relative = path.lexically_relative(directory);
  return !relative.empty() && *relative.begin() != "..";
}

/// The directory that parents may not leave.
fs::path find_root(const fs::path& file, const fs::path& working_directory) {
  std::error_code problem;
  const auto directory = fs::weakly_canonical(file, problem).parent_path();
  for (auto at = directory; !at.empty(); at = at.parent_path()) {
    if (fs::exists(at / ".git", problem)) return at;
    if (at == at.root_path()) break;
  }
  const auto here = fs::weakly_canonical(working_directory, problem);
  return is_inside(directory, here) ? here : directory;
}

class ParentReader {
 public:
  ParentReader(const Invocation& invocation, const std::string& file)
      : invocation_(invocation),
        directory_(invocation.system.working_directory),
        root_(find_root(place(file), directory_)) {}

  policy::Fetched fetch(const policy::Parent& parent, const std::string& from) const {
    try {
      return parent.kind == policy::Parent::Kind::url ? fetch_url(parent.where)
                                                      : read_path(parent.where, from);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      // Hints about the connection name the options of the API's address.
      const bool of_network = dynamic_cast<const net::TransportError*>(&error) != nullptr;
      return {.problem = error.message(),
              .hint = of_network ? "check the address in 'extends', the network and HTTPS_PROXY; for a company's own "
                                   "authority --ca-file"
                                 : error.hint()};
    }
  }

 private:
  fs::path place(const std::string& name) const { return directory_ / name; }

  policy::Fetched read_path(const std::string& where, const std::string& from) const {
    const auto name = (fs::path(from).parent_path() / where).lexically_normal().string();
    std::error_code problem;
    const auto path = fs::canonical(place(name), problem);
    // Links are followed first: one that leads outside is no way around.
    if (!is_inside(problem ? fs::weakly_canonical(place(name), problem) : path, root_)) {
      return {.problem = "'" + printable(where, 60) + "' is outside of " + printable(root_.string(), 200),
              .hint = "a policy can only name files of its own repository; use builtin: or url for others"};
    }
    return {.name = name, .text = sys::read_file(place(name).string(), ErrorKind::policy, largest_policy)};
  }

  policy::Fetched fetch_url(const std::string& where) const {
    const auto url = net::parse_url(where, "the URL of the policy");
    net::ClientOptions options;
    options.base = url;
    options.base.path.clear();
    options.tls.ca_file = invocation_.arguments.find("ca-file").value_or("");
    options.environment = invocation_.system.environment;
    options.body_limit = largest_policy;
    options.user_agent = std::string(program_name) + "/" + std::string(version());
    auto& printer = invocation_.printer;
    const auto transport =
        net::make_retrying(net::make_http_transport(std::move(options)), invocation_.system, {.budget = 3},
                           [&printer](const std::string& text) { printer.note(text); });
    const net::Wait wait{invocation_.system.steady() + patience, invocation_.system.stop};
    auto response = transport->send({.target = url.path}, wait);
    if (response.status >= 300 && response.status < 400)
      return {.problem = where + " leads to another address, which is not followed",
              .hint = "name that one here"};
    if (response.status != 200)
      return {.problem = where + " answers " + std::to_string(response.status),
              .hint = "no token is sent; it must be readable without one"};
    if (response.body.size() > largest_policy) return {.problem = where + " is larger than 1 MiB"};
    return {.name = where, .text = std::move(response.body)};
  }

  const Invocation& invocation_;
  fs::path directory_;
  fs::path root_;
};

}  // namespace

policy::Fetch make_fetch(const Invocation& invocation, const std::string& file) {
  return [reader = ParentReader(invocation, file)](const policy::Parent& parent, const std::string& from) {
    return reader.fetch(parent, from);
  };
}

}  // namespace kolega::cli
