#include "fleet/selection.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/digest.hpp"
#include "base/glob.hpp"
#include "base/text.hpp"

namespace kolega::fleet {

namespace {

constexpr std::size_t most_named = 5;      ///< repositories in one message

std::vector<std::string> names_of(const Repository& repository) {
  std::vector<std::string> out;
  for (const auto& source : repository.sources) out.push_back(source.full_name);
  if (out.empty()) out.push_back(repository.name);
  return out;
}

bool matches(const std::vector<std::string>& patterns, const Repository& repository) {
  return std::ranges::any_of(names_of(repository),
                             [&](const auto& name) { return glob_list_match(patterns, name); });
}

void check_patterns(const std::vector<std::string>& patterns) {
  for (const auto& pattern : patterns) {
    const auto bare = pattern.starts_with('!') ? std::string_view(pattern).substr(1) : std::string_view(pattern);
    if (const auto wrong = find_glob_error(bare))
      throw Error(ErrorKind::usage, "--repositories '" + printable(pattern, 80) + "': " + *wrong);
  }
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), most_named); ++i)
    out += (i == 0 ? "" : ", ") + printable(names[i], 80);
  if (names.size() > most_named) out += " and " + std::to_string(names.size() - most_named) + " more";
  return out;
}

/// By id, and by each of its names in lower case.
std::multimap<std::string, const Repository*> index_of(const std::vector<Repository>& known) {
  std::multimap<std::string, const Repository*> out;
  for (const auto& repository : known) {
    std::set<std::string> keys{repository.id};
    for (const auto& name : names_of(repository)) keys.insert(to_lower_ascii(name));
    for (const auto& key : keys) out.emplace(key, &repository);
  }
  return out;
}

std::set<std::string> find_listed(const std::vector<Repository>& known, const std::vector<std::string>& wanted) {
  const auto index = index_of(known);
  std::set<std::string> ids;
  std::vector<std::string> missing;
  std::vector<std::string> archived;
  for (const auto& name : wanted) {
    auto [from, to] = index.equal_range(name);
    if (from == to) std::tie(from, to) = index.equal_range(to_lower_ascii(name));
    if (from == to) missing.push_back(name);
    if (std::distance(from, to) > 1) {
      throw Error(ErrorKind::usage, "several repositories are called '" + printable(name, 80) + "'",
                  "use their Kolega ids: kolega-gate repos list --all");
    }
    if (from == to) continue;
    if (from->second->archived) archived.push_back(name);
    ids.insert(from->second->id);
  }
  if (!missing.empty()) {
    throw Error(ErrorKind::not_found, "not a repository that this key sees: " + listed(missing),
                "see them with: kolega-gate repos list --all");
  }
  if (!archived.empty())
    throw Error(ErrorKind::usage, "archived, so it cannot be scanned: " + listed(archived), "take it out of the list");
  return ids;
}

[[noreturn]] void throw_empty(const SelectionWish& wish, std::size_t known, std::size_t archived) {
  std::string why = "no repository is selected: " + std::to_string(known) + " are visible to this key";
  if (archived > 0) why += ", " + std::to_string(archived) + " that fit are archived";
  throw Error(ErrorKind::usage, why,
              wish.patterns.empty() ? "" : "patterns are compared with full names such as acme/shop; acme/** is all of acme");
}

std::uint64_t hash_of(std::string_view text) {
  const auto hex = sha256_hex(text);
  std::uint64_t out = 0;
  for (const char c : std::string_view(hex).substr(0, 16))
    out = out << 4U | static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  return out;
}

}  // namespace

const std::string& name_of(const Repository& repository) {
  return repository.sources.empty() ? repository.name : repository.sources.front().full_name;
}

std::vector<std::string> parse_list(std::string_view text, const std::string& what) {
  std::vector<std::string> out;
  for (const auto line : split(text, '\n')) {
    const auto word = trim(line.substr(0, line.find('#')));
    if (!word.empty()) out.emplace_back(word);
  }
  if (out.empty()) throw Error(ErrorKind::usage, what + " names no repository");
  return out;
}

Selection select(std::vector<Repository> known, const SelectionWish& wish) {
  check_patterns(wish.patterns);
  std::optional<std::set<std::string>> ids;
  if (wish.listed) ids = find_listed(known, *wish.listed);
  Selection out;
  const auto visible = known.size();
  for (auto& repository : known) {
    if (ids && !ids->contains(repository.id)) continue;
    if (!wish.patterns.empty() && !matches(wish.patterns, repository)) continue;
    if (repository.archived) {
      ++out.archived;
    } else {
      out.repositories.push_back(std::move(repository));
    }
  }
  if (out.repositories.empty()) throw_empty(wish, visible, out.archived);
  std::ranges::sort(out.repositories, {}, &Repository::id);
  return out;
}

std::uint32_t shard_of(std::string_view repository_id, std::uint32_t shards) {
  auto key = hash_of(repository_id);
  std::int64_t bucket = -1;
  std::int64_t next = 0;
  while (next < static_cast<std::int64_t>(shards)) {
    bucket = next;
    key = key * 2862933555777941757ULL + 1;
    next = static_cast<std::int64_t>(static_cast<double>(bucket + 1) *
                                     (2147483648.0 / static_cast<double>((key >> 33U) + 1)));
  }
  return static_cast<std::uint32_t>(bucket) + 1;
}

std::vector<std::size_t> assign_policies(std::span<const PolicyRule> rules,
                                         std::span<const Repository> repositories) {
  std::vector<std::size_t> out;
  std::vector<std::string> unmatched;
  for (const auto& repository : repositories) {
    const auto rule = std::ranges::find_if(rules, [&](const PolicyRule& candidate) {
      return candidate.repositories.empty() || matches(candidate.repositories, repository);
    });
    if (rule == rules.end()) unmatched.push_back(name_of(repository));
    out.push_back(static_cast<std::size_t>(rule - rules.begin()));
  }
  if (unmatched.empty()) return out;
  throw Error(ErrorKind::policy, "no policy is named for " + listed(unmatched),
              "add a rule for it, or a 'default:'");
}

}  // namespace kolega::fleet
