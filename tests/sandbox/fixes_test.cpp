// Fixes: a fixer runs over a copy, its changes become a patch, and the patch a branch; the checkout stays as
// it is.
#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "checkout.hpp"
#include "rig.hpp"
#include "sandbox/fix_branch.hpp"

using namespace kolega;
using namespace kolega::test;
using Words = std::vector<std::string>;

namespace {

constexpr auto fixes = "/api/v1/repositories/acme/fixes";
constexpr auto replace_strcpy = "sed -i 's/strcpy/strlcpy/' src/a.c";

struct Acme {
  explicit Acme(
      const std::string& fixer, void (*adjust)(sandbox::Config&) = [](sandbox::Config&) {})
      : rig(config_of(checkout, scans, fixer, adjust)) {
    scans.write("out.sarif",
                sarif({{"CWE-120", "src/a.c", 2, "strcpy"}, {"CWE-78", "src/b.c", 4, "system"}}));
    rig.scan("acme", "semgrep_scan");
    const auto findings = rig.get("/api/v1/repositories/acme/findings");
    for (const auto& item : findings.at("/items").as_array()) {
      auto& id = item.at("check_id").as_string() == "CWE-120" ? finding : other;
      id = item.at("id").as_string();
    }
  }
  static sandbox::Config config_of(const Checkout& checkout, const TempDir& scans, const std::string& fixer,
                                   void (*adjust)(sandbox::Config&)) {
    auto config = one_repository(checkout.dir.path().string(), "cat '" + scans.file("out.sarif") + "'");
    config.repositories[0].fixer = fixer;
    adjust(config);
    return config;
  }
  std::string body(const std::string& instructions = "do it") const {
    return R"({"finding_ids":[")" + finding + R"("],"title":"Fix it","instructions":")" + instructions +
           R"(","source_repo":"acme/payments"})";
  }
  /// Creates a fix and waits for its end; its path.
  std::string fix(const std::string& instructions = "do it") {
    const auto path = start(instructions);
    rig.sandbox().wait_for_feeds();
    return path;
  }
  std::string start(const std::string& instructions = "do it") {
    created = rig.post(fixes, body(instructions));
    REQUIRE(created.status() == 201);
    return fixes + ("/" + created.text("/id"));
  }
  /// Until the fixer itself runs; it has written the file.
  void wait_for(const std::string& file) const {
    while (!std::filesystem::exists(file)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  Words events() {
    Words out;
    const auto answer = rig.get("/api/v1/finding-events?finding_id=" + finding);
    for (const auto& item : answer.at("/items").as_array())
      out.emplace_back(item.at("event_type").as_string());
    std::reverse(out.begin(), out.end());
    return out;
  }

  Checkout checkout{};
  TempDir scans{};
  SandboxRig rig;
  std::string finding{};
  std::string other{};
  Answer created{};
};

}  // namespace

TEST_CASE("a fixer's changes become a patch that applies, and the checkout stays as it is") {
  Acme acme(std::string(replace_strcpy) + "; echo new > 'with blank.txt'; rm README");
  const auto before = acme.checkout.state();
  const auto path = acme.fix();
  CHECK(acme.created.text("/status") == "pending");
  CHECK(acme.created.at("/started_at").is_null());

  const auto fix = acme.rig.get(path);
  CHECK(fix.text("/status") == "completed");
  CHECK(fix.at("/error_message").is_null());
  CHECK(fix.text("/source_base_commit_sha") == acme.checkout.git({"rev-parse", "HEAD"}));
  CHECK(fix.text("/source_repo_provider") == "github");
  CHECK(fix.at("/finding_ids").as_array().size() == 1);
  const auto diff = acme.rig.get(path + "/diff").text("/diff");
  CHECK(diff.find("-strcpy(a, b);\n+strlcpy(a, b);\n") != std::string::npos);
  CHECK(acme.checkout.state() == before);

  const auto patch = acme.scans.write("fix.patch", diff);
  acme.checkout.git({"apply", patch});
  CHECK(slurp(acme.checkout.dir.path() / "src/a.c") == "int a;\nstrlcpy(a, b);\nint c;\n");
  CHECK(slurp(acme.checkout.dir.path() / "with blank.txt") == "new\n");
  CHECK(!std::filesystem::exists(acme.checkout.dir.path() / "README"));
  CHECK(acme.events() == Words{"detected", "fix_created", "fix_started", "fix_completed"});
}

