// fixes run and refine: have Kolega fix findings.
#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include "api/wire.hpp"
#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/commands.hpp"
#include "cli/finding_names.hpp"
#include "cli/fix_request.hpp"
#include "gate/explain.hpp"
#include "gate/record.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

/// Limits of the contract (openapi.json: PublicFixCreateRequest, PublicFixRefineRequest), in characters.
constexpr std::size_t longest_title = 200;
constexpr std::size_t longest_refinement = 12'000;
constexpr std::uint64_t largest_text_file = 1024 * 1024;
std::string checked_text(std::string text, const std::string& option, std::size_t most) {
  if (find_invalid_utf8(text)) throw Error(ErrorKind::usage, option + ": not UTF-8");
  if (trim(text).empty()) throw Error(ErrorKind::usage, option + ": the text is empty");
  const auto length = display_width(text);
  if (length > most) {
    throw Error(ErrorKind::usage, option + ": " + std::to_string(length) + " characters are too many",
                "at most " + std::to_string(most));
  }
  return text;
}

/// --instructions or --instructions-file; nothing when neither is given.
std::optional<std::string> resolve_instructions(const Invocation& invocation, std::size_t most) {
  const auto text = invocation.arguments.find("instructions");
  const auto file = invocation.arguments.find("instructions-file");
  if (text && file) {
    throw Error(ErrorKind::usage, "--instructions and --instructions-file contradict each other",
                "give one of them");
  }
  if (text) return checked_text(*text, "--instructions", most);
  if (!file) return std::nullopt;
  return checked_text(sys::read_file(*file, ErrorKind::usage, largest_text_file), "--instructions-file",
                      most);
}

void add_once(std::vector<std::string>& ids, const std::string& id) {
  if (std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
}

/// What is to be fixed, and where the record says that it is.
struct Wanted {
  std::vector<std::string> ids{};
  std::string repository_id{};
};

/// The rows of the one fingerprint that is meant.
std::vector<std::uint32_t> require_one_fingerprint(const FindingRows& rows, const std::string& text,
                                                   const std::string& file) {
  auto found = gate::rows_by_fingerprint(rows, text);
  if (found.empty()) {
    throw Error(ErrorKind::usage,
                "--fingerprint: '" + printable(text, 80) + "' is not in " + printable(file, 100),
                "give a fingerprint, or its first four characters or more; 'kolega-gate explain RECORD' names them");
  }
  std::vector<std::uint32_t> distinct;
  std::set<std::string> seen;
  for (const auto row : found) {
    if (seen.insert(rows.fingerprint(row).str()).second) distinct.push_back(row);
  }
  if (distinct.size() > 1) refuse_many_findings(text, rows, distinct);
  return found;
}

void add_from_record(const Invocation& invocation, Wanted& wanted) {
  const auto fingerprints = invocation.arguments.all("fingerprint");
  const auto file = invocation.arguments.find("record");
  if (fingerprints.empty() != !file) {
    throw Error(ErrorKind::usage, "--fingerprint and --record FILE need each other",
                "the record is what 'kolega-gate run -o json=FILE' wrote");
  }
  if (!file) return;
  const auto inputs = gate::read_record(sys::read_file(*file, ErrorKind::input), *file);
  wanted.repository_id = inputs.subject.repository_id;
  for (const auto& fingerprint : fingerprints) {
    bool identified = false;
    for (const auto row : require_one_fingerprint(inputs.findings.rows, fingerprint, *file)) {
      const auto finding = inputs.findings.rows[row];
      if (!finding.details || finding.details->id.view().empty()) continue;
      identified = true;
      add_once(wanted.ids, require_id(finding.details->id.str(), *file));
    }
    if (!identified) {
      throw Error(ErrorKind::context,
                  "--fingerprint: '" + printable(fingerprint, 80) + "' has no finding id in the record",
                  "look for it with 'kolega-gate findings list' and give its id");
    }
  }
}

Wanted resolve_wanted(const Invocation& invocation) {
  Wanted wanted;
  for (const auto& word : invocation.arguments.positionals())
    add_once(wanted.ids, require_id(word, "FINDING"));
  if (const auto list = invocation.arguments.find("finding-ids")) {
    for (const auto id : split(*list, ','))
      add_once(wanted.ids, require_id(std::string(trim(id)), "--finding-ids"));
  }
  add_from_record(invocation, wanted);
  if (wanted.ids.empty()) {
    throw Error(ErrorKind::usage, "fixes run needs a finding",
                "give ids (kolega-gate findings list), or --fingerprint with --record");
  }
  return wanted;
}

/// Nothing left ends it before anything is sent; a quota that cannot be read does not, the POST decides.
void check_quota(const Invocation& invocation, api::Client& client) {
  if (invocation.arguments.has("no-quota-check")) return;
  std::optional<api::Quota> quota;
  try {
    quota = client.quota();
  } catch (const api::HttpError& error) {
    invocation.printer.detail(error.message());
    return;
  }
  if (quota->prs.remaining > 0) return;
  const auto anew = quota->period_end ? ", which starts anew at " + format_instant_seconds(*quota->period_end)
                                      : std::string{};
  throw api::QuotaError(
      "starting a fix: nothing is left of the quota 'prs'" + anew, "prs",
      "wait for the next period or extend the plan; 'kolega-gate quota' shows what is left");
}

Repository repository_of(const Invocation& invocation, api::Client& client, const Wanted& wanted) {
  const bool named = flag_or_environment(invocation, "repository", "KOLEGA_REPOSITORY").has_value();
  if (named || wanted.repository_id.empty()) return resolve_repository(client, invocation);
  return client.repository(wanted.repository_id);
}

/// The fix began: either wait for it or say how to.
int go_on(const Invocation& invocation, api::Client& client, const std::string& repository_id,
          const boost::json::value& document) {
  const auto id = id_of_fix(document, repository_id);
  if (invocation.arguments.has("wait")) {
    invocation.printer.note("fix " + id + ": started");
    return await_and_show_fix(invocation, client, repository_id, id);
  }
  show_fix(invocation, document);
  invocation.printer.note("next: " + std::string(program_name) + " fixes progress " + id +
                          " --watch --repository " + repository_id);
  return 0;
}

Duration session_timeout(const Invocation& invocation) {
  const auto wait = resolve_fix_wait(invocation);  // checked also where it is not needed
  return invocation.arguments.has("wait") ? wait.timeout : question_timeout;
}

int run(const Invocation& invocation) {
  const auto wanted = resolve_wanted(invocation);
  const auto title = checked_text(invocation.arguments.find("title").value_or(default_title(wanted.ids)),
                                  "--title", longest_title);
  const auto instructions =
      resolve_instructions(invocation, largest_text_file).value_or(std::string(default_instructions));
  resolve_word(invocation, "source-repo-provider", provider_words());
  auto session = open_session(invocation, session_timeout(invocation));
  auto& client = session.client();
  const auto repository = repository_of(invocation, client, wanted);
  const FixWords given{resolve_text(invocation, "source-repo"),
                       resolve_word(invocation, "source-repo-provider", provider_words()),
                       resolve_text(invocation, "source-scan-branch")};
  const FixRequest request{wanted.ids, title, instructions, choose_source(repository, given)};
  check_quota(invocation, client);
  return go_on(invocation, client, repository.id, start_fix(invocation, client, repository.id, request));
}

int refine(const Invocation& invocation) {
  const auto id = require_id(invocation.arguments.positionals().front(), "FIX");
  const auto instructions = resolve_instructions(invocation, longest_refinement);
  if (!instructions) {
    throw Error(ErrorKind::usage, "fixes refine needs --instructions",
                "or --instructions-file FILE; see kolega-gate fixes refine --help");
  }
  auto session = open_session(invocation, session_timeout(invocation));
  const auto repository = resolve_repository(session.client(), invocation);
  std::ostringstream body;
  JsonWriter writer(body, JsonWriter::Style::compact);
  writer.begin_object().member("instructions", std::string_view(*instructions)).end_object().finish();
  const auto what = "refining fix " + id;
  const auto document =
      send_change(session.client(), "POST", fix_path(repository.id, id, "/refine"), body.str(), what,
                  "it may have begun: look with 'kolega-gate fixes get " + id + "' before you do it again");
  return go_on(invocation, session.client(), repository.id, document);
}

std::vector<Option> instruction_options(std::string_view help) {
  return {
      {.names = "--instructions", .value = "TEXT", .help = help},
      {.names = "--instructions-file", .value = "FILE", .help = "the same from a file; - is standard input"}};
}

std::vector<Option> finding_options() {
  return {{.names = "--finding-ids", .value = "IDS", .help = "the same as FINDING, separated by commas"},
          {.names = "--fingerprint",
           .value = "FINGERPRINT",
           .help = "a finding of --record instead of an id; its first four characters or more are enough",
           .repeatable = true},
          {.names = "--record",
           .value = "FILE",
           .help = "decision record that knows the fingerprints (run -o json=FILE)"},
          {.names = "--title", .value = "TEXT", .help = "title of the fix, 1 to 200 characters"}};
}

std::vector<Option> source_options() {
  return {{.names = "--source-repo",
           .value = "OWNER/NAME",
           .help = "which source repository; needed only where there are several"},
          {.names = "--source-repo-provider",
           .value = "WORD",
           .help = "github, gitlab or azure_devops; default: as Kolega knows it",
           .choices = provider_words},
          {.names = "--source-scan-branch",
           .value = "NAME",
           .help = "branch that the finding was seen on; default: the default branch"},
          {.names = "--no-quota-check", .help = "do not look at the quota first"}};
}

}  // namespace

