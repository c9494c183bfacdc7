#include "cli/api_command.hpp"
#include "cli/commands.hpp"
#include "cli/text_table.hpp"

namespace kolega::cli {

namespace {

Row row_of(std::string name, const api::QuotaCounter& counter) {
  return {std::move(name), std::to_string(counter.remaining), std::to_string(counter.used),
          std::to_string(counter.plan), std::to_string(counter.topup)};
}

int run(const Invocation& invocation) {
  auto session = open_session(invocation);
  if (invocation.arguments.has("json"))
    return print_document(invocation, session.client(), "/api/v1/quotas/balance");
  const auto quota = session.client().quota();
  auto& out = invocation.streams.out;
  const auto most = quota.repositories_max ? " of " + std::to_string(*quota.repositories_max) : std::string{};
  write_facts(out,
              {{"period start", render_time(quota.period_start)},
               {"period end", render_time(quota.period_end)},
               {"repositories", std::to_string(quota.repositories) + most}},
              table_columns(invocation.system));
  write_rows(out,
             {{"QUOTA", "LEFT", "USED", "PLAN", "TOP-UP"},
              row_of("sast_scans", quota.sast_scans),
              row_of("deep_ai_scans", quota.deep_ai_scans),
              row_of("prs", quota.prs)},
             table_columns(invocation.system));
  return 0;
}

}  // namespace

Command command_quota() {
  return {
      .name = "quota",
      .summary = "what is left of the quotas",
      .description =
          "Shows the quotas of the organization. Secrets, semgrep and SBOM scans draw on sast_scans, deep "
          "AI scans on deep_ai_scans, fixes on prs.",
      .options = options_of({json_options(), connection_options(), output_options()}),
      .examples = {{"quota", "what is left"}},
      .run = run,
  };
}

}  // namespace kolega::cli
