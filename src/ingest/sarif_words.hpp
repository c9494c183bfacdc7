// What single words and numbers of a SARIF file mean. Not for: where they stand (sarif_reader.cpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/path_reader.hpp"

namespace kolega::ingest {

/// A name in a taxonomy, from a rule's relationship or a result's taxon.
struct Taxon {
  std::string id{};
  std::string component{};
};

void add_taxon(const Taxon& taxon, std::vector<std::string>& cwe, std::vector<std::string>& owasp);

/// A number, or a text that is one.
std::optional<double> find_score(const JsonScalar& scalar);

/// An identity has no blanks ("requires login" is what Semgrep writes without an account) and some length.
bool is_identity(std::string_view text);

/// Facts of a commit that gitleaks files under partialFingerprints: no identity of a finding.
bool is_commit_fact(std::string_view name);

}  // namespace kolega::ingest
