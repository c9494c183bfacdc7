// The sinks of reports and their escaping functions. Text from the API, scanners and policies gets into Html, Markdown,
// ... through these alone: a string does not compile into them (base/markup.hpp). A log is base/log_text.hpp.
#pragma once

#include <string>
#include <string_view>

#include "base/log_text.hpp"
#include "base/markup.hpp"

namespace kolega::report {

/// GitHub workflow commands.
class GithubSink {
 public:
  /// The data of a command (behind the second `::`): log_line() with %, CR and LF escaped.
  static Markup<GithubSink> data(std::string_view text);
  /// A property: `:` and `,` too.
  static Markup<GithubSink> property(std::string_view text);
  static void mend(std::string& text, std::size_t seam) { LogSink::mend(text, seam); }
};
using GithubCommands = Markup<GithubSink>;

/// Azure logging commands and the plain lines between them.
class AzureSink {
 public:
  /// Data or a property: log_line() with %, `;`, `]`, CR and LF escaped.
  static Markup<AzureSink> escape(std::string_view text);
  static Markup<AzureSink> line(std::string_view text);  ///< no command: log_line()
  static void mend(std::string& text, std::size_t seam) { LogSink::mend(text, seam); }
};
using AzureCommands = Markup<AzureSink>;

/// A file of values for later steps: GITHUB_OUTPUT, GITHUB_ENV.
class EnvironmentSink {
 public:
  /// A value of one line under a name of ours, log_line() because a later step may print it. The delimiter ends it, so it is lengthened until the value does not
  /// hold it; it must not be guessed by who writes the value. Throws Error(internal) when it is no plain word.
  static Markup<EnvironmentSink> entry(Literal name, std::string_view value, std::string delimiter);
  static void mend(std::string&, std::size_t) {}  // an entry ends with a line end
};
using EnvironmentFile = Markup<EnvironmentSink>;

/// XML 1.0 attribute or element text: & < > " ' escaped, newline and tab kept as references, characters that XML
/// forbids replaced by U+FFFD.
void append_xml(std::string& out, std::string_view text);
/// The same of one character.
void append_xml_character(std::string& out, char32_t c);
std::string xml(std::string_view text);

class HtmlSink {
 public:
  static Markup<HtmlSink> escape(std::string_view text);
  static void mend(std::string& text, std::size_t seam);
};
using Html = Markup<HtmlSink>;

/// HTML text or a quoted attribute: one line, printable(), & < > " ' escaped.
inline Html html(std::string_view text) { return HtmlSink::escape(text); }

class MarkdownSink {
 public:
  static Markup<MarkdownSink> escape(std::string_view text);
  static Markup<MarkdownSink> code(std::string_view text);
  static Markup<MarkdownSink> words(std::string_view text);
  static Markup<MarkdownSink> link(Literal label, std::string_view url);
  static void mend(std::string&, std::size_t) {}  // every sign of a text is an entity: none can meet another
};
using Markdown = Markup<MarkdownSink>;

/// Markdown text outside code: every ASCII punctuation character as an entity, line breaks folded.
inline Markdown markdown(std::string_view text) { return MarkdownSink::escape(text); }
/// Inline code that its content cannot leave, safe in a table cell too.
inline Markdown markdown_code(std::string_view text) { return MarkdownSink::code(text); }
/// Words and numbers of the gate ("2 high, 1 low", "semgrep_scan"), as they are when they hold nothing that Markdown
/// gives a meaning; anything else as markdown() writes it.
inline Markdown markdown_words(std::string_view text) { return MarkdownSink::words(text); }
/// A link to an http(s) URL; empty when it is none.
inline Markdown markdown_link(Literal label, std::string_view url) { return MarkdownSink::link(label, url); }

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
