// One escaping function a sink. Text from the API, scanners and policies reaches a report only through these.
#pragma once

#include <string>
#include <string_view>

namespace kolega::report {

/// One line for a log or terminal: printable() and no CI command (`##[`, `##vso[` anywhere, `::` at the start).
std::string log_line(std::string_view text);
std::string log_line(std::string_view text, std::size_t width);

/// The data of a GitHub workflow command (behind the second `::`): log_line() with %, CR and LF escaped.
std::string github_data(std::string_view text);
/// A property of a GitHub workflow command: `:` and `,` too.
std::string github_property(std::string_view text);
/// Data or a property of an Azure logging command: log_line() with %, `;`, `]`, CR and LF escaped.
std::string azure_text(std::string_view text);

/// XML 1.0 attribute or element text: & < > " ' escaped, newline and tab kept as references, characters that XML
/// forbids replaced by U+FFFD.
void append_xml(std::string& out, std::string_view text);
std::string xml(std::string_view text);

/// HTML text or a quoted attribute: one line, printable(), & < > " ' escaped.
std::string html(std::string_view text);

/// Markdown text outside code: every ASCII punctuation character as an entity, line breaks folded.
std::string markdown(std::string_view text);
/// Inline code that its content cannot leave, safe in a table cell too.
std::string markdown_code(std::string_view text);

/// A repository path as a relative URI reference: percent-encoded, normalised; "" when it is absolute, has a scheme
/// or climbs out of the root.
std::string relative_uri(std::string_view path);
/// True when relative_uri() is not empty.
bool is_relative(std::string_view path);
/// The same path as it is called in the repository, not encoded; "" also when it holds what no log may show.
std::string relative_path(std::string_view path);

/// SARIF message text: a plain text may not hold `[x](1)` links, so brackets are escaped with a backslash.
std::string sarif_text(std::string_view text);
void append_sarif_text(std::string& out, std::string_view text);

/// http(s) URL that may be written as a link; empty when it is anything else.
std::string http_url(std::string_view url);

}  // namespace kolega::report
