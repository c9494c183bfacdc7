// The items of `extends`, and the walk through them.
#include "policy/extends.hpp"

#include <algorithm>
#include <array>

#include "base/digest.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

constexpr std::string_view builtin_prefix = "builtin:";
constexpr std::string_view https = "https://";

void parse_path(const Node& value, ParentDraft& draft, Reader& reader) {
  const auto path = reader.read_text(value, "path");
  if (!path) return;
  if (path->starts_with('/')) {
    reader.error(value, "'path' must be relative to this file",
                 "an absolute path is another file on every machine");
  } else if (path->find('\\') != std::string::npos) {
    reader.error(value, "'path' must be written with '/'");
  } else {
    draft.path = *path;
  }
}

/// Why a policy is not taken from there.
std::optional<std::string> find_url_error(std::string_view url) {
  if (!url.starts_with(https)) return "only https:// is";
  const auto authority = url.substr(https.size(), url.find('/', https.size()) - https.size());
  if (authority.empty()) return "it names no host";
  if (authority.find('@') != std::string_view::npos)
    return "it holds user information, which would be recorded";
  if (url.find_first_of("?#") != std::string_view::npos)
    return "it holds a query or fragment, which may be a secret and would be recorded";
  if (url.find_first_of(" \"\\<>^`{|}") != std::string_view::npos)
    return "it holds a character that no URL has";
  return std::nullopt;
}

void parse_url(const Node& value, ParentDraft& draft, Reader& reader) {
  const auto url = reader.read_text(value, "url");
  if (!url) return;
  if (const auto wrong = find_url_error(*url)) {
    reader.error(value, "a policy can not be read from this address: " + *wrong,
                 "write for example https://policies.example.com/base.yaml");
  } else {
    draft.url = *url;
  }
}

void parse_sha256(const Node& value, ParentDraft& draft, Reader& reader) {
  const auto digest = reader.read_text(value, "sha256");
  if (!digest) return;
  const bool hex = digest->size() == 64 && std::ranges::all_of(*digest, [](char c) {
                     return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                   });
  if (!hex) {
    reader.error(value, "'sha256' must be 64 lower-case hexadecimal digits", "sha256sum prints them");
  } else {
    draft.sha256 = *digest;
  }
}

constexpr std::array<Key<ParentDraft>, 3> parent_table{{
    {"path", parse_path, nullptr, R"("$ref": "#/$defs/text")",
     "A file, relative to the one that names it and inside the same repository."},
    {"url", parse_url, nullptr, R"("type": "string", "pattern": "^https://[^/@?#]+[^@?#]*$")",
     "A file on an https server; no token is sent."},
    {"sha256", parse_sha256, nullptr, R"("type": "string", "pattern": "^[0-9a-f]{64}$")",
     "The SHA-256 that the file behind 'url' must have."},
}};

std::optional<Parent> read_map(const Node& item, Reader& reader) {
  ParentDraft draft;
  read_keys(item, "extends", parent_rows(), draft, reader);
  const bool path = item.find("path") != nullptr;
  const bool url = item.find("url") != nullptr;
  const bool pinned = item.find("sha256") != nullptr;
  if (path == url) {
    reader.error(
        item, path ? "this parent has both 'path' and 'url'" : "this parent has neither 'path' nor 'url'",
        path ? "make two items of it" : "write {path: base.yaml}, or {url: https://..., sha256: ...}");
    return std::nullopt;
  }
  if (url && !pinned) {
    reader.error(item, "this 'url' has no 'sha256'",
                 "a remote policy must be pinned, else whoever changes it changes the gate");
    return std::nullopt;
  }
  if (path && pinned) {
    reader.error(item, "'sha256' belongs to 'url'",
                 "remove it: a file beside this one changes together with it");
    return std::nullopt;
  }
  if (path && !draft.path.empty()) return Parent{.kind = Parent::Kind::path, .where = draft.path};
  if (url && !draft.url.empty() && !draft.sha256.empty())
    return Parent{.kind = Parent::Kind::url, .where = draft.url, .sha256 = draft.sha256};
  return std::nullopt;
}

std::optional<Parent> read_parent(const Node& item, Reader& reader) {
  if (item.kind == Node::Kind::map) return read_map(item, reader);
  if (item.kind != Node::Kind::scalar) {
    reader.error(item, "'extends' lists policies",
                 "write builtin:starter, {path: base.yaml} or {url: ..., sha256: ...}");
    return std::nullopt;
  }
  if (!item.text.starts_with(builtin_prefix)) {
    const bool url = item.text.find("://") != std::string::npos;
    reader.error(item, quoted(item.text) + " is not a built-in policy",
                 url ? "write {url: " + printable(item.text, 60) + ", sha256: ...}"
                     : "write {path: " + printable(item.text, 60) + "} for a file");
    return std::nullopt;
  }
  return Parent{.kind = Parent::Kind::builtin, .where = item.text};
}

class LayerLoader {
 public:
  LayerLoader(const Fetch& fetch, Loaded& loaded) : fetch_(fetch), loaded_(loaded), reader_(loaded.remarks) {}

  std::vector<Layer> run(std::string_view text, const std::string& file) {
    load(file, std::string(text));
    // The file itself first: it is the one that people know the policy by.
    auto& sources = loaded_.sources;
    if (!sources.empty()) std::rotate(sources.begin(), sources.end() - 1, sources.end());
    return std::move(layers_);
  }

