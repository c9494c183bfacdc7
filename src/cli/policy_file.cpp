#include "cli/policy_file.hpp"

#include <array>
#include <filesystem>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/options.hpp"
#include "cli/policy_parents.hpp"
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

policy::Loaded lint_policy(const PolicyText& source, const Invocation& invocation) {
  auto loaded = policy::lint(source.text, source.name, make_fetch(invocation, source.name));
  if (loaded.policy) {
    const auto late = policy::check_terms(*loaded.policy, invocation.system.now());
    loaded.remarks.insert(loaded.remarks.end(), late.begin(), late.end());
  }
  return loaded;
}

policy::Policy load_policy(const PolicyText& source, const Invocation& invocation) {
  auto loaded = lint_policy(source, invocation);
  if (loaded.policy && !has_errors(loaded.remarks)) {
    for (const auto& remark : loaded.remarks) invocation.printer.remark(render(remark, loaded));
  }
  return policy::require_policy(std::move(loaded), source.name);
}

}  // namespace kolega::cli
