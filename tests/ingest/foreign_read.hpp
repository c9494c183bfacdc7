// Reads files of other tools from texts. Not for: files of the corpus (corpus_test.cpp).
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "ingest/foreign.hpp"

namespace kolega::test {

using namespace ingest;

struct Read {
  TextPool pool;
  ForeignFile file;
  const ForeignScan& scan() const { return file.scans.at(0); }
  Finding first() const { return scan().findings[0]; }
  bool notes(std::string_view part) const { return holds(scan().notes, part); }
  bool lacks(std::string_view part) const { return holds(scan().batch.shortcomings, part); }

 private:
  static bool holds(const std::vector<std::string>& lines, std::string_view part) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }
};

inline std::unique_ptr<Read> read(const std::string& text) {
  auto out = std::make_unique<Read>();
  out->file = read_foreign(text, "f.json", out->pool);
  return out;
}

inline std::string failure_of(const std::string& text) {
  try {
    read(text);
    return "read";
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.message();
  }
}

inline std::vector<std::string> words(TextList list) {
  std::vector<std::string> out;
  for (const auto text : list) out.push_back(text.str());
  return out;
}

/// A run with one rule `r` and one result; the parts in braces are added to rule, result and run.
inline std::string sarif(const std::string& result, const std::string& rule = "", const std::string& run = "") {
  return R"({"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T","version":"1","rules":[{"id":"r")" +
         (rule.empty() ? "" : "," + rule) + R"(}]}},"results":[{"ruleId":"r","message":{"text":"m"})" +
         (result.empty() ? "" : "," + result) + "}]" + (run.empty() ? "" : "," + run) + "}]}";
}

}  // namespace kolega::test
