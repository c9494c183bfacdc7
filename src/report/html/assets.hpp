// The style sheet and the script of the HTML report, as they stand inside the page.
// Not for: the page (report/html.cpp).
#pragma once

#include <string_view>

namespace kolega::report {

std::string_view html_style();
std::string_view html_script();

}  // namespace kolega::report
