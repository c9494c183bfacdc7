// A string of any kind does not compile into a sink: that is what keeps hostile text out of every place that was
// forgotten. What the language can ask is asserted; what is an error only where it is called is given to the compiler.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "model/text_pool.hpp"
#include "report/escape.hpp"
#include "sys/system.hpp"
#include "support/files.hpp"

using namespace kolega;

namespace {

template <class Out, class Raw>
constexpr bool takes = std::is_constructible_v<Out, Raw> || requires(Out out, Raw raw) { out += raw; } ||
                       requires(Out out, Raw raw) { out + raw; } || requires(Out out, Raw raw) { raw + out; } ||
                       requires(Out out, Raw raw) { out = raw; };

template <class Out>
constexpr bool takes_a_string =
    takes<Out, std::string> || takes<Out, const std::string&> || takes<Out, std::string_view> || takes<Out, Text> ||
    takes<Out, char> || takes<Out, bool> || takes<Out, double> || takes<Out, std::nullptr_t>;

template <class Out, class Other>
constexpr bool mixes = takes<Out, Other> || takes<Other, Out>;

template <class... Outs>
constexpr bool closed = (!takes_a_string<Outs> && ...);

static_assert(closed<LogText, report::GithubCommands, report::AzureCommands, report::EnvironmentFile, report::Html,
                     report::Markdown>);
static_assert(!std::is_constructible_v<Literal, std::string> && !std::is_constructible_v<Literal, std::string_view>);

// What is safe in one sink is not in another.
static_assert(!mixes<report::Html, report::Markdown> && !mixes<report::Html, LogText>);
static_assert(!mixes<report::Markdown, LogText> && !mixes<report::GithubCommands, report::AzureCommands>);
static_assert(!mixes<report::GithubCommands, LogText> && !mixes<report::EnvironmentFile, LogText>);
static_assert(!mixes<report::AzureCommands, LogText> && !mixes<report::EnvironmentFile, report::GithubCommands>);

// It does take what it should, or the checks above say nothing.
static_assert(takes<report::Html, report::Html> && takes<report::Html, Literal> && takes<LogText, LogText>);
static_assert(std::is_constructible_v<report::Markdown, int> && std::is_constructible_v<LogText, std::uint64_t>);

template <class Out, class Raw>
constexpr bool prints = requires(const Out& out, Raw raw) { out << raw; } ||
                        requires(const Out& out, Raw raw) { out.line(raw); } ||
                        requires(const Out& out, Raw raw) { out.put(raw); };
using Stream = decltype(sys::Streams::out);
static_assert(!prints<Stream, std::string> && !prints<Stream, std::string_view> && !prints<Stream, Text>);
static_assert(std::is_same_v<Stream, decltype(sys::Streams::err)>);

bool compiles(const std::string& statement) {
  const test::TempDir directory;
  const auto file = directory.write("snippet.cpp",
                                    "#include \"report/escape.hpp\"\n"
                                    "using namespace kolega; using namespace kolega::report;\n"
                                    "void f(const char* raw, std::string text, int n, const LogOut& out) {\n"
                                    "  (void)raw; (void)text; (void)n; (void)out;\n" +
                                        statement + "\n}\n");
  const auto command = "'" + test::compiler() + "' -std=c++20 -fsyntax-only -I'" +
                       (test::source_dir() / "src").string() + "' '" + file + "' >/dev/null 2>&1";
  return std::system(command.c_str()) == 0;
}

}  // namespace

TEST_CASE("a pointer to characters is no literal, and no other string becomes one") {
  REQUIRE(compiles("Html a = \"<b>\" + html(text) + \"</b>\"; a += \"x\"; a += Html(n); out.line(log_line(raw));"));
  for (const std::string statement : {
           "Html a(raw);", "Html a; a += raw;", "Html a = html(text) + raw;", "Html a = raw + html(text);",
           "Markdown a; a += text.c_str();", "LogText a(text.data());", "out.line(raw);", "out.put(raw);",
           "GithubCommands a(raw);", "AzureCommands a; a += raw;", "EnvironmentSink::entry(raw, text, \"x\");",
           "Literal a(raw);", "Html a = Html(\"x\") + (\"abc\" + n);", "auto a = Html::made_of(text);",
           "MarkdownSink::link(raw, text);", "char mine[9] = {}; Html a(mine);",
       }) {
    CAPTURE(statement);
    CHECK_FALSE(compiles(statement));
  }
}
