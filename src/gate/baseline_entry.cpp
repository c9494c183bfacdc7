#include "gate/baseline_entry.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "gate/normalise.hpp"

namespace kolega::gate {

namespace {

constexpr std::size_t digest_digits = 16;
constexpr std::int64_t highest_count = 1'000'000'000;

std::uint64_t read_count(const JsonView& row) {
  const auto count = row.require_integer("count");
  if (count < 1 || count > highest_count) row.require("count").fail("out of range");
  return static_cast<std::uint64_t>(count);
}

std::vector<int> read_cwe(const JsonView& row) {
  std::vector<int> out;
  const auto list = row.find("cwe");
  if (!list) return out;
  for (const auto& item : list->items()) {
    const auto number = item.as_integer();
    if (number < 0 || number > 999'999) item.fail("out of range");
    if (!out.empty() && number <= out.back()) item.fail("out of order or twice");
    out.push_back(static_cast<int>(number));
  }
  return out;
}

}  // namespace

std::string message_digest(std::string_view message) {
  return sha256_hex(collapse_white_space(message)).substr(0, digest_digits);
}

bool comes_before(const BaselineEntry& a, const BaselineEntry& b) {
  return std::tie(a.scan_type, a.fingerprint, a.path) < std::tie(b.scan_type, b.fingerprint, b.path);
}

policy::Match match_entry(const policy::Condition& when, const BaselineEntry& entry) {
  TextPool pool;
  policy::Facts facts;
  facts.severity = entry.severity;
  facts.scan_type = entry.scan_type;
  facts.check_id = entry.check_id;
  facts.path = entry.path;
  facts.cwe = &entry.cwe;
  if (!entry.owasp.empty())
    facts.owasp = pool.intern_list(std::vector<std::string_view>(entry.owasp.begin(), entry.owasp.end()));
  facts.fingerprint = entry.fingerprint;
  return policy::match(when, facts);
}

void require_members(const JsonView& view, std::span<const std::string_view> known) {
  const auto* object = view.raw().if_object();
  if (!object) view.fail("not an object");
  for (const auto& member : *object) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::find(known.begin(), known.end(), name) == known.end())
      view.fail("unknown member '" + printable(name, 40) + "'; " + suggest(name, known));
  }
}

void write_baseline_entry(const BaselineEntry& entry, JsonWriter& json) {
  json.one_line().begin_object();
  json.member("scan_type", name_of(entry.scan_type));
  json.member("fingerprint", std::string_view(entry.fingerprint));
  json.member("path", std::string_view(entry.path));
  json.member("check_id", std::string_view(entry.check_id));
  json.member("severity", name_of(entry.severity));
  json.member("message_sha256", std::string_view(entry.message_sha256));
  json.member("count", entry.count);
  if (!entry.cwe.empty()) {
    json.key("cwe").begin_array();
    for (const int number : entry.cwe) json.value(number);
    json.end_array();
  }
  if (!entry.owasp.empty()) {
    json.key("owasp").begin_array();
    for (const auto& tag : entry.owasp) json.value(std::string_view(tag));
    json.end_array();
  }
  json.end_object();
}

BaselineEntry read_baseline_entry(const JsonView& row) {
  static constexpr std::array<std::string_view, 9> members{
      "scan_type", "fingerprint", "path", "check_id", "severity", "message_sha256", "count", "cwe", "owasp"};
  require_members(row, members);
  BaselineEntry entry;
  const auto type_name = row.require_string("scan_type");
  const auto type = find_scan_type(type_name);
  if (!type || name_of(*type) != type_name) row.require("scan_type").fail("no scan type");
  entry.scan_type = *type;
  entry.fingerprint = row.require_string("fingerprint");
  entry.path = row.require_string("path");
  std::string scratch;
  if (fold_path(entry.path, scratch) != entry.path) row.require("path").fail("not in its folded form");
  entry.check_id = row.require_string("check_id");
  const auto severity = find_severity(row.require_string("severity"));
  if (!severity) row.require("severity").fail("no severity");
  entry.severity = *severity;
  entry.message_sha256 = row.require_string("message_sha256");
  if (entry.message_sha256.size() != digest_digits ||
      entry.message_sha256.find_first_not_of("0123456789abcdef") != std::string::npos)
    row.require("message_sha256").fail("not the first 16 digits of a SHA-256");
  entry.count = read_count(row);
  entry.cwe = read_cwe(row);
  for (const auto tag : row.optional_strings("owasp")) entry.owasp.emplace_back(tag);
  return entry;
}

}  // namespace kolega::gate
