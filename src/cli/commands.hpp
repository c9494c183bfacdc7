// All commands, one row each.
#pragma once

#include <vector>

#include "cli/command.hpp"

namespace kolega::cli {

const std::vector<Command>& commands();

Command command_run();
Command command_evaluate();
Command command_baseline_write();
Command command_baseline_diff();
Command command_replay();
Command command_explain();
Command command_verify();
Command command_what_if();
Command command_doctor();
Command command_policy_init();
Command command_policy_check();
Command command_policy_show();
Command command_policy_schema();
Command command_policy_test();
Command command_policy_import();
Command command_me();
Command command_quota();
Command command_repos_list();
Command command_repos_get();
Command command_scans_list();
Command command_scans_start();
Command command_scans_get();
Command command_scans_progress();
Command command_scans_results();
Command command_findings_list();
Command command_findings_get();
Command command_findings_set_status();
Command command_findings_events();
Command command_fixes_list();
Command command_fixes_run();
Command command_fixes_get();
Command command_fixes_diff();
Command command_fixes_progress();
Command command_fixes_refine();
Command command_fixes_cancel();
Command command_fixes_pr();
Command command_fleet();
Command command_fleet_merge();
Command command_fleet_report();
Command command_sandbox();
Command command_completion();

}  // namespace kolega::cli
