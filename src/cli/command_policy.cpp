// policy init, check, show and schema: the policy without a scan.
#include <algorithm>
#include <array>
#include <filesystem>
#include <ostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/policy_file.hpp"
#include "cli/printer.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

constexpr std::string_view default_place = ".kolega/policy.yaml";
constexpr std::string_view default_template = "starter";

std::vector<std::string_view> builtin_words() {
  std::vector<std::string_view> words;
  for (const auto& builtin : policy::builtins()) words.push_back(builtin.name);
  return words;
}

void print(const sys::Streams& streams, std::string_view text) {
  streams.out.bytes() << text;
  streams.out.flush();
}

/// `--template`, else the starter, else the first that there is.
const policy::Builtin& template_of(const Invocation& invocation) {
  const auto given = invocation.arguments.find("template");
  const auto name = given.value_or(std::string(default_template));
  if (const auto* builtin = policy::find_builtin(name)) return *builtin;
  if (!given && !policy::builtins().empty()) return policy::builtins().front();
  throw Error(ErrorKind::usage, "--template: there is no built-in policy '" + printable(name, 60) + "'",
              suggest(name, builtin_words()));
}

int init(const Invocation& invocation) {
  namespace fs = std::filesystem;
  const auto& given = invocation.arguments.positionals();
  const auto path =
      given.empty() ? invocation.system.working_directory + "/" + std::string(default_place) : given.front();
  const auto shown = given.empty() ? std::string(default_place) : printable(path);
  const auto& builtin = template_of(invocation);
  if (path == "-") {
    print(invocation.streams, builtin.text);
    return 0;
  }
  std::error_code problem;
  if (fs::symlink_status(path, problem).type() != fs::file_type::not_found &&
      !invocation.arguments.has("force")) {
    throw Error(ErrorKind::output, "cannot write " + shown + ": it is already there",
                "use --force to replace it");
  }
  fs::create_directories(fs::path(path).parent_path(), problem);  // what is wrong is said by write_file
  sys::write_file(path, builtin.text);
  invocation.printer.note("wrote " + shown + " (" + std::string(builtin.name) + ")");
  invocation.printer.note("next: adapt it, then kolega-gate policy check, then kolega-gate run");
  return 0;
}

/// False when there is an error in it.
bool check_policy(const PolicyText& source, const Invocation& invocation) {
  const auto loaded = lint_policy(source, invocation);
  for (const auto& remark : loaded.remarks) invocation.printer.remark(render(remark, loaded));
  const auto errors = static_cast<std::size_t>(
      std::ranges::count(loaded.remarks, Diagnostic::Level::error, &Diagnostic::level));
  if (errors == 0 && loaded.policy) {
    invocation.printer.note(printable(source.name) + ": good, " +
                            plural(loaded.policy->rules.size(), "rule"));
    return true;
  }
  invocation.printer.remark(printable(source.name) + ": " + plural(errors, "error"));
  return false;
}

/// A file that cannot be read hides nothing of the others.
int check(const Invocation& invocation) {
  require_said_once(invocation, "policy");
  auto files = invocation.arguments.positionals();
  if (files.empty()) files.push_back(named_policy(invocation).value_or(""));
  int code = 0;
  for (const auto& file : files) {
    try {
      if (!check_policy(find_policy(file, invocation.system.working_directory), invocation)) code = 2;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::policy) throw;
      invocation.printer.error(error);
      code = 2;
    }
  }
  return code;
}

/// As comments, so that the whole stays a policy.
std::string render_origins(const policy::Loaded& loaded) {
  std::string out = "# files:\n";
  for (const auto& source : loaded.sources)
    out += "#   " + printable(source.name) + " sha256:" + source.sha256 + "\n";
  out += "# written at (of several places the last one decides; lists append):\n";
  for (const auto& origin : loaded.origins) {
    std::vector<std::string> places;
    for (const auto& place : origin.places) places.push_back(printable(describe(place)));
    out += "#   " + printable(origin.part) + ": " + join(places, ", ") + "\n";
  }
  return out;
}

int show(const Invocation& invocation) {
  require_said_once(invocation, "policy");
  const auto& given = invocation.arguments.positionals();
  const auto source = given.empty() ? find_policy(invocation)
                                    : find_policy(given.front(), invocation.system.working_directory);
  auto loaded = lint_policy(source, invocation);
  const auto origins = invocation.arguments.has("origins") ? render_origins(loaded) : std::string{};
  if (!has_errors(loaded.remarks)) {
    for (const auto& remark : loaded.remarks) invocation.printer.remark(render(remark, loaded));
  }
  const auto policy = policy::require_policy(std::move(loaded), source.name);
  print(invocation.streams, yaml::write(policy::to_node(policy)) + origins);
  return 0;
}

int schema(const Invocation& invocation) {
  print(invocation.streams, policy::json_schema());
  return 0;
}

}  // namespace

Command command_policy_init() {
  return {
      .name = "policy init",
      .summary = "write a first policy",
      .description = "Writes a policy to start from. An existing file is left alone unless --force is given.",
      .options = options_of({{{.names = "--template",
                               .value = "NAME",
                               .help = "which built-in policy to write",
                               .choices = builtin_words},
                              {.names = "-f,--force", .help = "replace an existing file"}},
                             output_options()}),
      .positional = {.name = "FILE", .help = "default .kolega/policy.yaml; - is standard output"},
      .examples = {{"policy init", "write .kolega/policy.yaml"}, {"policy init -", "look at it first"}},
      .run = init,
  };
}

Command command_policy_check() {
  return {
      .name = "policy check",
      .summary = "lint policies: every remark with file, line and column",
      .description =
          "Reads policies and prints all errors and warnings at once; what is no plain YAML (a doubled key, "
          "an anchor, an alias) ends the reading of its file. Exit code 2 when there is an error or a file that cannot be read.",
      .options = options_of({policy_options(), output_options()}),
      .positional = {.name = "FILE", .help = "default: the policy that `run` would use", .repeatable = true},
      .examples = {{"policy check", "check the policy of this repository"},
                   {"policy check policies/*.yaml", "check several"}},
      .run = check,
  };
}

Command command_policy_show() {
  return {
      .name = "policy show",
      .summary = "print the effective policy, every default filled in",
      .description =
          "Prints the policy as `run` understands it, merged with all that it extends, in canonical YAML, on "
          "standard output.",
      .options =
          options_of({policy_options(),
                      {{.names = "--origins", .help = "say also which file every rule and key comes from"}},
                      output_options()}),
      .positional = {.name = "FILE", .help = "default: the policy that `run` would use; also builtin:NAME"},
      .examples = {{"policy show", "what is in force here"},
                   {"policy show --origins", "where each rule comes from"},
                   {"policy show builtin:strict", "a built-in policy"}},
      .run = show,
  };
}

Command command_policy_schema() {
  return {
      .name = "policy schema",
      .summary = "print the JSON Schema of policies, for editors",
      .description =
          "Prints a JSON Schema (draft 2020-12) on standard output. Editors check and complete by it.",
      .options = output_options(),
      .examples = {{"policy schema > .kolega/kolega-policy.schema.json", "save it where the policy of policy init names it, for your editor"}},
      .run = schema,
  };
}

}  // namespace kolega::cli