TEST_CASE("the fixer reads what to do from a file and sees changes that are not committed") {
  Acme acme(
      "cat \"$KOLEGA_FIX_REQUEST\" > request.json; cat local.txt >> src/a.c; echo \"[$KOLEGA_TOKEN]\" > "
      "token");
  acme.checkout.dir.write("local.txt", "not committed\n");
  ::setenv("KOLEGA_TOKEN", "kcp_live_secret", 1);
  const auto path = acme.fix("keep the \\\"API\\\"");
  ::unsetenv("KOLEGA_TOKEN");
  const auto diff = acme.rig.get(path + "/diff").text("/diff");
  INFO(diff);
  for (const std::string part : {"\"check_id\": \"CWE-120\"", "\"file_path\": \"src/a.c\"", "\"line\": 2",
                                 "keep the \\\"API\\\"", "\"title\": \"Fix it\"", "+not committed", "+[]"}) {
    CHECK_MESSAGE(diff.find(part) != std::string::npos, part);
  }
  CHECK(diff.find("local.txt") == std::string::npos);
}

TEST_CASE("a directory without git has fixes, but no pull requests") {
  Acme acme("echo x > added");
  std::filesystem::remove_all(acme.checkout.dir.path() / ".git");
  const auto path = acme.fix();
  CHECK(acme.rig.get(path).text("/status") == "completed");
  CHECK(acme.rig.get(path).at("/source_base_commit_sha").is_null());
  const auto refused = acme.rig.post(path + "/pull-requests", "{}");
  CHECK(refused.status() == 409);
  CHECK(refused.text("/detail").find("no git repository") != std::string::npos);
  CHECK(acme.rig.get(path).text("/status") == "pr_creation_failed");
}

TEST_CASE("fixers that fail, do nothing or hang fail their fix and say why") {
  struct Case {
    std::string fixer;
    std::string why;
  };
  for (const auto& each :
       {Case{"", "no fixer is configured for acme/payments"}, Case{"true", "changed nothing"},
        Case{"echo no model >&2; exit 3", "exited with 3: no model"},
        Case{"kill -9 $$", "killed by signal 9"}, Case{"sleep 60", "did not end within 300ms"}}) {
    INFO(each.fixer);
    Acme acme(each.fixer,
              [](sandbox::Config& config) { config.command_timeout = std::chrono::milliseconds(300); });
    const auto path = acme.fix();
    const auto fix = acme.rig.get(path);
    CHECK(fix.text("/status") == "failed");
    CHECK(fix.text("/error_message").find(each.why) != std::string::npos);
    CHECK(acme.rig.get(path + "/progress").text("/error_message") == fix.text("/error_message"));
    CHECK(acme.rig.get(path + "/diff").at("/diff").is_null());
    CHECK(acme.rig.post(path + "/pull-requests", "{}").status() == 409);
    CHECK(acme.rig.post(path + "/refine", R"({"instructions":"x"})").status() == 409);
    CHECK(acme.rig.post(path + "/cancel", "").status() == 409);
    CHECK(acme.events().back() == "fix_failed");
  }
}

TEST_CASE("a running fix shows its heartbeat and no diff, and can be cancelled once") {
  TempDir signal;
  Acme acme("touch '" + signal.file("started") + "'; sleep 60");
  const auto path = acme.start();
  acme.wait_for(signal.file("started"));
  acme.rig.advance(std::chrono::seconds(42));
  const auto progress = acme.rig.get(path + "/progress");
  CHECK(progress.text("/status") == "running");
  CHECK(progress.number("/duration_seconds") == 42);
  CHECK(progress.number("/agent_steps_completed") == 1);
  CHECK(progress.text("/latest_activity_at") > progress.text("/started_at"));
  CHECK(acme.rig.get(path + "/diff").at("/diff").is_null());
  CHECK(acme.rig.post(path + "/refine", R"({"instructions":"x"})").status() == 409);
  CHECK(acme.rig.post(path + "/pull-requests", "{}").status() == 409);

  CHECK(acme.rig.send({"POST", path + "/cancel", SandboxRig::authorized(), ""}).text("/status") ==
        "cancelled");
  acme.rig.sandbox().wait_for_feeds();  // at once, not in a minute
  CHECK(acme.rig.get(path).text("/status") == "cancelled");
  CHECK(acme.rig.post(path + "/cancel", "").status() == 409);
  CHECK(acme.events().back() == "fix_cancelled");
}

