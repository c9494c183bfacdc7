// The order of a record's findings: by scan type, path, line, check, then all the rest that a finding says. So equal inputs give
// equal records, whatever order they arrived in. Not for: which findings weigh most (report/view.hpp).
#pragma once

#include "model/finding_set.hpp"

namespace kolega::gate {

void sort_findings(FindingRows& rows);

}  // namespace kolega::gate
