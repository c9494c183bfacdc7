#include "base/text.hpp"
#include "cli/api_command.hpp"
#include "cli/commands.hpp"
#include "cli/text_table.hpp"

namespace kolega::cli {

namespace {

int run(const Invocation& invocation) {
  auto session = open_session(invocation);
  if (invocation.arguments.has("json")) return print_document(invocation, session.client(), "/api/v1/me");
  const auto me = session.client().me();
  write_facts(invocation.streams.out,
              {{"organization", me.organization_name},
               {"slug", me.organization_slug},
               {"organization id", me.organization_id},
               {"key", me.key_name},
               {"key prefix", me.key_prefix},
               {"scopes", join(me.scopes, " ")},
               {"api", session.api_url()}},
              table_columns(invocation.system));
  return 0;
}

}  // namespace

Command command_me() {
  return {
      .name = "me",
      .summary = "who am I: organization, key and scopes",
      .description = "Shows whom the token belongs to and what it may do.",
      .options = options_of({json_options(), connection_options(), output_options()}),
      .examples = {{"me", "check the token"}, {"me --json", "the API's own answer"}},
      .run = run,
  };
}

}  // namespace kolega::cli
