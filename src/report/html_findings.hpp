// The table of findings of the HTML report: why each of them counts, or does not.
// Not for: the page around it (html.cpp).
#pragma once

#include <functional>
#include <string>

#include "gate/record.hpp"

namespace kolega::report {

/// Gives the section to `sink` in pieces, so that a page of thousands of rows is never in memory twice.
void write_html_findings(const gate::DecisionRecord& record,
                         const std::function<void(std::string_view)>& sink);

}  // namespace kolega::report
