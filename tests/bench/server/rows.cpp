#include "rows.hpp"

#include <array>
#include <boost/json.hpp>
#include <cctype>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace bench {

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// As a JSON string without its quotes.
std::string escaped(std::string_view text) {
  const auto quoted = boost::json::serialize(boost::json::string(text));
  return quoted.substr(1, quoted.size() - 2);
}

std::string lower(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string_view text_of(const boost::json::value& value) { return value.as_string(); }

void append_hex(std::string& out, std::uint64_t number) {
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[(number >> shift) & 15U];
}

/// A well mixed number of an index: unique for each (the steps of splitmix64 can be undone).
std::uint64_t mixed(std::int64_t index) {
  auto z = static_cast<std::uint64_t>(index) + 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

}  // namespace

Rows::Rows(const std::vector<std::string>& files) {
  for (const auto& file : files) {
    const auto document = boost::json::parse(read_file(file));
    for (const auto& result : document.at("results").as_array()) {
      const auto& extra = result.at("extra");
      Sample sample;
      sample.check_id = escaped(text_of(result.at("check_id")));
      sample.path = escaped(text_of(result.at("path")));
      sample.line = result.at("start").at("line").as_int64();
      const auto message = text_of(extra.at("message"));
      sample.message = escaped(message);
      sample.title = escaped(message.substr(0, message.find('\n')));
      sample.severity = escaped(lower(std::string(text_of(extra.at("severity")))));
      for (const auto& cwe : extra.at("metadata").at("cwe").as_array())
        sample.cwe += (sample.cwe.empty() ? "" : ",") + boost::json::serialize(cwe);
      samples_.push_back(std::move(sample));
    }
  }
  if (samples_.empty()) throw std::runtime_error("the samples hold no finding");
}

const Rows::Sample& Rows::sample(std::int64_t index) const {
  return samples_[static_cast<std::size_t>(index) % samples_.size()];
}

void Rows::append_path(std::string& out, std::int64_t index) const {
  const auto round = static_cast<std::size_t>(index) / samples_.size();
  out.append("modules/m").append(std::to_string(round)).append("/").append(sample(index).path);
}

void Rows::append_result(std::string& out, std::int64_t index) const {
  const auto& one = sample(index);
  out.append(R"({"check_id":")").append(one.check_id).append(R"(","file_path":")");
  append_path(out, index);
  out.append(R"(","severity":")").append(one.severity).append(R"(","message":")").append(one.message);
  out.append(R"(","cwe":[)").append(one.cwe).append(R"(],"owasp":["A03:2021"],"fingerprint":")");
  for (std::int64_t part = 0; part < 4; ++part) append_hex(out, mixed(index * 4 + part));
  out.append(R"("})");
}

void Rows::append_item(std::string& out, std::int64_t index, std::string_view repository_id,
                       std::string_view scan_type) const {
  constexpr std::string_view seen = R"("2026-01-05T10:00:00Z")";
  const auto& one = sample(index);
  out.append(R"({"id":"finding-)").append(std::to_string(index));
  out.append(R"(","repository_id":")").append(repository_id);
  out.append(R"(","check_id":")").append(one.check_id).append(R"(","severity":")").append(one.severity);
  out.append(R"(","status":"open","file_path":")");
  append_path(out, index);
  out.append(R"(","message":")").append(one.message).append(R"(","title":")").append(one.title);
  out.append(R"(","category":"sast","scan_type":")").append(scan_type);
  out.append(R"(","cwe":[)").append(one.cwe).append(R"(],"owasp":["A03:2021"],"references":[],"source_url":)");
  out.append(R"("https://github.com/acme/service/blob/main/)");
  append_path(out, index);
  out.append("#L").append(std::to_string(one.line));
  out.append(R"(","cvss_base_score":null,"cvss_severity":null,"cvss_vector":null,"first_detected_at":)").append(seen);
  out.append(R"(,"last_detected_at":)").append(seen).append(R"(,"resolved_at":null,"created_at":)").append(seen);
  out.append(R"(,"updated_at":)").append(seen).append("}");
}

}  // namespace bench
