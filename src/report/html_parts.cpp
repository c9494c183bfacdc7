#include "report/html_parts.hpp"

#include <algorithm>
#include <ostream>

#include "base/digest.hpp"
#include "base/signature.hpp"
#include "gate/phrases.hpp"
#include "report/html/assets.hpp"
#include "report/view.hpp"

namespace kolega::report {

namespace {

/// 'sha256-...' of https://www.w3.org/TR/CSP3/#grammardef-hash-source
Html hash_source(Literal content) {
  const auto hex = sha256_hex(content.view());
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return "'sha256-" + html(base64_encode(bytes)) + "'";
}

Literal sign(gate::Outcome outcome) {
  const auto kind = html_tone(outcome).view();
  if (kind == "good") return "<path d=\"M14 27l8 8 16-18\"/>";
  if (kind == "warn") return "<path d=\"M26 14v15M26 37v.5\"/>";
  return "<path d=\"M17 17l18 18M35 17L17 35\"/>";
}

}  // namespace

void HtmlOut::end() {
  write("</div>\n<script>");
  write(html_script());
  write("</script>\n</body></html>\n");
  out_.flush();
}

Html html_text(std::string_view hostile, std::size_t limit) {
  return html(cut(hostile, limit));
}

Literal html_tone(gate::Outcome outcome) {
  switch (outcome) {
    case gate::Outcome::pass:
      return "good";
    case gate::Outcome::warn:
    case gate::Outcome::allowed_incomplete:
    case gate::Outcome::bypassed:
      return "warn";
    case gate::Outcome::incomplete:
    case gate::Outcome::fail:
      return "bad";
  }
  return "bad";
}

Html html_head(const Html& title) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src " +
         hash_source(html_style()) + "; script-src " + hash_source(html_script()) +
         "; base-uri 'none'; form-action 'none'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"referrer\" content=\"no-referrer\">\n<title>" +
         title + "</title>\n<style>" + Html(html_style()) + "</style></head>\n<body><div class=\"wrap\">\n";
}

Html html_verdict(gate::Outcome outcome, std::string_view summary, std::string_view below) {
  return "<section class=\"verdict " + Html(html_tone(outcome)) +
         "\"><svg viewBox=\"0 0 52 52\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"4\" "
         "stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\"><circle cx=\"26\" cy=\"26\" "
         "r=\"23\" stroke-width=\"3\"/>" +
         sign(outcome) + "</svg><div><h1>" + html(gate::headline(outcome)) + "</h1><p>" +
         html_text(summary, 600) + "</p><p>" + html(below) + ".</p></div></section>\n";
}

/// Widths as SVG attributes: an inline style would need its own leave in the content security policy.
Html html_bar(const std::array<std::uint64_t, 5>& by_severity, std::uint64_t full) {
  Html out("<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
  std::uint64_t x = 0;
  for (auto i = by_severity.size(); i-- > 0;) {
    if (by_severity[i] == 0) continue;
    const auto share =
        static_cast<double>(by_severity[i]) / static_cast<double>(std::max<std::uint64_t>(full, 1));
    const auto width = std::max<std::uint64_t>(static_cast<std::uint64_t>(share * 1000), 6);
    out += "<rect class=\"s" + Html(i) + "\" x=\"" + Html(x) + "\" width=\"" +
           Html(width) + "\" height=\"10\"/>";
    x += width;
  }
  return out + "</svg>";
}

}  // namespace kolega::report
