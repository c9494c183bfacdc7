// The sandbox's records as JSON documents, as they stand in its file: one function each way.
// Not for: the API's JSON (handlers_*.cpp), nor the file itself (archive.cpp).
#pragma once

#include <string>
#include <string_view>

#include "sandbox/store.hpp"

namespace kolega::sandbox {

/// Reading throws Error(usage) for a document that is not one of ours. What a record refers to (its
/// repository, its batch) stands beside the document and is put in by the caller.
std::string encode_harvest(const Harvest& harvest);
Harvest decode_harvest(std::string_view text, ScanType type);

std::string encode_batch(const BatchRecord& batch);
/// `created.steady` and `harvested` are since the batch's creation, which the caller places on the running
/// clock.
BatchRecord decode_batch(std::string_view text);

std::string encode_finding(const FindingRecord& finding);
FindingRecord decode_finding(std::string_view text);

std::string encode_event(const EventRecord& event);
EventRecord decode_event(std::string_view text);

/// Without the diff, which may hold any bytes.
std::string encode_fix(const FixRecord& fix);
FixRecord decode_fix(std::string_view text);

}  // namespace kolega::sandbox
