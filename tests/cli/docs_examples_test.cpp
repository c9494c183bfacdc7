// What the documentation shows is what the program takes: every command line in it, every policy in it.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/parse.hpp"
#include "policy/load.hpp"
#include "support/cli_run.hpp"
#include "support/files.hpp"

using namespace kolega;
using test::TempDir;
namespace fs = std::filesystem;

namespace {

struct Fence {
  std::string page{};
  std::string kind{};  ///< "yaml", "sh", "yaml wrong"
  std::string text{};
};

std::vector<fs::path> pages() {
  std::vector<fs::path> out{test::source_dir() / "README.md"};
  for (const auto& entry : fs::recursive_directory_iterator(test::source_dir() / "docs")) {
    if (entry.path().extension() == ".md" && entry.path().filename() != "commands.md")
      out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<Fence> fences_of(const fs::path& page) {
  std::vector<Fence> out;
  bool inside = false;
  std::istringstream in(test::slurp(page));
  for (std::string line; std::getline(in, line);) {
    const auto text = trim(line);
    if (text.starts_with("```")) {
      inside = !inside;
      if (inside) out.push_back({page.filename().string(), std::string(trim(text.substr(3))), {}});
    } else if (inside) {
      out.back().text += line + "\n";
    }
  }
  return out;
}

/// The words after the program's name, up to a comment, a pipe or a redirection; quotes hold words together.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  for (const char c : line) {
    if (quote == 0 && (c == '#' || c == '>' || c == '|' || c == '&' || c == ';') && word.empty()) break;
    if (quote != 0 ? c == quote : (c == '"' || c == '\'')) {
      quote = quote == 0 ? c : '\0';
    } else if (c == ' ' && quote == 0) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

/// The command lines of a fence; one that ends with a backslash goes on in the next line.
std::vector<std::string> commands_in(const Fence& fence) {
  std::vector<std::string> out;
  std::string text = fence.text;
  for (std::size_t at; (at = text.find("\\\n")) != std::string::npos;) text.replace(at, 2, " ");
  for (const auto whole : split(text, '\n')) {
    auto line = trim(whole);
    if (line.starts_with("$ ")) line.remove_prefix(2);
    if (line.starts_with("- run: ")) line.remove_prefix(7);
    if (line.starts_with("- ")) line.remove_prefix(2);
    if (line.starts_with("npx ")) line.remove_prefix(4);
    if (line.starts_with("kolega-gate ")) out.emplace_back(line.substr(12));
  }
  return out;
}

/// `kolega-gate ...` inside of a paragraph.
std::vector<std::string> inline_commands(const fs::path& page) {
  std::vector<std::string> out;
  const auto text = test::slurp(page);
  constexpr std::string_view opening = "`kolega-gate ";
  for (std::size_t at = 0; (at = text.find(opening, at)) != std::string::npos;) {
    at += opening.size();
    out.push_back(collapse_white_space(text.substr(at, text.find('`', at) - at)));
  }
  return out;
}

void check_parses(const std::string& page, const std::string& line) {
  CAPTURE(page);
  CAPTURE(line);
  try {
    cli::parse(words_of(line));
  } catch (const Error& error) {
    FAIL_CHECK(render(error));
  }
}

/// A word that stands for something else: FILE, NAME, `...`.
bool has_placeholder(const std::string& line) {
  const auto words = words_of(line);
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word == "..." || (word.size() > 1 && std::all_of(word.begin(), word.end(),
                                                            [](char c) { return c >= 'A' && c <= 'Z'; }));
  });
}

bool is_policy(const Fence& fence) {
  return fence.kind.starts_with("yaml") && fence.text.find("gate: v1") != std::string::npos;
}

}  // namespace

TEST_CASE("docs: every command line that a page shows is one that the program takes") {
  std::size_t seen = 0;
  for (const auto& page : pages()) {
    for (const auto& fence : fences_of(page)) {
      for (const auto& line : commands_in(fence)) {
        check_parses(page.filename().string(), line);
        ++seen;
      }
    }
  }
  CHECK(seen >= 10);
}

TEST_CASE("docs: the examples of every command's help are ones that the program takes") {
  for (const auto& command : cli::commands()) {
    CHECK_FALSE(command.examples.empty());
    for (const auto& example : command.examples)
      check_parses(std::string(command.name), std::string(example.line));
  }
}

TEST_CASE("docs: the commands of docs/policy.md do what the page says, beside a policy") {
  const auto page = test::source_dir() / "docs/policy.md";
  auto lines = inline_commands(page);
  for (const auto& fence : fences_of(page)) {
    for (const auto& line : commands_in(fence)) lines.push_back(line);
  }
  std::size_t executed = 0;
  for (const auto& line : lines) {
    CAPTURE(line);
    // A paragraph may name a command without its arguments; those of `policy` need none.
    if (has_placeholder(line) || !line.starts_with("policy ")) continue;
    const TempDir dir;
    if (!line.starts_with("policy init"))
      dir.write(".kolega/policy.yaml", std::string(policy::find_builtin("starter")->text));
    const auto result = test::cli(words_of(line), {.directory = dir.path()});
    CAPTURE(result.err);
    CHECK(result.code == 0);
    ++executed;
  }
  CHECK(executed >= 3);
}

TEST_CASE("docs: every whole policy that a page shows loads, and its tests pass") {
  std::size_t tested = 0;
  for (const auto& page : pages()) {
    for (const auto& fence : fences_of(page)) {
      if (!is_policy(fence)) continue;
      CAPTURE(fence.page);
      CAPTURE(fence.text);
      const TempDir dir;
      const auto file = dir.write("policy.yaml", fence.text);
      const bool wrong = fence.kind.find("wrong") != std::string::npos;
      CHECK(test::cli({"policy", "check", file}).code == (wrong ? 2 : 0));
      if (wrong || fence.text.find("\ntests:") == std::string::npos) continue;
      const auto result = test::cli({"policy", "test", file});
      CAPTURE(result.err);
      CHECK(result.code == 0);
      ++tested;
    }
  }
  CHECK(tested >= 1);
}
