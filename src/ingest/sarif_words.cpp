#include "ingest/sarif_words.hpp"

#include <algorithm>
#include <charconv>

#include "base/clean_run.hpp"
#include "base/text.hpp"
#include "ingest/sarif.hpp"

namespace kolega::ingest {

void add_taxon(const Taxon& taxon, std::vector<std::string>& cwe, std::vector<std::string>& owasp) {
  const auto component = to_lower_ascii(taxon.component);
  if (component.find("cwe") != std::string::npos) {
    add_cwe(taxon.id, cwe);
  } else {
    add_tag(component.find("owasp") != std::string::npos ? "owasp " + taxon.id : taxon.id, cwe, owasp);
  }
}

std::optional<double> find_score(const JsonScalar& scalar) {
  if (scalar.kind == JsonScalar::Kind::integer) return static_cast<double>(scalar.integer);
  if (scalar.kind == JsonScalar::Kind::number) return scalar.number;
  const auto text = trim(scalar.text);
  double score = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), score);
  const bool whole = !text.empty() && result.ec == std::errc{} && result.ptr == text.data() + text.size();
  return whole ? std::optional(score) : std::nullopt;
}

bool is_identity(std::string_view text) {
  const auto is_blank = [](char c) { return c <= ' ' && (c == ' ' || c == '\t' || c == '\r' || c == '\n'); };
  if (text.size() < 8) return false;
  static constexpr auto perhaps_blank = special_bytes(" ");
  return clean_run<perhaps_blank>(text) == text.size() || std::ranges::none_of(text, is_blank);
}

bool is_commit_fact(std::string_view name) {
  for (const std::string_view fact : {"commitSha", "email", "author", "date", "commitMessage"}) {
    if (name == fact) return true;
  }
  return false;
}

}  // namespace kolega::ingest
