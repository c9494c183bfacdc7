#include "options.hpp"

#include <functional>
#include <map>
#include <stdexcept>

namespace bench {

namespace {

/// "20" or "20..30"; seconds where the option says so.
Range range_of(const std::string& text, double unit) {
  const auto dots = text.find("..");
  const double least = std::stod(text.substr(0, dots)) * unit;
  return {least, dots == std::string::npos ? least : std::stod(text.substr(dots + 2)) * unit};
}

RateHeaders rate_headers_of(const std::string& text) {
  static const std::map<std::string, RateHeaders> names{
      {"x", RateHeaders::x}, {"unix", RateHeaders::unix_time}, {"draft", RateHeaders::draft}, {"fields", RateHeaders::fields}};
  const auto found = names.find(text);
  if (found == names.end()) throw std::runtime_error("--rate-headers: x, unix, draft or fields, not " + text);
  return found->second;
}

using Setter = std::function<void(Options&, const std::string&)>;

const std::map<std::string, Setter>& setters() {
  static const std::map<std::string, Setter> table{
      {"--port", [](Options& o, const std::string& v) { o.port = static_cast<std::uint16_t>(std::stoi(v)); }},
      {"--findings", [](Options& o, const std::string& v) { o.findings = std::stoll(v); }},
      {"--sample", [](Options& o, const std::string& v) { o.samples.push_back(v); }},
      {"--repositories", [](Options& o, const std::string& v) { o.repositories = std::stoll(v); }},
      {"--scan-time", [](Options& o, const std::string& v) { o.scan = range_of(v, 1000); }},
      {"--latency", [](Options& o, const std::string& v) { o.latency = range_of(v, 1); }},
      {"--rate", [](Options& o, const std::string& v) { o.rate = std::stod(v); }},
      {"--burst", [](Options& o, const std::string& v) { o.burst = std::stod(v); }},
      {"--window", [](Options& o, const std::string& v) { o.window = std::stod(v); }},
      {"--rate-headers", [](Options& o, const std::string& v) { o.rate_headers = rate_headers_of(v); }},
      {"--history", [](Options& o, const std::string& v) { o.history = std::stoi(v); }},
      {"--history-share", [](Options& o, const std::string& v) { o.history_share = std::stod(v); }},
      {"--elsewhere", [](Options& o, const std::string& v) { o.elsewhere = std::stoi(v); }},
      {"--elsewhere-spread", [](Options& o, const std::string& v) { o.elsewhere_spread = std::stod(v); }},
      {"--tls-cert", [](Options& o, const std::string& v) { o.certificate = v; }},
      {"--tls-key", [](Options& o, const std::string& v) { o.key = v; }},
      {"--seed", [](Options& o, const std::string& v) { o.seed = static_cast<std::uint32_t>(std::stoul(v)); }},
  };
  return table;
}

void require_sense(const Options& options) {
  if (options.samples.empty()) throw std::runtime_error("--sample FILE is missing (tests/data/kolega-vampi.json)");
  if (options.findings < 0 || options.repositories < 1) throw std::runtime_error("a count is out of range");
  if (options.rate <= 0 && (options.window > 0 || options.rate_headers != RateHeaders::none))
    throw std::runtime_error("--window and --rate-headers need --rate");
  if (options.elsewhere > 0 && options.repositories < 2) throw std::runtime_error("--elsewhere needs --repositories");
  if (options.elsewhere_spread < 1) throw std::runtime_error("--elsewhere-spread is less than 1");
  if (options.certificate.empty() != options.key.empty())
    throw std::runtime_error("--tls-cert and --tls-key belong together");
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word == "--linear" || word == "--gzip" || word == "--vary") {
      (word == "--linear" ? options.linear : word == "--gzip" ? options.gzip : options.vary) = true;
      continue;
    }
    const auto setter = setters().find(word);
    if (setter == setters().end()) throw std::runtime_error("unknown option " + word);
    if (++i == words.size()) throw std::runtime_error(word + " needs a value");
    try {
      setter->second(options, words[i]);
    } catch (const std::logic_error&) {
      throw std::runtime_error(word + ": not a number: " + words[i]);
    }
  }
  require_sense(options);
  return options;
}

}  // namespace bench
