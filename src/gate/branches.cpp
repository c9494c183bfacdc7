#include "gate/branches.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kolega::gate {

namespace {

std::string_view short_name(std::string_view branch) {
  constexpr std::string_view heads = "refs/heads/";
  if (branch.starts_with(heads)) branch.remove_prefix(heads.size());
  return branch;
}

/// Of a container with several repositories only the one that is judged has the subject's branch.
std::vector<const ScanBatchRepository*> rows_of(const ScanBatch& batch, const Subject& subject) {
  std::vector<const ScanBatchRepository*> all;
  std::vector<const ScanBatchRepository*> own;
  for (const auto& row : batch.repositories) {
    all.push_back(&row);
    if (iequals_ascii(row.name, subject.repository)) own.push_back(&row);
  }
  return own.empty() ? all : own;
}

}  // namespace

std::vector<BranchDoubt> find_branch_doubts(const Inputs& inputs) {
  std::vector<BranchDoubt> out;
  const auto wanted = short_name(inputs.subject.branch);
  for (const auto& batch : inputs.batches) {
    if (batch.origin == BatchOrigin::file || batch.ending != BatchEnding::read) continue;
    const auto who = std::string(name_of(batch.type)) + " batch " + batch.id + ": ";
    const auto rows = rows_of(batch, inputs.subject);
    if (wanted.empty()) {
      out.push_back({who + "the branch that is judged is not known", false,
                     "check the branch out by its name, or run where the CI tells it; a detached HEAD has none"});
      continue;
    }
    const auto other = std::ranges::find_if(
        rows, [&](const auto* row) { return !row->branch.empty() && short_name(row->branch) != wanted; });
    if (other != rows.end()) {
      out.push_back({who + "branch " + printable((*other)->branch, 100) + " of " +
                         printable((*other)->name, 100) + " was scanned, branch " + printable(wanted, 100) +
                         " is judged",
                     true,
                     "have Kolega scan branch " + printable(wanted, 100) + " (it is set there for each repository), or accept another "
                     "one, as in merge requests, with 'scan: {expect_branch: warn}'"});
    } else if (rows.empty() ||
               std::ranges::any_of(rows, [](const auto* row) { return row->branch.empty(); })) {
      out.push_back({who + "the scan does not say which branch it read", false,
                     "start a new scan; where none says it, only 'scan: {expect_branch: warn}' can pass"});
    }
  }
  return out;
}

}  // namespace kolega::gate
