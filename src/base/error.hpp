// The one way to fail: a function that cannot do what its name says throws Error.
// Not for: absence (optional), remarks on a policy (Diagnostic lists), an incomplete scan (model/incomplete.hpp).
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kolega {

/// Who or what is to blame. Each kind has one exit code: cli/exit_code.cpp.
enum class ErrorKind {
  usage,        ///< arguments, environment, configuration
  policy,       ///< the policy does not load
  input,        ///< a file given to us (results, SARIF, diff, record) cannot be read or understood
  output,       ///< a report cannot be written
  auth,         ///< 401, or 403 without a quota
  not_found,    ///< 404: unknown to this key
  quota,        ///< 403 with a quota type
  network,      ///< names, connection, TLS, proxy
  api,          ///< an answer that breaks the contract, or 4xx/5xx after retries
  timeout,      ///< our patience ended
  context,      ///< a diff, baseline or finding detail is missing
  policy_test,  ///< a policy's own test failed
  interrupted,  ///< a signal; the number is Error::signal()
  internal,     ///< a bug of ours
};

/// A place in a text file. Line and column count from 1; 0 means unknown.
struct SourcePos {
  std::string file{};
  int line{};
  int column{};
  friend bool operator==(const SourcePos&, const SourcePos&) = default;
};

/// "file:line:column", without the parts that are unknown.
std::string describe(const SourcePos& pos);

class Error : public std::exception {
 public:
  /// `message` says what failed, colon, why. It must never hold a token or a URL with user information.
  Error(ErrorKind kind, std::string message, std::string hint = {}, std::optional<SourcePos> pos = {});

  ErrorKind kind() const noexcept { return kind_; }
  const std::string& message() const noexcept { return message_; }
  const std::string& hint() const noexcept { return hint_; }
  const std::optional<SourcePos>& pos() const noexcept { return pos_; }
  int signal() const noexcept { return signal_; }
  /// Further lines below the message, such as the source line with a caret or a list of candidates.
  const std::string& excerpt() const noexcept { return excerpt_; }

  Error& with_excerpt(std::string text);
  Error& with_signal(int number);
  /// The same error with `prefix` and a colon before its message.
  Error& within(std::string_view prefix);

  const char* what() const noexcept override { return what_.c_str(); }

 private:
  void rebuild();
  ErrorKind kind_;
  std::string message_;
  std::string hint_;
  std::optional<SourcePos> pos_;
  std::string excerpt_;
  int signal_{};
  std::string what_;
};

/// "[file:line:column: ]message\n  excerpt\nhint: ...": what a person reads, without a trailing newline.
std::string render(const Error& error);

/// One remark on a text that people write (a policy). Lists of them are values, not failures.
struct Diagnostic {
  enum class Level { error, warning };
  Level level{Level::error};
  SourcePos pos{};
  std::string message{};
  std::string hint{};
  int length{1};  ///< how many columns the underline covers
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

/// "file:line:column: error: message", the source line, an underline, and the hint. `source` is the whole
/// text of the file (empty: no excerpt). Long lines are cut around the column, control characters shown escaped.
std::string render(const Diagnostic& diagnostic, std::string_view source);

bool has_errors(const std::vector<Diagnostic>& diagnostics);

}  // namespace kolega
