// Starts one batch and never two: what to do when the answer to the POST was lost, or the server says 409.
// The API has no idempotency key, so the list of scans is looked at before a second POST (RELIABILITY 4).
#pragma once

#include "api/run_context.hpp"

namespace kolega::api {

/// The batch of this type that this run began. Adopted from the list only when it is not finished and the
/// server created it after this run's POST began, by the server's own clock (the Date of its last answer;
/// without one, by ours with 10 s of grace). A finished batch is never adopted. Throws what ended the
/// attempt: QuotaError, HttpError, net::TransportError, Error(api).
ScanBatch start_scan_once(const RunContext& context, ScanType type);

}  // namespace kolega::api
