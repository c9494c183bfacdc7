// The two lists of the API that findings are made of: /results of a batch and the pages of /findings.
// Streaming decoders: feed bytes as they arrive. Used by the client and for saved /results files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "model/finding_set.hpp"

namespace kolega::ingest {

/// The head of a /results document.
struct ResultsHead {
  std::string batch_id{};
  ScanType scan_type{};
  std::string status{};
  std::int64_t findings_count{};
};

class ResultsDecoder {
 public:
  /// Appends to `rows`, texts into `pool`. Errors are Error(kind) "what: /findings/3/severity: not a string".
  ResultsDecoder(TextPool& pool, FindingRows& rows, std::string what, ErrorKind kind);
  ~ResultsDecoder();
  void feed(std::string_view bytes);
  /// Checks that every required member was there. Members may come in any order.
  ResultsHead finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct Line {
  std::uint32_t first{};
  std::uint32_t last{};
};

/// One item of /findings: what the join needs of it.
struct FindingItem {
  Text check_id{};
  Text path{};
  Text message{};
  Text severity_word{};
  TextList cwe{};
  TextList owasp{};
  Text repository{};  ///< "owner/name" of the source URL, as the next; empty when it does not tell
  Line line{};        ///< 0: not known
  ScanType scan_type{};
  const FindingDetails* details{};  ///< in the pool, never nullptr
};

struct PageHead {
  std::int64_t total{};
  std::int64_t limit{};
  std::int64_t skip{};
  bool has_next{};
};

class FindingsPageDecoder {
 public:
  FindingsPageDecoder(TextPool& pool, std::vector<FindingItem>& items, std::string what, ErrorKind kind);
  ~FindingsPageDecoder();
  void feed(std::string_view bytes);
  PageHead finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kolega::ingest
