#include "ingest/sarif_paths.hpp"

#include <algorithm>
#include <array>

#include "base/clean_run.hpp"
#include "base/path.hpp"
#include "base/text.hpp"
#include "ingest/uri.hpp"

namespace kolega::ingest {

namespace {

/// Names that scanners give to the root of the repository, likeliest first; compared without "%" and case.
constexpr std::array<std::string_view, 6> root_names{"SRCROOT",     "REPOROOT", "REPO_ROOT",
                                                     "PROJECTROOT", "ROOTPATH", "ROOT"};
constexpr int deepest_base = 16;

std::size_t rank_of_base(std::string_view name) {
  if (name.size() > 2 && name.starts_with('%') && name.ends_with('%')) name = name.substr(1, name.size() - 2);
  const auto found = std::find_if(root_names.begin(), root_names.end(),
                                  [&](std::string_view root) { return iequals_ascii(root, name); });
  return static_cast<std::size_t>(found - root_names.begin());
}

bool is_absolute_path(std::string_view path) {
  const bool drive = path.size() > 2 && path[1] == ':' && (path[2] == '/' || path[2] == '\\');
  return path.starts_with('/') || path.starts_with('\\') || drive;
}

std::string as_directory(std::string path) {
  if (!path.empty() && !path.ends_with('/')) path += '/';
  return path;
}

/// The absolute path that a URI stands for; empty when it is relative or of another scheme.
std::string absolute_path(std::string_view uri) {
  const auto scheme = uri_scheme(uri);
  if (scheme == "file") return file_uri_path(uri);
  return scheme.empty() && is_absolute_path(uri) ? folded_path(decode_percent(uri)) : std::string{};
}

}  // namespace

SarifPaths::SarifPaths(const SarifRun& run, TextPool& pool) : run_(run), pool_(pool) {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const auto& base : run.bases) {
    if (auto root = absolute_path(base.uri); !root.empty())
      ranked.emplace_back(rank_of_base(base.name), root);
  }
  for (const auto& directory : run.working_directories) {
    if (auto root = absolute_path(directory); !root.empty()) ranked.emplace_back(root_names.size(), root);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [rank, root] : ranked) roots_.push_back(as_directory(std::move(root)));
}

SarifPaths::Base SarifPaths::base_of(std::string_view name, int depth) const {
  const auto found = std::find_if(run_.bases.begin(), run_.bases.end(),
                                  [&](const SarifBase& base) { return base.name == name; });
  // A ring of bases ends here, as does a name that the run does not explain.
  if (name.empty() || found == run_.bases.end() || depth > deepest_base) return {};
  if (auto root = absolute_path(found->uri); !root.empty()) return {as_directory(std::move(root)), {}};
  auto base = base_of(found->parent, depth + 1);
  if (uri_scheme(found->uri).empty()) base.prefix += as_directory(decode_percent(found->uri));
  return base;
}

std::string SarifPaths::below_root(const std::string& absolute) const {
  for (const auto& root : roots_) {
    if (absolute.size() > root.size() && absolute.starts_with(root)) return absolute.substr(root.size());
  }
  return absolute;
}

std::string SarifPaths::resolve(const SarifFile& file) {
  const std::string_view uri = file.uri;
  auto absolute = absolute_path(uri);
  if (absolute.empty()) {
    if (!uri_scheme(uri).empty()) return std::string(uri);
    const auto base = base_of(file.base, 0);
    auto relative = base.prefix + decode_percent(uri);
    if (base.root.empty()) return relative;
    // Below the likeliest root where the base lies in it, else below the base itself.
    absolute = base.root + relative;
    const auto below = below_root(absolute);
    return below == absolute ? relative : below;
  }
  auto below = below_root(absolute);
  if (is_absolute_path(below)) ++absolute_;
  return below;
}

/// True for what nearly all places are: a relative path that resolve() gives back as it is.
bool SarifPaths::stays(const SarifFile& file) {
  const auto uri = file.uri.view();
  static constexpr auto perhaps_special = special_bytes(":%");
  const auto special_at = clean_run<perhaps_special>(uri);  // most have none, nor anything beside ASCII
  if (is_absolute_path(uri) || uri.find_first_of(":%", special_at) != std::string_view::npos) return false;
  const auto [known, fresh] = empty_bases_.try_emplace(file.base.place(), false);
  if (fresh) {
    const auto base = base_of(file.base, 0);
    known->second = base.root.empty() && base.prefix.empty();
  }
  return known->second;
}

Text SarifPaths::path_of(const SarifFile& file) {
  auto place = file;
  if (place.uri.empty() && place.index >= 0 &&
      static_cast<std::uint64_t>(place.index) < run_.artifacts.size()) {
    place = run_.artifacts[static_cast<std::size_t>(place.index)];
  }
  if (place.uri.empty()) return {};
  if (stays(place)) return place.uri;
  auto& known = known_[place.uri.view()];
  for (const auto& [base, path] : known) {
    if (base == place.base) return path;
  }
  const auto resolved = resolve(place);
  const auto path = resolved == place.uri.view() ? place.uri : pool_.add(resolved);
  known.emplace_back(place.base, path);
  return path;
}

}  // namespace kolega::ingest