TEST_CASE("steps and times of a fix that ended") {
  Acme acme(replace_strcpy);
  const auto path = acme.fix();
  acme.rig.advance(std::chrono::hours(5));
  const auto progress = acme.rig.get(path + "/progress");
  CHECK(progress.number("/agent_steps_completed") == 4);
  CHECK(progress.number("/duration_seconds") == 0);
  CHECK(!progress.at("/completed_at").is_null());
}

TEST_CASE("a refinement builds on the fix and may fail without losing its instructions") {
  Acme acme(
      "if grep -q twice \"$KOLEGA_FIX_REQUEST\"; then echo second >> src/a.c; else echo first >> src/a.c; "
      "fi");
  const auto path = acme.fix();
  CHECK(acme.rig.post(path + "/refine", R"({"instructions":"now twice"})").text("/status") == "pending");
  acme.rig.sandbox().wait_for_feeds();
  CHECK(acme.rig.get(path).text("/status") == "completed");
  const auto diff = acme.rig.get(path + "/diff").text("/diff");
  CHECK(diff.find("+first\n+second\n") != std::string::npos);
  CHECK(acme.rig.get("/api/v1/quotas/balance").number("/prs/used") == 1);
  CHECK(acme.events() ==
        Words{"detected", "fix_created", "fix_started", "fix_completed", "fix_started", "fix_completed"});
}

TEST_CASE("a pull request is a branch with the patch, and nothing else moves") {
  Acme acme(replace_strcpy);
  acme.checkout.dir.write("README", "changed by hand, not committed\n");
  const auto before = acme.checkout.state();
  const auto path = acme.fix();
  const auto made =
      acme.rig.post(path + "/pull-requests", R"({"title":"Safer copies","body":"Why: CWE-120"})");
  REQUIRE(made.status() == 201);
  CHECK(made.text("/pull_requests/0/repo_full_name") == "acme/payments");
  CHECK(made.number("/pull_requests/0/pr_number") == 1);
  CHECK(made.text("/pull_requests/0/pr_url") == "https://github.com/acme/payments/pull/1");
  CHECK(made.text("/pull_requests/0/merge_status") == "open");
  const auto branch = made.text("/pull_requests/0/branch_name");
  CHECK(acme.checkout.state() == before);
  CHECK(acme.checkout.git({"rev-parse", branch + "^"}) == acme.checkout.git({"rev-parse", "main"}));
  CHECK(acme.checkout.git({"diff", "--name-only", "main", branch}) == "src/a.c");
  CHECK(acme.checkout.git({"show", branch + ":src/a.c"}) == "int a;\nstrlcpy(a, b);\nint c;");
  CHECK(acme.checkout.git({"log", "-1", "--format=%B", branch}) == "Safer copies\n\nWhy: CWE-120");
  CHECK(acme.rig.get(path).at("/pull_requests") == made.at("/pull_requests"));
  CHECK(acme.events().back() == "fix_pr_created");

  const auto second = acme.rig.post(path + "/pull-requests", R"({"branch_name":"team/x_1.2"})");
  CHECK(second.number("/pull_requests/1/pr_number") == 2);
  CHECK(acme.checkout.git({"rev-parse", "team/x_1.2^{tree}"}) ==
        acme.checkout.git({"rev-parse", branch + "^{tree}"}));
  const auto taken = acme.rig.post(path + "/pull-requests", R"({"branch_name":"main"})");
  CHECK(taken.status() == 409);
  CHECK(taken.text("/detail").find("main exists already") != std::string::npos);
  CHECK(acme.rig.get(path).text("/status") == "completed");
  const auto third = acme.rig.post(path + "/pull-requests", "{}");
  CHECK(third.text("/pull_requests/2/branch_name") == branch + "-2");
}

