// Wrong policies with the exact text that a person is shown: wrong_policies.txt, read line by line.
// KOLEGA_UPDATE=1 writes the file anew; read the difference before you commit it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <set>
#include <vector>

#include "base/text.hpp"
#include "policy/load.hpp"
#include "support/files.hpp"

using namespace kolega;

namespace {

struct Wrong {
  std::string name{};
  std::string shown{};  ///< the policy as the file shows it
  std::string expected{};
};

/// "\x1B" -> that byte; everything else stands for itself.
std::string unescape(std::string_view shown) {
  std::string out;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown.substr(i, 2) == "\\x") {
      out += static_cast<char>(std::stoi(std::string(shown.substr(i + 2, 2)), nullptr, 16));
      i += 3;
    } else {
      out += shown[i];
    }
  }
  return out;
}

const auto table_path = test::source_dir() / "tests/policy/wrong_policies.txt";

std::vector<Wrong> read_table() {
  std::vector<Wrong> out;
  std::istringstream in(test::slurp(table_path));
  bool in_policy = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("==== ")) {
      out.push_back({.name = line.substr(5)});
      in_policy = true;
    } else if (line == "----") {
      in_policy = false;
    } else if (!out.empty()) {
      (in_policy ? out.back().shown : out.back().expected) += line + "\n";
    }
  }
  for (auto& wrong : out) {
    while (wrong.expected.ends_with("\n\n")) wrong.expected.pop_back();
  }
  return out;
}

std::string shown_remarks(const std::string& text) {
  const auto loaded = policy::lint(text, "policy.yaml");
  std::string out;
  for (const auto& remark : loaded.remarks) out += render(remark, loaded) + "\n";
  if (loaded.policy) out += "(loads)\n";
  return out;
}

void update(const std::vector<Wrong>& table) {
  const auto before = test::slurp(table_path);
  std::ofstream out(table_path, std::ios::binary);
  out << before.substr(0, before.find("\n\n") + 1);
  for (const auto& wrong : table) {
    out << "\n==== " << wrong.name << "\n" << wrong.shown << "----\n" << shown_remarks(unescape(wrong.shown));
  }
}

}  // namespace

TEST_CASE("every wrong policy is answered with exactly the text in the table") {
  const auto table = read_table();
  CHECK(table.size() >= 100);
  std::set<std::string> names;
  for (const auto& wrong : table) {
    CAPTURE(wrong.name);
    CHECK(names.insert(wrong.name).second);
    CHECK(shown_remarks(unescape(wrong.shown)) == wrong.expected);
  }
  if (std::getenv("KOLEGA_UPDATE")) update(table);
}

TEST_CASE("an error loads nothing, whatever else the policy holds") {
  for (const auto& wrong : read_table()) {
    CAPTURE(wrong.name);
    const auto loaded = policy::lint(unescape(wrong.shown), "policy.yaml");
    CHECK(loaded.policy.has_value() == !has_errors(loaded.remarks));
    CHECK_FALSE(loaded.remarks.empty());
    if (loaded.policy) continue;
    CHECK_THROWS_AS(policy::parse_policy(unescape(wrong.shown), "policy.yaml"), const Error&);
  }
}

TEST_CASE("parse_policy throws all remarks with their source lines") {
  try {
    policy::parse_policy("gate: v1\nname: x\nrule: []\nthresholds: {high: -1}\n", "p.yaml");
    FAIL("it loaded");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::policy);
    CHECK(render(error) ==
          "p.yaml: the policy does not load: 2 errors\n"
          "p.yaml:3:1: error: unknown key 'rule' in 'policy'\n"
          "  | rule: []\n"
          "  | ^~~~\n"
          "  hint: did you mean 'rules'?\n"
          "p.yaml:4:20: error: 'high' must be a whole number, not '-1'\n"
          "  | thresholds: {high: -1}\n"
          "  |                    ^~\n"
          "  hint: write decimal digits only, for example 10");
  }
}
