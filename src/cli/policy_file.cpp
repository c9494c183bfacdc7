#include "cli/policy_file.hpp"

#include <array>
#include <filesystem>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/options.hpp"
#include "cli/printer.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

constexpr std::array<std::string_view, 3> places{".kolega/policy.yaml", ".kolega/policy.yml",
                                                 "kolega-policy.yaml"};
constexpr std::string_view builtin_prefix = "builtin:";
constexpr std::uint64_t largest_policy = 1024 * 1024;  // as base/yaml.hpp

PolicyText read_builtin(const std::string& given) {
  const auto name = given.substr(builtin_prefix.size());
  const auto* builtin = policy::find_builtin(name);
  if (builtin) return {given, std::string(builtin->text)};
  std::vector<std::string_view> names;
  for (const auto& known : policy::builtins()) names.push_back(known.name);
  throw Error(ErrorKind::policy, "there is no built-in policy '" + printable(name, 60) + "'",
              suggest(name, names));
}

}  // namespace

std::optional<std::string> named_policy(const Invocation& invocation) {
  return flag_or_environment(invocation, "policy", "KOLEGA_POLICY");
}

std::optional<PolicyText> find_default_policy(const std::string& directory) {
  for (const auto place : places) {
    const auto path = directory + "/" + std::string(place);
    std::error_code unreadable;
    // A dangling link is no absence: reading it then says what is wrong.
    if (std::filesystem::symlink_status(path, unreadable).type() == std::filesystem::file_type::not_found)
      continue;
    return PolicyText{std::string(place), sys::read_file(path, ErrorKind::policy, largest_policy)};
  }
  return std::nullopt;
}

PolicyText find_policy(const std::string& given, const std::string& directory) {
  if (given.starts_with(builtin_prefix)) return read_builtin(given);
  if (!given.empty()) return {given, sys::read_file(given, ErrorKind::policy, largest_policy)};
  if (auto found = find_default_policy(directory)) return std::move(*found);
  std::string looked_at = "looked at:";
  for (const auto place : places) looked_at += "\n  " + printable(directory) + "/" + std::string(place);
  throw Error(ErrorKind::policy, "no policy found", "write one with: kolega-gate policy init")
      .with_excerpt(looked_at);
}

PolicyText find_policy(const Invocation& invocation) {
  return find_policy(named_policy(invocation).value_or(""), invocation.system.working_directory);
}

namespace {

void require_terms(const policy::Policy& policy, const PolicyText& source, Instant now) {
  const auto remarks = policy::check_terms(policy, now);
  if (remarks.empty()) return;
  std::vector<std::string> shown;
  for (const auto& remark : remarks) shown.push_back(render(remark, source.text));
  throw Error(ErrorKind::policy,
              source.name + ": the policy does not load: " + plural(remarks.size(), "error"))
      .with_excerpt(join(shown, "\n"));
}

}  // namespace

policy::Policy load_policy(const PolicyText& source, const Invocation& invocation) {
  auto loaded = policy::lint(source.text, source.name);
  if (!loaded.policy || has_errors(loaded.remarks)) return policy::parse_policy(source.text, source.name);
  for (const auto& remark : loaded.remarks) invocation.printer.remark(render(remark, loaded.text));
  require_terms(*loaded.policy, source, invocation.system.now());
  if (loaded.policy->sources.empty()) loaded.policy->sources = {{source.name, sha256_hex(source.text)}};
  return std::move(*loaded.policy);
}

}  // namespace kolega::cli