TEST_CASE("a branch that comes to the default branch is a merged pull request; its findings are resolved") {
  Acme acme(replace_strcpy);
  const auto path = acme.fix();
  const auto made = acme.rig.post(path + "/pull-requests", "{}");
  const auto branch = made.text("/pull_requests/0/branch_name");
  acme.rig.advance(std::chrono::seconds(5));
  CHECK(acme.rig.get(path).text("/pull_requests/0/merge_status") == "open");
  acme.checkout.git(
      {"-c", "user.name=t", "-c", "user.email=t@example.com", "merge", "-q", "--no-ff", branch});
  acme.checkout.git({"branch", "-q", "-D", branch});
  acme.rig.advance(std::chrono::seconds(5));
  const auto merged = acme.rig.get(path);
  CHECK(merged.text("/pull_requests/0/merge_status") == "merged");
  CHECK(merged.at("/pull_requests/0/merged_at").is_string());
  const auto told = acme.events();
  REQUIRE(told.size() >= 2);
  CHECK(told[told.size() - 2] == "fix_pr_updated");
  CHECK(told.back() == "resolved_pr_merged");
  CHECK(acme.rig.get("/api/v1/repositories/acme/findings/" + acme.finding).text("/status") == "resolved");
  acme.rig.advance(std::chrono::seconds(5));
  CHECK(acme.events() == told);  // told once
}

TEST_CASE("while a fixer runs its last activity moves") {
  TempDir signs;
  const auto sign = signs.file("runs");
  Acme acme("touch '" + sign + "'; sleep 30; echo x >> README");
  const auto path = acme.start();
  acme.wait_for(sign);
  const auto first = acme.rig.get(path + "/progress").text("/latest_activity_at");
  acme.rig.advance(std::chrono::seconds(3));
  CHECK(acme.rig.get(path + "/progress").text("/latest_activity_at") > first);
  acme.rig.post(path + "/cancel", "");
  acme.rig.sandbox().wait_for_feeds();
  const auto last = acme.rig.get(path + "/progress").text("/latest_activity_at");
  acme.rig.advance(std::chrono::seconds(3));
  CHECK(acme.rig.get(path + "/progress").text("/latest_activity_at") == last);
}

TEST_CASE("a patch over changes that are not committed gets no branch") {
  Acme acme(replace_strcpy);
  acme.checkout.dir.write("src/a.c", "other\nstrcpy(x, y);\nother\n");
  const auto path = acme.fix();
  REQUIRE(acme.rig.get(path).text("/status") == "completed");
  const auto refused = acme.rig.post(path + "/pull-requests", "{}");
  CHECK(refused.status() == 409);
  CHECK(refused.text("/detail").find("not committed") != std::string::npos);
  CHECK(acme.rig.get(path).text("/status") == "pr_creation_failed");
  CHECK(acme.checkout.git({"branch", "--format=%(refname:short)"}) == "main");
}

TEST_CASE("a checkout below the root of its repository") {
  Acme acme("sed -i s/int/long/ a.c",
            [](sandbox::Config& config) { config.repositories[0].directory += "/src"; });
  const auto path = acme.fix();
  REQUIRE(acme.rig.get(path).text("/status") == "completed");
  const auto made = acme.rig.post(path + "/pull-requests", "{}");
  REQUIRE(made.status() == 201);
  CHECK(acme.checkout.git({"diff", "--name-only", "main", made.text("/pull_requests/0/branch_name")}) ==
        "src/a.c");
}

TEST_CASE("the repository's own hooks and filters do not run") {
  Acme acme(replace_strcpy);
  TempDir proof;
  const auto script = "#!/bin/sh\ntouch '" + proof.file("ran") + "'\ncat\n";
  for (const std::string hook : {"reference-transaction", "pre-commit", "post-commit", "post-checkout"}) {
    const auto file = acme.checkout.dir.write(".git/hooks/" + hook, script);
    std::filesystem::permissions(file, std::filesystem::perms::all);
  }
  const auto filter = proof.write("filter", script);
  std::filesystem::permissions(filter, std::filesystem::perms::all);
  acme.checkout.git({"config", "filter.evil.clean", filter});
  acme.checkout.git({"config", "filter.evil.smudge", filter});
  acme.checkout.dir.write(".gitattributes", "* filter=evil\n");
  const auto path = acme.fix();
  CHECK(acme.rig.get(path).text("/status") == "completed");
  CHECK(acme.rig.post(path + "/pull-requests", "{}").status() == 201);
  CHECK(!std::filesystem::exists(proof.file("ran")));
}

