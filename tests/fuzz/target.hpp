// What is fuzzed: one function a kind of hostile bytes. Each lets only the errors out that its reader
// promises and aborts when a promise about the result is broken. Run by libFuzzer (fuzz_main.cpp) and, for a
// bounded number of mutations of the seeds, with every other test (mutate_test.cpp). Not for: particular
// inputs, which the reader's own test holds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kolega::fuzz {

struct Target {
  std::string_view name{};
  void (*run)(std::string_view bytes){};
  std::vector<std::string> (*seeds)(){};  ///< valid inputs to start from
};

const std::vector<Target>& targets();
const Target* find_target(std::string_view name);

/// Ends the process with the reason on standard error: a fuzzer keeps the input that did it.
void require(bool holds, const char* promise);

void run_policy(std::string_view bytes);
void run_wire(std::string_view bytes);
void run_sarif(std::string_view bytes);
void run_diff(std::string_view bytes);
void run_url(std::string_view bytes);
void run_http(std::string_view bytes);
void run_record(std::string_view bytes);
void run_envelope(std::string_view bytes);
void run_import(std::string_view bytes);
void run_proxy(std::string_view bytes);
void run_cursor(std::string_view bytes);
void run_fleet(std::string_view bytes);

std::vector<std::string> policy_seeds();
std::vector<std::string> wire_seeds();
std::vector<std::string> sarif_seeds();
std::vector<std::string> diff_seeds();
std::vector<std::string> url_seeds();
std::vector<std::string> http_seeds();
std::vector<std::string> record_seeds();
std::vector<std::string> envelope_seeds();
std::vector<std::string> import_seeds();
std::vector<std::string> proxy_seeds();
std::vector<std::string> cursor_seeds();
std::vector<std::string> fleet_seeds();

}  // namespace kolega::fuzz
