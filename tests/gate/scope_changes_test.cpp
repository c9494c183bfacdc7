// Scopes of what a change touches, as docs/policy.md defines them, one sentence a test.
#include "gate/scope_world.hpp"

#include "gate/places.hpp"

using namespace kolega;
using namespace kolega::test::scope;
using test::Row;

namespace {

const std::string on_lines =
    "gate: v1\nscan: {types: [semgrep_scan]}\nrules: [{id: r, scope: changed_lines}]\n";
const std::string in_files =
    "gate: v1\nscan: {types: [semgrep_scan]}\nrules: [{id: r, scope: changed_files}]\n";

Outcome changed(const std::string& policy, const Row& row, const ChangedFile& file) {
  return judge(policy, {row}, std::nullopt, changes_with({file})).verdict.outcome;
}

}  // namespace

TEST_CASE("changed_files: findings in files that the change touches count, others do not") {
  const ChangedFile file{.path = "src/a.c", .lines = {{10, 12}}};
  CHECK(changed(in_files, {.fingerprint = "f", .line = 99}, file) == Outcome::fail);
  CHECK(changed(in_files, {.fingerprint = "f", .path = "./src//a.c"}, file) == Outcome::fail);
  CHECK(changed(in_files, {.fingerprint = "f", .path = "src/b.c"}, file) == Outcome::pass);
}

TEST_CASE("changed_files: paths that are seen from different folders are remarked on") {
  const std::string rule = "gate: v1\nscan: {types: [semgrep_scan]}\nrules: [{id: r, scope: changed_files}]\n";
  const auto notices = [&](const std::string& changed, std::vector<Row> rows) {
    auto builder = world(rule, rows);
    builder.inputs().changes = changes_with({{.path = changed}});
    gate::note_other_root(builder.inputs());
    return builder.decide().inputs.notes;
  };
  const Row here{.path = "src/a.c"};
  CHECK(notices("services/pay/src/a.c", {here}) ==
        std::vector<std::string>{"changes: no finding is in a changed file, but src/a.c has findings and services/pay/src/a.c has "
                                 "changed: both must count from the root of the repository"});
  CHECK(notices("src/a.c", {{.path = "repo/src/a.c"}}).size() == 1);
  for (const auto* changed : {"services/src/b.c", "xsrc/a.c", "src/a.c", "docs/a.c", "a.c"}) {
    CAPTURE(changed);
    CHECK(notices(changed, {here}).empty());
  }
  CHECK(notices("lib/src/a.c", {here, {.path = "lib/src/a.c"}}).empty());
}

TEST_CASE("changed_lines: findings whose range meets a changed line count") {
  const ChangedFile file{.path = "src/a.c", .lines = {{10, 12}, {20, 20}}};
  const auto at = [&](std::uint32_t first, std::uint32_t last) {
    return changed(on_lines, {.fingerprint = "f", .line = first, .end_line = last}, file) == Outcome::fail;
  };
  CHECK_FALSE(at(9, 9));
  CHECK(at(10, 10));
  CHECK(at(8, 10));
  CHECK_FALSE(at(13, 19));
  CHECK(at(13, 25));
}

TEST_CASE("changed_lines: a finding with no line falls back to its file") {
  const ChangedFile file{.path = "src/a.c", .lines = {{10, 12}}};
  CHECK(changed(on_lines, {.fingerprint = "f"}, file) == Outcome::fail);
  CHECK(changed(on_lines, {.fingerprint = "f", .path = "src/b.c"}, file) == Outcome::pass);
}

TEST_CASE("changed_lines: lines that a bare list of files does not tell count as changed") {
  CHECK(changed(on_lines, {.fingerprint = "f", .line = 5}, {.path = "src/a.c", .lines_known = false}) ==
        Outcome::fail);
}

TEST_CASE("changed_lines: a renamed file without edits has no changed line") {
  CHECK(changed(on_lines, {.fingerprint = "f", .line = 5},
                {.path = "src/a.c", .old_path = "src/old.c", .kind = ChangedFile::Kind::renamed}) ==
        Outcome::pass);
}

TEST_CASE("changed: a path that is no place in the repository counts as changed") {
  for (const std::string path : {"", "/abs/a.c", "../a.c", "link/../a.c", "link\\..\\a.c", "a/..", "C:\\a.c", "https://host/a.c"}) {
    CAPTURE(path);
    CHECK(changed(on_lines, {.fingerprint = "f", .path = path, .line = 3}, {.path = "other.c"}) ==
          Outcome::fail);
  }
}

TEST_CASE("changed_lines: a second row of a finding on a changed line is not taken for a repetition") {
  const auto record = judge(on_lines, {{.fingerprint = "f", .line = 1}, {.fingerprint = "f", .line = 10}},
                            std::nullopt, changes_with({{.path = "src/a.c", .lines = {{10, 10}}}}));
  CHECK(record.verdict.outcome == Outcome::fail);
  CHECK(rule_of(record).count == 1);
}

TEST_CASE("changed: an empty change set is whole, nothing changed") {
  CHECK(judge(in_files, {{.fingerprint = "f"}}, std::nullopt, changes_with({})).verdict.outcome ==
        Outcome::pass);
}

TEST_CASE(
    "changed: no diff where a rule needs one is context incomplete, never nothing and never all changed") {
  for (const auto& rows : {std::vector<Row>{}, std::vector<Row>{{.fingerprint = "f"}}}) {
    auto builder = world(in_files, rows);
    builder.inputs().no_changes = {.detail = "this clone is shallow", .hint = "fetch the whole history"};
    const auto missing = missing_of(builder.decide());
    CHECK(missing.cause == Cause::context);
    CHECK(missing.detail == "rule r: the changes are not known: this clone is shallow");
    CHECK(missing.hint == "fetch the whole history");
  }
  CHECK(missing_of(judge(in_files, {}, std::nullopt)).hint.find("--diff FILE") != std::string::npos);
}

TEST_CASE("changed: on_incomplete.context softens what is missing, and what is broken stays broken") {
  const std::string soft =
      "gate: v1\nscan: {types: [semgrep_scan]}\non_incomplete: {context: warn}\nrules: [{id: r, "
      "scope: changed_files}, {id: s, max: 5}]\n";
  CHECK(judge(soft, {{.fingerprint = "f"}}, std::nullopt).verdict.outcome == Outcome::allowed_incomplete);
}
