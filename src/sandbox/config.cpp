#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <set>

#include "base/error.hpp"
#include "base/glob.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "sandbox/routes.hpp"
#include "sandbox/sandbox.hpp"

namespace kolega::sandbox {

namespace {

using yaml::Node;

[[noreturn]] void fail(const Node& at, const std::string& why, std::string hint = {}) {
  throw Error(ErrorKind::usage, "sandbox configuration: " + why, std::move(hint), at.pos);
}

std::string shown(std::string_view text) {
  return "'" + printable(text, 60) + "'";
}

std::string read_text(const Node& value, std::string_view key) {
  if (value.kind != Node::Kind::scalar || value.text.empty())
    fail(value, std::string(key) + " must be a text");
  return value.text;
}

std::int64_t read_count(const Node& value, std::string_view key) {
  const auto number = value.plain ? parse_decimal(value.text) : std::nullopt;
  if (!number) fail(value, std::string(key) + " must be a whole number from 0 up, not " + shown(value.text));
  return *number;
}

bool read_flag(const Node& value, std::string_view key) {
  if (!value.plain || (value.text != "true" && value.text != "false")) {
    fail(value, std::string(key) + " must be true or false, not " + shown(value.text));
  }
  return value.text == "true";
}

Duration read_duration(const Node& value, std::string_view key) {
  const auto duration = parse_duration(value.text);
  if (!duration)
    fail(value, std::string(key) + " must be a duration such as 400ms or 2s, not " + shown(value.text));
  return *duration;
}

Duration read_timeout(const Node& value, std::string_view key) {
  const auto timeout = read_duration(value, key);
  if (timeout <= Duration::zero()) fail(value, std::string(key) + " must be longer than nothing");
  return timeout;
}

const std::vector<Node>& read_list(const Node& value, std::string_view key) {
  if (value.kind != Node::Kind::sequence) fail(value, std::string(key) + " must be a list");
  return value.items;
}

std::vector<std::string> read_texts(const Node& value, std::string_view key) {
  std::vector<std::string> out;
  for (const auto& item : read_list(value, key)) out.push_back(read_text(item, key));
  return out;
}

/// One key of a map: its name and how its value gets into the struct.
template <class T>
struct Key {
  std::string_view name{};
  void (*read)(T& into, const Node& value, std::string_view key){};
};

template <class T>
void read_map(const Node& node, std::string_view what, std::span<const Key<T>> keys, T& into) {
  if (node.kind != Node::Kind::map) fail(node, std::string(what) + " must be a map");
  std::vector<std::string_view> names;
  for (const auto& key : keys) names.push_back(key.name);
  for (const auto& [name, value] : node.entries) {
    const auto key =
        std::find_if(keys.begin(), keys.end(), [&name = name](const auto& each) { return each.name == name.text; });
    if (key == keys.end())
      fail(name, "unknown key " + shown(name.text) + " in " + std::string(what), suggest(name.text, names));
    key->read(into, value, key->name);
  }
}

const Node& require_key(const Node& map, std::string_view key, std::string_view what) {
  const auto* value = map.find(key);
  if (!value) fail(map, std::string(what) + " has no " + std::string(key));
  return *value;
}

constexpr std::array feed_keys{
    Key<Feed>{"commands", [](Feed& f, const Node& v, std::string_view k) { f.commands = read_texts(v, k); }},
    Key<Feed>{"files", [](Feed& f, const Node& v, std::string_view k) { f.files = read_texts(v, k); }},
    Key<Feed>{"final_status",
              [](Feed& f, const Node& v, std::string_view k) { f.final_status = read_text(v, k); }},
    Key<Feed>{"results_status",
              [](Feed& f, const Node& v, std::string_view k) { f.results_status = read_text(v, k); }},
    Key<Feed>{"never_ends",
              [](Feed& f, const Node& v, std::string_view k) { f.never_ends = read_flag(v, k); }},
    Key<Feed>{"scans_failed",
              [](Feed& f, const Node& v, std::string_view k) { f.scans_failed = read_count(v, k); }},
    Key<Feed>{"total_repositories",
              [](Feed& f, const Node& v, std::string_view k) { f.total_repositories = read_count(v, k); }},
    Key<Feed>{"scans_assessed",
              [](Feed& f, const Node& v, std::string_view k) { f.scans_assessed = read_count(v, k); }},
    Key<Feed>{"claimed_findings",
              [](Feed& f, const Node& v, std::string_view k) { f.claimed_findings = read_count(v, k); }},
};

/// Every row of a batch is computed for every poll, so their number stays small.
constexpr std::int64_t most_repositories_of_a_batch = 1000;

Feed read_feed(const Node& node, std::string_view type) {
  Feed feed;
  read_map<Feed>(node, type, feed_keys, feed);
  if (feed.total_repositories > most_repositories_of_a_batch)
    fail(node, "total_repositories is more than 1000");
  if (feed.scans_failed > feed.total_repositories) fail(node, "scans_failed is more than total_repositories");
  return feed;
}

void read_feeds(RepositoryConfig& repository, const Node& node, std::string_view key) {
  if (node.kind != Node::Kind::map) fail(node, std::string(key) + " must be a map from scan types to feeds");
  for (const auto& [name, value] : node.entries) {
    const auto type = find_scan_type(name.text);
    if (!type) fail(name, "unknown scan type " + shown(name.text), suggest(name.text, scan_type_names));
    if (!repository.feeds.emplace(*type, read_feed(value, name.text)).second) {
      fail(name, "the scan type " + std::string(name_of(*type)) + " stands twice");
    }
  }
}

std::string read_provider(const Node& value, std::string_view key) {
  static constexpr std::array<std::string_view, 3> providers{"github", "gitlab", "azure_devops"};
  const auto word = read_text(value, key);
  if (std::find(providers.begin(), providers.end(), word) == providers.end()) {
    fail(value, "unknown provider " + shown(word), suggest(word, providers));
  }
  return word;
}

std::string read_glob(const Node& value, std::string_view key) {
  auto pattern = read_text(value, key);
  if (const auto error = find_glob_error(pattern)) fail(value, std::string(key) + ": " + *error);
  return pattern;
}

TriageStatus read_triage_status(const Node& value, std::string_view key) {
  const auto word = read_text(value, key);
  const auto status = find_triage_status(word);
  if (!status) fail(value, "unknown status " + shown(word), suggest(word, triage_names));
  return *status;
}

/// An id is one segment of a URL.
std::string read_id(const Node& value, std::string_view key) {
  auto id = read_text(value, key);
  const auto strange = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '/' || c == 0x7F; };
  if (id == "." || id == ".." || std::any_of(id.begin(), id.end(), strange)) {
    fail(value, "the id " + shown(id) + " cannot stand in a URL");
  }
  return id;
}

using Triage = ScriptedTriage;
constexpr std::array triage_keys{
    Key<Triage>{"check_id",
                [](Triage& t, const Node& v, std::string_view k) { t.check_id = read_text(v, k); }},
    Key<Triage>{"path", [](Triage& t, const Node& v, std::string_view k) { t.path = read_glob(v, k); }},
    Key<Triage>{"fingerprint",
                [](Triage& t, const Node& v, std::string_view k) { t.fingerprint = read_text(v, k); }},
    Key<Triage>{"status",
                [](Triage& t, const Node& v, std::string_view k) { t.status = read_triage_status(v, k); }},
};

void read_triage(RepositoryConfig& repository, const Node& node, std::string_view key) {
  for (const auto& item : read_list(node, key)) {
    ScriptedTriage script;
    read_map<Triage>(item, "a triage entry", triage_keys, script);
    require_key(item, "status", "a triage entry");
    if (script.check_id.empty() && script.path.empty() && script.fingerprint.empty()) {
      fail(item, "a triage entry names neither check_id, path nor fingerprint",
           "without a condition it would take every finding; path: \"**\" says so on purpose");
    }
    repository.triage.push_back(std::move(script));
  }
}

using Repo = RepositoryConfig;
constexpr std::array repository_keys{
    Key<Repo>{"id", [](Repo& r, const Node& v, std::string_view k) { r.id = read_id(v, k); }},
    Key<Repo>{"full_name", [](Repo& r, const Node& v, std::string_view k) { r.full_name = read_text(v, k); }},
    Key<Repo>{"branch", [](Repo& r, const Node& v, std::string_view k) { r.branch = read_text(v, k); }},
    Key<Repo>{"provider",
              [](Repo& r, const Node& v, std::string_view k) { r.provider = read_provider(v, k); }},
    Key<Repo>{"directory", [](Repo& r, const Node& v, std::string_view k) { r.directory = read_text(v, k); }},
    Key<Repo>{"archived", [](Repo& r, const Node& v, std::string_view k) { r.archived = read_flag(v, k); }},
    Key<Repo>{"feeds", read_feeds},
    Key<Repo>{"fixer", [](Repo& r, const Node& v, std::string_view k) { r.fixer = read_text(v, k); }},
    Key<Repo>{"triage", read_triage},
};

void read_repositories(Config& config, const Node& node, std::string_view key) {
  std::set<std::string> ids;
  for (const auto& item : read_list(node, key)) {
    RepositoryConfig repository;
    read_map<Repo>(item, "a repository", repository_keys, repository);
    require_key(item, "full_name", "a repository");
    if (!repository.id.empty() && !ids.insert(repository.id).second) {
      fail(item, "two repositories have the id " + shown(repository.id));
    }
    config.repositories.push_back(std::move(repository));
  }
}

constexpr std::array quota_keys{
    Key<QuotaConfig>{"sast_scans", [](QuotaConfig& q, const Node& v,
                                      std::string_view k) { q.sast_scans = read_count(v, k); }},
    Key<QuotaConfig>{"deep_ai_scans", [](QuotaConfig& q, const Node& v,
                                         std::string_view k) { q.deep_ai_scans = read_count(v, k); }},
    Key<QuotaConfig>{"prs",
                     [](QuotaConfig& q, const Node& v, std::string_view k) { q.prs = read_count(v, k); }},
};

std::string read_route(const Node& value, std::string_view key) {
  const auto word = read_text(value, key);
  std::vector<std::string> known{"*"};
  for (const auto& route : routes()) known.push_back(describe(route));
  if (std::find(known.begin(), known.end(), word) != known.end()) return word;
  const std::vector<std::string_view> names(known.begin(), known.end());
  fail(value, "unknown route " + shown(word), suggest(word, names));
}

int read_status(const Node& value, std::string_view key) {
  const auto status = read_count(value, key);
  if (status < 200 || status > 599) fail(value, "status must be from 200 to 599");
  return static_cast<int>(status);
}

constexpr std::array fault_keys{
    Key<Fault>{"route", [](Fault& f, const Node& v, std::string_view k) { f.route = read_route(v, k); }},
    Key<Fault>{"after", [](Fault& f, const Node& v, std::string_view k) { f.after = read_count(v, k); }},
    Key<Fault>{"times", [](Fault& f, const Node& v, std::string_view k) { f.times = read_count(v, k); }},
    Key<Fault>{"status", [](Fault& f, const Node& v, std::string_view k) { f.status = read_status(v, k); }},
    Key<Fault>{"body", [](Fault& f, const Node& v, std::string_view k) { f.body = read_text(v, k); }},
    Key<Fault>{"retry_after",
               [](Fault& f, const Node& v, std::string_view k) { f.retry_after = read_text(v, k); }},
    Key<Fault>{"acts", [](Fault& f, const Node& v, std::string_view k) { f.acts = read_flag(v, k); }},
    Key<Fault>{"delay", [](Fault& f, const Node& v, std::string_view k) { f.delay = read_duration(v, k); }},
    Key<Fault>{"drop", [](Fault& f, const Node& v, std::string_view k) { f.drop = read_flag(v, k); }},
    Key<Fault>{"cut_after",
               [](Fault& f, const Node& v, std::string_view k) {
                 f.cut_after = static_cast<std::size_t>(read_count(v, k));
               }},
};

void read_faults(Config& config, const Node& node, std::string_view key) {
  for (const auto& item : read_list(node, key)) {
    Fault fault;
    read_map<Fault>(item, "a fault", fault_keys, fault);
    require_key(item, "route", "a fault");
    config.faults.push_back(std::move(fault));
  }
}

constexpr std::array config_keys{
    Key<Config>{"repositories", read_repositories},
    Key<Config>{"faults", read_faults},
    Key<Config>{"scan_duration",
                [](Config& c, const Node& v, std::string_view k) { c.scan_duration = read_duration(v, k); }},
    Key<Config>{"command_timeout",
                [](Config& c, const Node& v, std::string_view k) { c.command_timeout = read_timeout(v, k); }},
    Key<Config>{"quotas", [](Config& c, const Node& v,
                             std::string_view k) { read_map<QuotaConfig>(v, k, quota_keys, c.quotas); }},
    Key<Config>{"data", [](Config& c, const Node& v, std::string_view k) { c.data = read_text(v, k); }},
    Key<Config>{"organization",
                [](Config& c, const Node& v, std::string_view k) { c.organization = read_text(v, k); }},
    Key<Config>{"scopes", [](Config& c, const Node& v, std::string_view k) { c.scopes = read_texts(v, k); }},
    Key<Config>{"seed", [](Config& c, const Node& v,
                           std::string_view k) { c.seed = static_cast<std::uint64_t>(read_count(v, k)); }},
};

Node parse_yaml(std::string_view text, const std::string& file) {
  try {
    return yaml::parse(text, file);
  } catch (const Error& error) {  // the reader blames a policy; this is none
    throw Error(ErrorKind::usage, error.message(), error.hint(), error.pos()).with_excerpt(error.excerpt());
  }
}

/// Paths of the configuration are relative to its file, so that it works from everywhere.
void resolve_paths(Config& config, const std::string& file) {
  const auto base = std::filesystem::absolute(file).parent_path();
  const auto resolve = [&base](std::string& path) { path = (base / path).lexically_normal().string(); };
  if (!config.data.empty()) resolve(config.data);
  for (auto& repository : config.repositories) {
    resolve(repository.directory);
    for (auto& [type, feed] : repository.feeds) {
      for (auto& path : feed.files) resolve(path);
    }
  }
}

}  // namespace

Config parse_config(std::string_view text, const std::string& file) {
  const auto root = parse_yaml(text, file);
  Config config;
  read_map<Config>(root, "the configuration", config_keys, config);
  require_key(root, "repositories", "the configuration");
  resolve_paths(config, file);
  return config;
}

}  // namespace kolega::sandbox
