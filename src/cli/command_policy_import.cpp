// policy import: another gate's ignore file, baseline or rules as a policy.
#include <filesystem>
#include <ostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/printer.hpp"
#include "policy/import/import.hpp"
#include "policy/load.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

const policy::ImportKind& kind_of(const Invocation& invocation, const std::string& file,
                                  std::string_view text) {
  const auto kinds = policy::import_kind_names();
  if (const auto given = invocation.arguments.find("from")) {
    if (const auto* kind = policy::find_import_kind(*given)) return *kind;
    throw Error(ErrorKind::usage, "--from: there is no kind '" + printable(*given, 60) + "'",
                suggest(*given, kinds));
  }
  const auto detected = policy::detect_import(file, text);
  if (!detected) {
    throw Error(ErrorKind::usage, printable(file) + ": cannot tell which gate this file is of",
                "say it with --from: " + suggest("", kinds));
  }
  invocation.printer.note(printable(file) + ": taken for " + std::string(title_of(*detected->kind)) +
                          ", because of " + std::string(detected->because));
  return *detected->kind;
}

/// What is written has to load: whatever a hostile file holds, the gate never gets a policy that is half
/// right.
void require_valid(const std::string& text, const std::string& name, Instant now) {
  auto loaded = policy::lint(text, name);
  if (loaded.policy) {
    const auto late = policy::check_terms(*loaded.policy, now);
    loaded.remarks.insert(loaded.remarks.end(), late.begin(), late.end());
  }
  for (const auto& remark : loaded.remarks) {
    if (remark.level != Diagnostic::Level::error) continue;
    throw Error(ErrorKind::internal, "the policy made of this file does not load: " + remark.message)
        .with_excerpt(render(remark, text));
  }
}

void write(const Invocation& invocation, const std::string& text) {
  namespace fs = std::filesystem;
  const auto path = invocation.arguments.find("output").value_or("-");
  if (path == "-") {
    invocation.streams.out.bytes() << text;
    invocation.streams.out.flush();
    return;
  }
  std::error_code problem;
  if (fs::symlink_status(path, problem).type() != fs::file_type::not_found &&
      !invocation.arguments.has("force")) {
    throw Error(ErrorKind::output, "cannot write " + printable(path) + ": it is already there",
                "use --force to replace it");
  }
  sys::write_file(path, text);
  invocation.printer.note("wrote " + printable(path));
}

int run(const Invocation& invocation) {
  const auto& file = invocation.arguments.positionals().front();
  const auto shown = file == "-" ? std::string("standard input") : file;
  const auto text = sys::read_file(file, ErrorKind::input, policy::most_import_bytes);
  const auto now = invocation.system.now();
  const auto& kind = kind_of(invocation, shown, text);
  const auto imported = policy::import_policy(kind, text, shown, now);
  require_valid(imported.text, "the imported policy", now);
  for (const auto& remark : imported.remarks) invocation.printer.remark(render(remark, text));
  write(invocation, imported.text);
  const auto entries = imported.mapped + imported.kept;
  invocation.printer.remark((entries == 1 ? "1 entry" : std::to_string(entries) + " entries") + ": " +
                            std::to_string(imported.mapped) + " mapped, " + std::to_string(imported.kept) +
                            " kept as comments");
  return 0;
}

}  // namespace

Command command_policy_import() {
  return {
      .name = "policy import",
      .summary = "translate another gate's ignore file, baseline or rules",
      .description =
          "Reads the file of another gate and prints a policy that accepts nothing that the file did not. "
          "What "
          "the policy language cannot say is kept as a comment at its place and told on standard error; "
          "nothing "
          "is dropped. The kind is told by the file's name, else by its content.",
      .options = options_of({{{.names = "--from",
                               .value = "KIND",
                               .help = "what the file is, where its name and content do not tell",
                               .choices = policy::import_kind_names},
                              {.names = "-o,--output",
                               .value = "FILE",
                               .help = "where to write the policy, default standard output"},
                              {.names = "-f,--force", .help = "replace an existing file"}},
                             output_options()}),
      .positional = {.name = "FILE", .help = "the other gate's file; - is standard input", .required = true},
      .examples = {{"policy import .trivyignore -o .kolega/policy.yaml", "from Trivy"},
                   {"policy import .gitlab/security-policies/policy.yml", "look at it first"},
                   {"policy import ignored.toml --from osv-scanner", "say which kind it is"}},
      .run = run,
  };
}

}  // namespace kolega::cli
