#include "cli/break_glass.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "gate/bypass.hpp"

namespace kolega::cli {

namespace {

constexpr std::size_t longest_part = 2000;
constexpr std::string_view usage = "write --break-glass reason=...,ticket=...";

[[noreturn]] void fail(const std::string& why, std::string hint = std::string(usage)) {
  throw Error(ErrorKind::usage, "--break-glass: " + why, std::move(hint));
}

/// "reason" of "reason=...", when the text begins with a word and '='.
std::string_view name_in(std::string_view text) {
  const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
  return end != std::string_view::npos && end > 0 && text[end] == '=' ? text.substr(0, end)
                                                                      : std::string_view{};
}

std::string& part_of(gate::Bypass& bypass, std::string_view name) {
  if (name == policy::name_of(policy::BypassField::reason)) return bypass.reason;
  if (name == policy::name_of(policy::BypassField::ticket)) return bypass.ticket;
  fail("there is no part '" + printable(name, 40) + "'", suggest(name, policy::bypass_field_names));
}

void take(gate::Bypass& bypass, std::string_view piece) {
  const auto name = name_in(piece);
  auto& part = part_of(bypass, name);
  const auto value = trim(piece.substr(name.size() + 1));
  if (!part.empty()) fail("'" + std::string(name) + "' is given twice");
  if (value.empty()) fail("'" + std::string(name) + "' is empty");
  if (value.size() > longest_part)
    fail("'" + std::string(name) + "' is longer than " + std::to_string(longest_part) + " bytes");
  if (find_invalid_utf8(value)) fail("'" + std::string(name) + "' is not UTF-8");
  part = std::string(value);
}

std::string names_of(const std::vector<policy::BypassField>& fields) {
  std::vector<std::string> names;
  for (const auto field : fields) names.emplace_back(name_of(field));
  return join(names, ", ");
}

}  // namespace

std::vector<Option> break_glass_options() {
  return {{.names = "--break-glass",
           .value = "PARTS",
           .help = "let this run pass whatever it finds, where the policy allows it: reason=...,ticket=...",
           .repeatable = true}};
}

gate::Bypass parse_bypass(const std::vector<std::string>& given) {
  gate::Bypass bypass;
  for (const auto& text : given) {
    std::string piece;
    for (const auto step : split(text, ',')) {
      if (name_in(step).empty()) {
        if (piece.empty()) fail("'" + printable(step, 40) + "' is not NAME=TEXT");
        piece += "," + std::string(step);
        continue;
      }
      if (!piece.empty()) take(bypass, piece);
      piece = step;
    }
    take(bypass, piece);
  }
  return bypass;
}

std::optional<gate::Bypass> resolve_bypass(const Invocation& invocation) {
  if (!invocation.arguments.has("break-glass")) return std::nullopt;
  return parse_bypass(invocation.arguments.all("break-glass"));
}

void require_bypass_allowed(const gate::Inputs& inputs) {
  if (!inputs.bypass || !inputs.policy) return;
  const auto& terms = inputs.policy->break_glass;
  if (!terms)
    fail("the policy does not allow it", "it would need 'break_glass: {require: [reason, ticket]}'");
  if (!inputs.subject.change.empty() && !inputs.trusted_policy) {
    fail("in a merge request only the base side's policy can allow it",
         "give that as --trusted-policy: the one of the merge request could allow itself");
  }
  const auto missing = gate::missing_fields(*terms, *inputs.bypass);
  if (!missing.empty()) fail("the policy requires what is not said: " + names_of(missing));
}

}  // namespace kolega::cli
