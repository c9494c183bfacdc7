#include "cli/commands.hpp"

namespace kolega::cli {

const std::vector<Command>& commands() {
  static const std::vector<Command> rows{
      command_run(),
      command_evaluate(),
      command_baseline_write(),
      command_baseline_diff(),
      command_replay(),
      command_explain(),
      command_verify(),
      command_what_if(),
      command_policy_init(),
      command_policy_check(),
      command_policy_show(),
      command_policy_schema(),
      command_policy_test(),
      command_policy_import(),
      command_doctor(),
      command_me(),
      command_quota(),
      command_repos_list(),
      command_repos_get(),
      command_scans_list(),
      command_scans_start(),
      command_scans_get(),
      command_scans_progress(),
      command_scans_results(),
      command_findings_list(),
      command_findings_get(),
      command_findings_set_status(),
      command_findings_events(),
      command_fixes_list(),
      command_fixes_run(),
      command_fixes_get(),
      command_fixes_diff(),
      command_fixes_progress(),
      command_fixes_refine(),
      command_fixes_cancel(),
      command_fixes_pr(),
      command_fleet(),
      command_fleet_merge(),
      command_fleet_report(),
      command_sandbox(),
      command_completion(),
  };
  return rows;
}

}  // namespace kolega::cli
