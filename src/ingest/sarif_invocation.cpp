#include "ingest/sarif_invocation.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kolega::ingest {

namespace {

/// Once, however often the file says it.
void add_shortcoming(std::string what, SarifRun& run) {
  auto& all = run.shortcomings;
  if (std::find(all.begin(), all.end(), what) == all.end()) all.push_back(std::move(what));
}

}  // namespace

void read_success(const JsonScalar& scalar, SarifRun& run) {
  if (scalar.kind != JsonScalar::Kind::boolean) return refuse_invocation("executionSuccessful is neither true nor false", run);
  ++(scalar.flag ? run.successful : run.failed);
}

void read_signal(const JsonScalar& scalar, SarifRun& run) {
  const bool number = scalar.kind == JsonScalar::Kind::integer;
  if (number ? scalar.integer == 0 : scalar.text.empty()) return;
  add_shortcoming("the tool was ended by a signal (" + (number ? std::to_string(scalar.integer) : printable(scalar.text, 40)) + ")", run);
}

void read_start_failure(const JsonScalar& scalar, SarifRun& run) {
  if (!scalar.text.empty()) add_shortcoming("the tool could not be started: " + printable(scalar.text, 200), run);
}

void refuse_invocation(std::string_view what, SarifRun& run) {
  add_shortcoming("the file does not say whether the tool succeeded: " + std::string(what), run);
}

}  // namespace kolega::ingest
