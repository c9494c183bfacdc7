// What the API answers: the streamed lists, whole and in parts of any size, and the small documents.
#include <algorithm>
#include <optional>

#include "api/wire.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "fuzz/target.hpp"
#include "ingest/results.hpp"
#include "support/files.hpp"

namespace kolega::fuzz {

namespace {

/// What reading came to: a number of rows, or the error's words.
template <class Decoder, class Rows>
std::string read_in_parts(std::string_view bytes, std::size_t part) {
  TextPool pool;
  Rows rows;
  try {
    Decoder decoder(pool, rows, "answer", ErrorKind::api);
    for (std::size_t at = 0; at < bytes.size(); at += part) decoder.feed(bytes.substr(at, part));
    decoder.finish();
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::api, "an answer that breaks the contract is the API's fault");
    // Of bytes that are no UTF-8 the parser tells the place where it saw the first of them, or the last.
    return error.message().substr(0, error.message().find(" at byte "));
  }
  return std::to_string(rows.size());
}

template <class Decoder, class Rows>
void read_list(std::string_view bytes) {
  const auto whole = read_in_parts<Decoder, Rows>(bytes, std::max<std::size_t>(bytes.size(), 1));
  const auto parts = read_in_parts<Decoder, Rows>(bytes, 7);
  require(whole == parts, "it does not matter in which parts an answer arrives");
}

template <class Decode>
void read_document(const boost::json::value& tree, Decode decode) {
  try {
    decode(JsonView(tree, "answer", ErrorKind::api));
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::api, "an answer that breaks the contract is the API's fault");
  }
}

}  // namespace

void run_wire(std::string_view bytes) {
  read_list<ingest::ResultsDecoder, FindingRows>(bytes);
  read_list<ingest::FindingsPageDecoder, std::vector<ingest::FindingItem>>(bytes);
  std::optional<boost::json::value> tree;
  try {
    tree = parse_json(bytes, "answer", ErrorKind::api);
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::api, "an answer that breaks the contract is the API's fault");
    return;
  }
  read_document(*tree, [](const JsonView& view) { api::decode_me(view); });
  read_document(*tree, [](const JsonView& view) { api::decode_quota(view); });
  read_document(*tree, [](const JsonView& view) { api::decode_repository(view); });
  read_document(*tree, [](const JsonView& view) { api::decode_page_head(view); });
  read_document(*tree, [](const JsonView& view) {
    const auto batch = api::decode_scan_batch(view);
    require(api::usable_id(batch.id), "an id that is used can stand in a path and in a command");
  });
  read_document(*tree, [](const JsonView& view) { api::decode_progress(view); });
}

std::vector<std::string> wire_seeds() {
  return {
      R"({"batch_id":"b1","scan_type":"semgrep_scan","status":"completed","findings_count":1,"findings":[{"fingerprint":"f","check_id":"c","file_path":"a.c","severity":"high","message":"m","cwe":["CWE-79"],"owasp":["A03:2021"]}]})",
      R"({"items":[{"id":"1","check_id":"c","file_path":"a.c","message":"m","severity":"low","cwe":[],"owasp":[],"source_url":"https://h/o/r/blob/x/a.c#L3","scan_type":"semgrep_scan","status":"open","first_detected_at":"2026-01-02T03:04:05Z","cvss_score":7.5}],"total":1,"limit":100,"skip":0,"has_next":false})",
      R"({"batch_id":"b1","id":"b1","scan_type":"secrets_scan","status":"running","repository_id":"r","created_at":"2026-01-02T03:04:05Z","total_repositories":1,"scans_created":1,"scans_completed":0,"scans_failed":0,"percent_complete":12.5,"scans":[{"repository_name":"a","status":"running","status_reason":null,"branch":"main"}]})",
      R"({"organization":{"id":"o","name":"O","slug":"o"},"api_key":{"name":"k","prefix":"kcp_"},"scopes":["scan:read"],"quotas":[{"quota_type":"scans","limit":10,"used":3,"remaining":7,"resets_at":"2026-12-01T00:00:00Z"}]})",
  };
}

}  // namespace kolega::fuzz
