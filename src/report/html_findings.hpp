// The table of findings of the HTML report: why each of them counts, or does not.
// Not for: the page around it (html.cpp).
#pragma once

#include <functional>

#include "gate/record.hpp"
#include "report/escape.hpp"

namespace kolega::report {

/// Gives the section to `sink` in pieces, so that a page of thousands of rows is never in memory twice.
void write_html_findings(const gate::DecisionRecord& record,
                         const std::function<void(const Html&)>& sink);

}  // namespace kolega::report
