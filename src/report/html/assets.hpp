// The style sheet and the script of the HTML report, as they stand inside the page.
// Not for: the page (report/html.cpp).
#pragma once

#include "base/markup.hpp"

namespace kolega::report {

Literal html_style();
Literal html_script();

}  // namespace kolega::report