Command command_fixes_run() {
  return {
      .name = "fixes run",
      .summary = "have Kolega fix findings",
      .description =
          "Starts a fix of one or several findings. With --wait: until it ends, exit code 0 only when it is "
          "completed, 6 when it failed or was cancelled, 7 when it still runs at the timeout. "
          "Draws on the quota prs.",
      .options = options_of({finding_options(), instruction_options("what to mind"), source_options(),
                             fix_wait_options("--wait"), repository_options(), json_options(),
                             connection_options(), output_options()}),
      .positional = {.name = "FINDING", .help = "ids of findings (findings list)", .repeatable = true},
      .examples = {{"fixes run 6650f1c2 --wait", "fix one finding and wait"},
                   {"fixes run --fingerprint 1f3a --record record.json", "fix what a run reported"},
                   {"fixes run 6650f1c2 6650f1c3 --title 'Bind parameters' --instructions 'Use the ORM'",
                    "two at once, with a say in how"}},
      .run = run,
  };
}

Command command_fixes_refine() {
  return {
      .name = "fixes refine",
      .summary = "have a fix done over",
      .description =
          "Sends a fix that has ended back with further instructions, 1 to 12000 characters. With --wait: as "
          "for fixes run.",
      .options = options_of({instruction_options("what to do differently"), fix_wait_options("--wait"),
                             repository_options(), json_options(), connection_options(), output_options()}),
      .positional = {.name = "FIX", .help = "the fix's id (fixes list)", .required = true},
      .examples = {{"fixes refine 71aa03 --instructions 'Keep the old signature' --wait", "once more"}},
      .run = refine,
  };
}

}  // namespace kolega::cli
