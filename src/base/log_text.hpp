// What people read on a terminal or in the log of a job, line by line. In a log, text is not only read: GitHub's runner
// obeys `::x` at the start of a line and `##[x]` anywhere, Azure's agent `##vso[x]` anywhere.
// Not for: commands that we mean (report/ci_commands.hpp), documents (JSON, reports).
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "base/markup.hpp"

namespace kolega {

class LogSink {
 public:
  static Markup<LogSink> escape(std::string_view text);
  static Markup<LogSink> escape(std::string_view text, std::size_t width);
  static Markup<LogSink> blanks(std::size_t count);
  static void mend(std::string& text, std::size_t seam);
};

using LogText = Markup<LogSink>;

/// One line: printable() and no CI command (`##[`, `##vso[` anywhere, `::` at the start).
inline LogText log_line(std::string_view text) { return LogSink::escape(text); }
/// The same, cut to `width` columns.
inline LogText log_line(std::string_view text, std::size_t width) { return LogSink::escape(text, width); }

/// A stream of lines for people. A handle: it costs nothing to copy, and the stream must outlive it.
class LogOut {
 public:
  LogOut(std::ostream& out) : out_(&out) {}  // NOLINT: a stream for people is one
  /// The text and a line end.
  void line(const LogText& text = {}) const;
  /// The text as it is: a part of a line that is overwritten.
  void put(const LogText& text) const;
  /// Throws Error(output) when what was written is lost.
  void flush() const;
  /// For a document that has an escaping of its own: a report, JSON, a patch, a policy. Never for a text for people.
  std::ostream& bytes() const noexcept { return *out_; }

 private:
  std::ostream* out_;
};

}  // namespace kolega
