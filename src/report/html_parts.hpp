// What the HTML pages of the gate share: head with its content security policy, verdict, bars, end.
// Not for: what stands between (report/html.cpp, fleet/html.cpp).
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <string_view>

#include "base/json_writer.hpp"
#include "gate/verdict.hpp"
#include "report/escape.hpp"

namespace kolega::report {

/// The page as it grows: a string that was not escaped does not compile into it.
class HtmlOut {
 public:
  explicit HtmlOut(std::ostream& out) : out_(out) {}
  void write(const Html& piece) { out_.write(piece.view()); }
  void write(Literal piece) { out_.write(piece.view()); }
  /// The script and the end of the page. Throws Error(output) when what was written is lost.
  void end();

 private:
  BufferedWriter out_;
};

/// Escaped and cut to so many columns.
Html html_text(std::string_view hostile, std::size_t limit);
/// The class of an outcome: good, warn or bad.
Literal html_tone(gate::Outcome outcome);
/// From the doctype to the beginning of the body.
Html html_head(const Html& title);
Html html_verdict(gate::Outcome outcome, std::string_view summary, std::string_view below);
/// Shares of `full`, worst first.
Html html_bar(const std::array<std::uint64_t, 5>& by_severity, std::uint64_t full);

}  // namespace kolega::report
