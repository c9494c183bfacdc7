#include "base/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <unordered_map>

#include "base/text.hpp"
#include "base/yaml_text.hpp"

namespace kolega::yaml {

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name.text == key) return &value;
  }
  return nullptr;
}

namespace {

/// Builds the tree and refuses, on the way, whatever a policy may not use. yaml-cpp itself accepts all of it.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const SourceText& source, const Limits& limits) : source_(source), limits_(limits) {}

  Node take() { return std::move(root_); }
  bool has_document() const { return documents_ > 0; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      source_.refuse(
          place(mark), "a second document starts here",
          "a policy is one document: remove '---', or indent this line as part of what stands above");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_properties(mark, "?", anchor);
    auto pos = place(mark);
    // An empty value carries the mark of the next token, which may be lines away: blame what it belongs to.
    if (!source_.has_null_at(pos) && !open_.empty()) pos = open_.back().last;
    add(Node{.pos = source_.position(pos)}, pos);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    source_.refuse(place(mark), "aliases (*name) are not part of a policy",
                   "write the value out, or quote a text that begins with '*'");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_properties(mark, tag, anchor);
    const auto pos = place(mark);
    source_.require_closed_quote(pos);
    source_.require_clean_value(pos, value);
    Node node{.kind = Node::Kind::scalar, .text = value, .plain = tag == "?", .pos = source_.position(pos)};
    add(std::move(node), pos);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(mark, tag, anchor, style, Node::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(mark, tag, anchor, style, Node::Kind::map);
  }
  void OnMapEnd() override { close(); }

  void OnAnchor(const YAML::Mark& mark, const std::string&) override { refuse_anchor(place(mark)); }

 private:
  struct Level {
    Node node{};
    std::optional<Node> key{};
    Place last{};                                 ///< of the newest key or item; the container's own at first
    std::unordered_map<std::string, int> seen{};  ///< key -> line
  };

  Place place(const YAML::Mark& mark) const { return source_.place(mark.pos, mark.line, mark.column); }

  void refuse_anchor(const Place& at) const {
    source_.refuse(at, "anchors (&name) are not part of a policy", "write the value out where it is needed");
  }

  void refuse_properties(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) const {
    const auto at = place(mark);
    if (anchor != YAML::NullAnchor) refuse_anchor(at);
    const bool implicit = tag.empty() || tag == "?" || tag == "!";
    if (!implicit || source_.char_at(at) == '!') {
      source_.refuse(at, "tags (!name) are not part of a policy", "remove it");
    }
  }

  void count_node(const Place& at) {
    if (++nodes_ > limits_.nodes) {
      source_.refuse(at, "more than " + std::to_string(limits_.nodes) + " values", "a policy is far smaller");
    }
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style, Node::Kind kind) {
    refuse_properties(mark, tag, anchor);
    const auto at = place(mark);
    count_node(at);
    if (open_.size() >= limits_.depth) {
      source_.refuse(at, "nested deeper than " + std::to_string(limits_.depth) + " levels",
                     "a policy is far flatter");
    }
    if (wants_key()) refuse_key(at);
    open_.push_back({});
    open_.back().node =
        Node{.kind = kind, .flow = style == YAML::EmitterStyle::Flow, .pos = source_.position(at)};
    open_.back().last = at;
  }

  void close() {
    auto node = std::move(open_.back().node);
    open_.pop_back();
    attach(std::move(node));
  }

  bool wants_key() const {
    return !open_.empty() && open_.back().node.kind == Node::Kind::map && !open_.back().key;
  }

  [[noreturn]] void refuse_key(const Place& at) const {
    source_.refuse(at, "a key must be a word", "write 'key: value', and close every '[' and '{'");
  }

  void add(Node node, const Place& at) {
    count_node(at);
    if (wants_key()) {
      add_key(std::move(node), at);
    } else {
      if (!open_.empty() && open_.back().node.kind == Node::Kind::sequence) open_.back().last = at;
      attach(std::move(node));
    }
  }

  void add_key(Node node, const Place& at) {
    if (node.kind != Node::Kind::scalar) refuse_key(at);
    if (node.text == "<<") {
      source_.refuse(at, "merge keys (<<) are not part of a policy", "write the keys out", 2);
    }
    auto& level = open_.back();
    const auto [known, added] = level.seen.emplace(node.text, node.pos.line);
    if (!added) {
      source_.refuse(at, "duplicate key '" + printable(node.text, 60) + "'",
                     "it stands on line " + std::to_string(known->second) + " already; keep one of the two",
                     static_cast<int>(std::min<std::size_t>(node.text.size(), 100)));
    }
    level.last = at;
    level.key = std::move(node);
  }

  void attach(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& level = open_.back();
    if (level.node.kind == Node::Kind::sequence) {
      level.node.items.push_back(std::move(node));
    } else {
      level.node.entries.emplace_back(std::move(*level.key), std::move(node));
      level.key.reset();
    }
  }

  const SourceText& source_;
  const Limits& limits_;
  std::vector<Level> open_;
  Node root_;
  std::size_t nodes_{};
  int documents_{};
};

[[noreturn]] void refuse_empty(const SourceText& source) {
  source.refuse_file("the file is empty", "it holds nothing, or nothing but comments");
}

/// What yaml-cpp says, in words that tell what to do. Others are passed on as they are.
struct Wording {
  std::string_view theirs{};
  std::string_view message{};
  std::string_view hint{};
};
const std::array<Wording, 7> wordings{{
    {YAML::ErrorMsg::END_OF_SEQ_FLOW, "a list that '[' opens is never closed", "add the closing ']'"},
    {YAML::ErrorMsg::END_OF_MAP_FLOW, "a map that '{' opens is never closed", "add the closing '}'"},
    {YAML::ErrorMsg::EOF_IN_SCALAR, "a quote is never closed", "add the closing quote"},
    {YAML::ErrorMsg::UNKNOWN_ANCHOR, "aliases (*name) are not part of a policy",
     "write the value out, or quote a text that begins with '*'"},
    {YAML::ErrorMsg::ALIAS_NOT_FOUND, "'*' begins an alias, which is not part of a policy",
     "quote a text that begins with '*'"},
    {YAML::ErrorMsg::CHAR_IN_ALIAS, "'*' begins an alias, which is not part of a policy",
     "quote a text that begins with '*'"},
    {YAML::ErrorMsg::MAP_VALUE, "a ':' where no value can begin", "quote a text that holds ': '"},
}};

[[noreturn]] void refuse_syntax(const SourceText& source, const YAML::Exception& e) {
  const auto at = source.place(e.mark.pos, e.mark.line, e.mark.column);
  if (source.is_indented_by_tab(at)) source.refuse(at, "a tab indents this line", "indent with blanks");
  for (const auto& wording : wordings) {
    if (wording.theirs == e.msg) source.refuse(at, std::string(wording.message), std::string(wording.hint));
  }
  source.refuse(at, "not valid YAML: " + e.msg);
}

Node build(const SourceText& source, const Limits& limits) {
  source.require_readable(limits.bytes, limits.depth);
  TreeBuilder builder(source, limits);
  try {
    std::istringstream in{std::string(source.text())};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    refuse_syntax(source, e);
  }
  if (!builder.has_document()) refuse_empty(source);
  auto root = builder.take();
  if (root.kind == Node::Kind::null) refuse_empty(source);
  return root;
}

}  // namespace

std::optional<Node> parse(std::string_view text, const std::string& file, std::vector<Diagnostic>& remarks,
                          const Limits& limits) {
  const SourceText source(text, file);
  try {
    return build(source, limits);
  } catch (const Refused& refused) {
    remarks.push_back(refused.remark);
    return std::nullopt;
  }
}

Node parse(std::string_view text, const std::string& file, const Limits& limits) {
  std::vector<Diagnostic> remarks;
  if (auto node = parse(text, file, remarks, limits)) return std::move(*node);
  auto remark = remarks.front();
  Error error(ErrorKind::policy, remark.message, remark.hint, remark.pos);
  remark.hint.clear();
  const auto rendered = render(remark, text);
  if (const auto end = rendered.find('\n'); end != std::string::npos)
    error.with_excerpt(rendered.substr(end + 1));
  throw error;
}

}  // namespace kolega::yaml