 private:
  void load(const std::string& name, std::string text) {
    const auto& kept = loaded_.texts.emplace(name, std::move(text)).first->second;
    bytes_ += kept.size();
    auto root = yaml::parse(kept, name, loaded_.remarks);
    if (root) {
      std::vector<std::string> parents;
      chain_.push_back(name);
      for (const auto& parent : parents_of(*root)) {
        if (auto known = load_parent(parent); !known.empty()) parents.push_back(std::move(known));
      }
      chain_.pop_back();
      layers_.push_back({name, std::move(*root), std::move(parents)});
    }
    loaded_.sources.push_back({name, sha256_hex(kept)});
  }

  /// What is wrong with the items is said when the file is read as a whole.
  static std::vector<Parent> parents_of(const Node& root) {
    std::vector<Diagnostic> told_later;
    Reader reader(told_later);
    const auto* value = root.kind == Node::Kind::map ? root.find("extends") : nullptr;
    return value ? read_parents(*value, reader) : std::vector<Parent>{};
  }

  /// The name of the parent's layer; empty with a remark when there is none.
  std::string load_parent(const Parent& parent) {
    if (chain_.size() > deepest_extends) {
      error(parent, "'extends' goes deeper than " + std::to_string(deepest_extends) + " files",
            shown_chain());
      return {};
    }
    const auto fetched = fetch(parent);
    if (!fetched.problem.empty()) {
      error(parent, fetched.problem, fetched.hint);
      return {};
    }
    if (std::ranges::find(chain_, fetched.name) != chain_.end()) {
      error(parent, "'extends' goes round in a circle: " + shown_chain(fetched.name),
            "remove one of these references");
      return {};
    }
    if (!is_pinned(parent, fetched.text)) return {};
    // Two ways to one file: it applies once, where first named.
    if (loaded_.texts.contains(fetched.name)) return fetched.name;
    if (loaded_.texts.size() >= most_files) {
      error(parent, "'extends' leads to more than " + std::to_string(most_files) + " files", {});
      return {};
    }
    if (bytes_ + fetched.text.size() > most_bytes) {
      error(parent, "the policy and all that it extends are larger than 1 MiB", {});
      return {};
    }
    load(fetched.name, fetched.text);
    return fetched.name;
  }

  Fetched fetch(const Parent& parent) const {
    if (parent.kind == Parent::Kind::builtin) return read_builtin(parent.where);
    const auto& from = chain_.back();
    if (parent.kind == Parent::Kind::path && (from.starts_with(https) || from.starts_with(builtin_prefix)))
      return {.problem = "a policy from elsewhere can not name files of this machine",
              .hint = "name a built-in policy or a url there"};
    if (!fetch_) return {.problem = "only built-in policies can be extended here"};
    return fetch_(parent, from);
  }

  static Fetched read_builtin(const std::string& where) {
    const auto name = std::string_view(where).substr(builtin_prefix.size());
    if (const auto* builtin = find_builtin(name)) return {.name = where, .text = std::string(builtin->text)};
    std::vector<std::string_view> names;
    for (const auto& known : builtins()) names.push_back(known.name);
    return {.problem = "there is no built-in policy " + quoted(name), .hint = suggest(name, names)};
  }

  bool is_pinned(const Parent& parent, std::string_view text) {
    if (parent.kind != Parent::Kind::url) return true;
    const auto found = sha256_hex(text);
    if (found == parent.sha256) return true;
    error(parent, "this policy is not the one that 'sha256' pins: it has " + found,
          "look at what has changed there before you pin it anew");
    return false;
  }

  void error(const Parent& parent, std::string message, std::string hint) {
    reader_.remark(Diagnostic::Level::error, parent.pos, parent.length, std::move(message), std::move(hint));
  }

  std::string shown_chain(const std::string& last = {}) const {
    std::string out;
    for (const auto& name : chain_) out += (out.empty() ? "" : " -> ") + printable(name, 100);
    if (!last.empty()) out += " -> " + printable(last, 100);
    return out;
  }

  const Fetch& fetch_;
  Loaded& loaded_;
  Reader reader_;
  std::vector<Layer> layers_;
  std::vector<std::string> chain_;
  std::size_t bytes_{};
};

}  // namespace

std::span<const Key<ParentDraft>> parent_rows() {
  return parent_table;
}

std::vector<Parent> read_parents(const Node& value, Reader& reader) {
  std::vector<Parent> out;
  for (const auto* item : reader.read_list(value, "extends")) {
    auto parent = read_parent(*item, reader);
    if (!parent) continue;
    parent->pos = item->pos;
    parent->length = length_of(*item);
    const bool twice = std::ranges::any_of(
        out, [&](const Parent& other) { return other.kind == parent->kind && other.where == parent->where; });
    if (twice) {
      reader.error(*item, quoted(parent->where) + " is named twice in 'extends'", "keep one of the two");
    } else {
      out.push_back(std::move(*parent));
    }
  }
  return out;
}

std::vector<Layer> load_layers(std::string_view text, const std::string& file, const Fetch& fetch,
                               Loaded& loaded) {
  return LayerLoader(fetch, loaded).run(text, file);
}

}  // namespace kolega::policy