TEST_CASE("fixes draw on the quota of pull requests") {
  Acme acme(replace_strcpy, [](sandbox::Config& config) { config.quotas.prs = 1; });
  acme.fix();
  const auto refused = acme.rig.post(fixes, acme.body());
  CHECK(refused.status() == 403);
  CHECK(refused.text("/detail/error_code") == "OPERATION_FAILED");
  CHECK(refused.text("/detail/quota_type") == "prs");
  CHECK(acme.rig.get("/api/v1/quotas/balance").number("/prs/remaining") == 0);
  CHECK(acme.rig.get(fixes).number("/total") == 1);
}

TEST_CASE("fixes are listed newest first and found by their finding") {
  Acme acme(replace_strcpy);
  const auto first = acme.fix();
  const auto second = acme.fix();
  const auto all = acme.rig.get(fixes);
  REQUIRE(all.number("/total") == 2);
  CHECK(second.ends_with(all.text("/items/0/id")));
  CHECK(acme.rig.get(std::string(fixes) + "?finding_id=" + acme.finding).number("/total") == 2);
  CHECK(acme.rig.get(std::string(fixes) + "?finding_id=" + acme.other).number("/total") == 0);
  CHECK(acme.rig.get(std::string(fixes) + "?limit=1&skip=1").text("/items/0/id") == all.text("/items/1/id"));
}

TEST_CASE("findings and source repositories of a fix must exist") {
  Acme acme(replace_strcpy);
  const auto create = [&acme](const std::string& ids, const std::string& repository) {
    return acme.rig.post(fixes, R"({"finding_ids":)" + ids +
                                    R"(,"title":"t","instructions":"i","source_repo":")" + repository +
                                    "\"}");
  };
  CHECK(create(R"(["none"])", "acme/payments").status() == 404);
  const auto wrong = create(R"([")" + acme.finding + "\"]", "acme/other");
  CHECK(wrong.status() == 422);
  CHECK(wrong.text("/detail/0/loc/1") == "source_repo");
  const auto twice = create(R"([")" + acme.finding + R"(",")" + acme.finding + "\"]", "acme/payments");
  CHECK(twice.at("/finding_ids").as_array().size() == 1);
  CHECK(acme.rig.get(fixes).number("/total") == 1);
}

TEST_CASE("names of branches that git or a shell could take for something else are refused") {
  for (const auto* name : {"a", "kolega/fix-1", "A.b_c-d/2"})
    CHECK_MESSAGE(sandbox::is_branch_name(name), name);
  for (const std::string name :
       {"",       "HEAD",     "-x",  "a/-x", ".a",  "a/.b", "a..b", "a//b",     "/a", "a/",
        "a.lock", "a/b.lock", "a b", "a~1",  "a:b", "a^",   "a\n",  "\xc3\xa4", "a.", "@{u}"}) {
    CHECK_MESSAGE(!sandbox::is_branch_name(name), name);
  }
  CHECK(!sandbox::is_branch_name(std::string(201, 'a')));
  Acme acme(replace_strcpy);
  const auto path = acme.fix();
  const auto refused = acme.rig.post(path + "/pull-requests", R"({"branch_name":"--force"})");
  CHECK(refused.status() == 422);
  CHECK(refused.text("/detail/0/loc/1") == "branch_name");
}

TEST_CASE("a sandbox ends at once while a fixer runs") {
  TempDir signal;
  const auto before = std::chrono::steady_clock::now();
  {
    Acme acme("touch '" + signal.file("started") + "'; sleep 60");
    acme.start();
    acme.wait_for(signal.file("started"));
  }
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(20));
}

TEST_CASE("a scanner that hangs ends its scan as failed") {
  TempDir dir;
  auto config = one_repository(dir.path().string(), "sleep 60");
  config.command_timeout = std::chrono::milliseconds(200);
  SandboxRig rig(config);
  const auto path = rig.scan("acme", "semgrep_scan");
  CHECK(rig.get(path).text("/status") == "failed");
  CHECK(rig.get(path).text("/error_message").find("sleep did not end within 200ms") != std::string::npos);
}
