// What a SARIF file says of how the tool ended: anything but success makes its run partial. Not for: where it says so
// (sarif_reader.cpp).
#pragma once

#include "ingest/path_reader.hpp"
#include "ingest/sarif.hpp"

namespace kolega::ingest {

/// executionSuccessful (SARIF 3.20.14), which is true or false.
void read_success(const JsonScalar& scalar, SarifRun& run);
/// exitSignalName or exitSignalNumber, whatever else the file says of its success. 0 and the empty text name no signal.
void read_signal(const JsonScalar& scalar, SarifRun& run);
/// processStartFailureMessage
void read_start_failure(const JsonScalar& scalar, SarifRun& run);
/// Of executionSuccessful or the invocations themselves, where they are of another shape.
void refuse_invocation(std::string_view what, SarifRun& run);

}  // namespace kolega::ingest
