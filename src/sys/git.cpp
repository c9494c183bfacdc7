#include "sys/git.hpp"

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "base/text.hpp"
#include "sys/git_command.hpp"
#include "sys/system.hpp"

namespace kolega::sys {

namespace {

constexpr std::size_t longest_url = 4096;

struct Remote {
  std::string_view host{};
  std::string_view path{};
};

std::string_view without_user(std::string_view authority) {
  const auto at = authority.rfind('@');
  return at == std::string_view::npos ? authority : authority.substr(at + 1);
}

/// scheme://[user@]host[:port]/path, or the scp form [user@]host:path. A path of this machine is nothing.
std::optional<Remote> split_remote(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) {
    if (iequals_ascii(url.substr(0, scheme), "file")) return std::nullopt;
    const auto rest = url.substr(scheme + 3);
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto authority = without_user(rest.substr(0, slash));
    return Remote{authority.substr(0, authority.find(':')), rest.substr(slash + 1)};
  }
  const auto colon = url.find(':');
  if (colon == std::string_view::npos || colon < 2 ||
      url.substr(0, colon).find('/') != std::string_view::npos) {
    return std::nullopt;  // "C:\work" is a drive, "./a:b" a path
  }
  return Remote{without_user(url.substr(0, colon)), url.substr(colon + 1)};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Azure DevOps writes the blanks of its project names as %20.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool coded =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    out += coded ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
    if (coded) i += 2;
  }
  return out;
}

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  for (const auto segment : split(path.substr(0, path.find_first_of("?#")), '/')) {
    if (!segment.empty()) out.push_back(percent_decoded(segment));
  }
  if (!out.empty() && out.back().size() > 4 && out.back().ends_with(".git"))
    out.back().resize(out.back().size() - 4);
  return out;
}

bool is_host(std::string_view host, std::string_view domain) {
  if (iequals_ascii(host, domain)) return true;
  return host.size() > domain.size() && iequals_ascii(host.substr(host.size() - domain.size()), domain) &&
         host[host.size() - domain.size() - 1] == '.';
}

/// Azure's URLs to organization, project and repository:
/// dev.azure.com/org/project/_git/repo, org.visualstudio.com/[DefaultCollection/]project/_git/repo,
/// ssh.dev.azure.com:v3/org/project/repo, vs-ssh.visualstudio.com:v3/org/project/repo. A project's first
/// repository may leave the project out: dev.azure.com/org/_git/repo.
void fold_azure(std::string_view host, std::vector<std::string>& segments) {
  const bool old_host = is_host(host, "visualstudio.com");
  if (!old_host && !is_host(host, "dev.azure.com")) return;
  if (segments.size() == 4 && iequals_ascii(segments[0], "v3")) {
    segments.erase(segments.begin());
    return;
  }
  const auto git = std::ranges::find(segments, std::string("_git"));
  if (git == segments.end() || git + 1 == segments.end()) return;
  const auto repository = *(git + 1);
  segments.erase(git, segments.end());
  if (old_host) {
    if (!segments.empty() && iequals_ascii(segments.front(), "DefaultCollection"))
      segments.erase(segments.begin());
    segments.insert(segments.begin(), std::string(host.substr(0, host.find('.'))));
  }
  if (segments.size() == 1) segments.push_back(repository);
  segments.push_back(repository);
}

bool is_odd_segment(const std::string& segment) {
  return segment == "." || segment == ".." || segment == ".git" ||
         segment.find_first_of("\\:@/") != std::string::npos || printable(segment) != segment;
}

/// Whether git could find a repository here, by the places where it looks: to start it only to hear no takes longer than
/// the rest of a small run.
bool may_be_repository(const std::string& directory) {
  if (Environment::of_process().find("GIT_DIR")) return true;
  namespace fs = std::filesystem;
  std::error_code ec;
  for (auto place = fs::absolute(directory, ec); !ec; place = place.parent_path()) {
    if (fs::exists(place / ".git", ec) || fs::exists(place / "HEAD", ec)) return true;
    if (place == place.parent_path()) return false;
  }
  return true;
}

/// The answer to a question that only reads; nothing when git has none.
std::optional<std::string> ask_git(const std::string& git, const std::string& directory,
                                   const std::vector<std::string>& question, const std::stop_token& stop) {
  auto result = run_git(git, directory, question, {.stop = stop});
  if (result.exit_code != 0) return std::nullopt;
  return std::move(result.out);
}

/// "remote.NAME.url\nVALUE" entries, each ended by NUL.
std::vector<std::string> read_remotes(std::string_view listing) {
  std::vector<std::string> out;
  for (const auto entry : split(listing, '\0')) {
    const auto line = entry.find('\n');
    if (line == std::string_view::npos) continue;
    const auto name = full_name_of_remote(entry.substr(line + 1));
    if (!name || std::ranges::find(out, *name) != out.end()) continue;
    out.insert(entry.starts_with("remote.origin.") ? out.begin() : out.end(), *name);
  }
  return out;
}

}  // namespace

std::optional<std::string> full_name_of_remote(std::string_view url) {
  url = trim(url);
  if (url.size() > longest_url) return std::nullopt;
  const auto remote = split_remote(url);
  if (!remote || remote->host.empty()) return std::nullopt;
  auto segments = segments_of(remote->path);
  fold_azure(remote->host, segments);
  if (segments.size() < 2 || std::ranges::any_of(segments, is_odd_segment)) return std::nullopt;
  return join(segments, "/");
}

GitFacts git_facts(const std::string& directory, std::stop_token stop) {
  GitFacts facts;
  std::error_code unreadable;
  if (!std::filesystem::is_directory(directory, unreadable) || !may_be_repository(directory)) return facts;
  const auto git = find_git();
  if (!git) return facts;
  // One start of git for two answers, a line each. Before the first commit it says the name back and fails.
  const auto head = run_git(*git, directory, {"rev-parse", "HEAD", "--symbolic-full-name", "HEAD"},
                            {.stop = stop});
  const auto lines = split(head.out, '\n');
  constexpr std::string_view branches = "refs/heads/";
  if (head.exit_code == 0 && lines.size() >= 2) {
    facts.commit = trim(lines[0]);
    if (lines[1].starts_with(branches)) facts.branch = trim(lines[1].substr(branches.size()));
  } else if (lines.front() != "HEAD") {
    return facts;  // no repository after all
  } else if (const auto branch = ask_git(*git, directory, {"symbolic-ref", "--quiet", "--short", "HEAD"}, stop)) {
    facts.branch = trim(*branch);
  }
  if (const auto remotes =
          ask_git(*git, directory, {"config", "-z", "--get-regexp", R"(^remote\..*\.url$)"}, stop)) {
    facts.remotes = read_remotes(*remotes);
  }
  return facts;
}

}  // namespace kolega::sys
