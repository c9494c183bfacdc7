// The languages of globs are regular: a walk over the sets of places that the patterns can be at, character by character,
// meets every kind of path there is. Characters that no pattern tells apart are one.
#include "base/glob_reach.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "base/glob.hpp"
#include "base/glob_braces.hpp"
#include "base/text.hpp"

namespace kolega {

namespace {

constexpr std::size_t most_steps = 3'000'000;  ///< places moved on by one character, or patterns tried; tens of milliseconds
constexpr std::size_t most_choices = 5'000;    ///< of all patterns, every choice of their braces by itself

struct Range {
  char32_t low{};
  char32_t high{};
};

struct Token {
  enum class Kind { literal, any, set, star, everything, segments };
  Kind kind{};
  std::vector<Range> ranges{};  ///< of a literal or a set
  bool negated{};
};

char32_t read_character(std::string_view pattern, std::size_t& at) {
  if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
  const auto point = decode_utf8(pattern.substr(at));
  at += std::max<std::size_t>(point.length, 1);
  return point.value;
}

Token read_set(std::string_view members) {
  Token out{.kind = Token::Kind::set, .negated = members.starts_with('!')};
  for (std::size_t at = out.negated ? 1 : 0; at < members.size();) {
    const auto low = read_character(members, at);
    auto high = low;
    if (at + 1 < members.size() && members[at] == '-') high = read_character(members, ++at);
    out.ranges.push_back({low, high});
  }
  return out;
}

/// A run of stars; `**/` at the start of a segment stands for whole segments.
Token read_stars(std::string_view pattern, std::size_t& at) {
  const bool segment_start = at == 0 || pattern[at - 1] == '/';
  const auto end = std::min(pattern.find_first_not_of('*', at), pattern.size());
  const bool one = end - at == 1;
  at = end;
  if (one) return {.kind = Token::Kind::star};
  if (!segment_start || end == pattern.size() || pattern[end] != '/') return {.kind = Token::Kind::everything};
  at = end + 1;
  return {.kind = Token::Kind::segments};
}

std::vector<Token> read_tokens(std::string_view pattern) {
  std::vector<Token> out;
  for (std::size_t at = 0; at < pattern.size();) {
    if (pattern[at] == '*') {
      out.push_back(read_stars(pattern, at));
    } else if (pattern[at] == '?') {
      out.push_back({.kind = Token::Kind::any});
      ++at;
    } else if (pattern[at] == '[') {
      const auto end = end_of_class(pattern, at);
      out.push_back(read_set(pattern.substr(at + 1, end - at - 2)));
      at = end;
    } else {
      const auto c = read_character(pattern, at);
      out.push_back({.kind = Token::Kind::literal, .ranges = {{c, c}}});
    }
  }
  return out;
}

bool takes(const Token& token, char32_t c) {
  const bool named = std::ranges::any_of(
      token.ranges, [&](const Range& range) { return range.low <= c && c <= range.high; });
  switch (token.kind) {
    case Token::Kind::literal:
      return named;
    case Token::Kind::any:
    case Token::Kind::star:
      return c != '/';
    case Token::Kind::set:
      return c != '/' && named != token.negated;
    case Token::Kind::everything:
    case Token::Kind::segments:
      return true;
  }
  return false;
}

using Places = std::vector<std::uint32_t>;  ///< sorted

/// One pattern. Place 2i is in front of token i, 2i + 1 inside the segments that token i stands for.
class Pattern {
 public:
  Pattern(std::string_view text, bool excludes) : excludes_(excludes), tokens_(read_tokens(text)) {
    for (const auto& token : tokens_) widest_ = std::max(widest_, token.ranges.size());
  }

  Places start() const {
    Places out;
    reach(0, out);
    return out;
  }

  Places step(const Places& places, char32_t c) const {
    Places out;
    for (const auto place : places) {
      const auto i = place / 2;
      if (i == tokens_.size() || !takes(tokens_[i], c)) continue;
      move(i, c, out);
    }
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

  bool accepts(const Places& places) const { return !places.empty() && places.back() == 2 * tokens_.size(); }

  /// Whatever comes, it matches.
  bool is_settled(const Places& places) const {
    return accepts(places) && !tokens_.empty() && tokens_.back().kind == Token::Kind::everything &&
           std::ranges::binary_search(places, static_cast<std::uint32_t>(2 * tokens_.size() - 2));
  }

  bool excludes() const { return excludes_; }
  /// How much a place may cost: the most ranges of a set.
  std::size_t widest() const { return widest_; }

  void add_cuts(std::set<char32_t>& cuts) const {
    for (const auto& token : tokens_) {
      for (const auto& range : token.ranges) {
        cuts.insert(range.low);
        cuts.insert(range.high + 1);
      }
    }
  }

  /// A path that it matches and that hardly any other pattern names, where there is a plain one.
  std::string example() const {
    std::string out;
    for (const auto& token : tokens_) {
      if (token.kind == Token::Kind::segments) continue;
      const bool named = !token.ranges.empty() && !token.negated;
      append_utf8(out, named ? token.ranges.front().low : char32_t{1});
    }
    return out;
  }

 private:
  void move(std::size_t i, char32_t c, Places& out) const {
    switch (tokens_[i].kind) {
      case Token::Kind::literal:
      case Token::Kind::any:
      case Token::Kind::set:
        reach(i + 1, out);
        return;
      case Token::Kind::star:
      case Token::Kind::everything:
        reach(i, out);
        return;
      case Token::Kind::segments:
        out.push_back(static_cast<std::uint32_t>(2 * i + 1));
        if (c == '/') reach(i + 1, out);
        return;
    }
  }

  /// The places at `i` and behind what may stand for nothing.
  void reach(std::size_t i, Places& out) const {
    out.push_back(static_cast<std::uint32_t>(2 * i));
    while (i < tokens_.size() && tokens_[i].kind >= Token::Kind::star)
      out.push_back(static_cast<std::uint32_t>(2 * ++i));
  }

  bool excludes_{};
  std::vector<Token> tokens_;
  std::size_t widest_{1};
};

/// How far a text is a path as fold_path() leaves them: no empty step, no ".", and ".." only to climb out of the tree.
enum class Step { first, climbing, climbing_dot, climbing_dots, next, dot, dots, inside, none };

Step go_on(Step step, char32_t c) {
  if (c == '\\') return Step::none;
  const bool dot = c == '.';
  const bool slash = c == '/';
  switch (step) {
    case Step::first:
      return slash ? Step::next : dot ? Step::climbing_dot : Step::inside;
    case Step::climbing:
      return slash ? Step::none : dot ? Step::climbing_dot : Step::inside;
    case Step::climbing_dot:
      return slash ? Step::none : dot ? Step::climbing_dots : Step::inside;
    case Step::climbing_dots:
      return slash ? Step::climbing : Step::inside;
    case Step::next:
      return slash ? Step::none : dot ? Step::dot : Step::inside;
    case Step::dot:
      return slash ? Step::none : dot ? Step::dots : Step::inside;
    case Step::dots:
      return slash ? Step::none : Step::inside;
    case Step::inside:
      return slash ? Step::next : Step::inside;
    case Step::none:
      return Step::none;
  }
  return Step::none;
}

bool is_path(std::string_view text) {
  auto step = Step::first;
  for (std::size_t at = 0; at < text.size();) {
    const auto point = decode_utf8(text.substr(at));
    step = go_on(step, point.value);
    at += std::max<std::size_t>(point.length, 1);
  }
  return step == Step::inside;
}

/// The patterns of one wish.
struct List {
  std::vector<Pattern> patterns{};
  bool matched{};        ///< wished
  bool unnamed{true};    ///< what holds for a path that no pattern matches

  explicit List(const PathWish& wish) : matched(wish.matched) {
    for (const auto& pattern : wish.patterns) {
      const bool excludes = pattern.starts_with('!');
      unnamed = unnamed && excludes;
      patterns.emplace_back(std::string_view(pattern).substr(excludes ? 1 : 0), excludes);
    }
  }

  bool fulfilled(const Places* places) const {
    for (auto i = patterns.size(); i-- > 0;) {
      if (patterns[i].accepts(places[i])) return patterns[i].excludes() != matched;
    }
    return unnamed == matched;
  }

  /// Whether more characters may fulfil it.
  bool may_be_fulfilled(const Places* places) const {
    for (auto i = patterns.size(); i-- > 0;) {
      if (!places[i].empty() && patterns[i].excludes() != matched) return true;
      if (patterns[i].is_settled(places[i])) return false;
    }
    return unnamed == matched;
  }
};

/// Where all patterns of all lists are, one after the other.
struct State {
  std::vector<Places> places{};
  Step step{Step::first};
  auto operator<=>(const State&) const = default;
};

class Search {
 public:
  Search(const std::vector<List>& lists, std::size_t steps)
      : lists_(lists), characters_(characters_of(lists)), steps_(steps) {
    State state;
    for (const auto& list : lists) {
      for (const auto& pattern : list.patterns) state.places.push_back(pattern.start());
    }
    visit(std::move(state), 0, 0);
  }

  PathSearch run() {
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      const auto& state = *nodes_[node].state;
      for (const auto c : characters_) {
        auto next = step(state, c);
        if (steps_ > most_steps) return {.exhausted = true, .steps = steps_};
        if (next.step == Step::none || !holds(next, &List::may_be_fulfilled)) continue;
        const bool found = next.step == Step::inside && holds(next, &List::fulfilled);
        visit(std::move(next), node, c);
        if (found) return {.path = text_to(nodes_.size() - 1), .steps = steps_};
      }
    }
    return {.steps = steps_};
  }

 private:
  struct Node {
    const State* state{};
    std::size_t before{};
    char32_t character{};
  };

  /// One of each kind that the patterns tell apart.
  static std::vector<char32_t> characters_of(const std::vector<List>& lists) {
    std::set<char32_t> cuts{1, '.', '.' + 1, '/', '/' + 1, '\\', '\\' + 1};
    for (const auto& list : lists) {
      for (const auto& pattern : list.patterns) pattern.add_cuts(cuts);
    }
    constexpr char32_t last = 0x10FFFF;
    // Surrogates are in no text: what begins among them begins behind them.
    if (std::erase_if(cuts, [](char32_t c) { return c >= 0xD800 && c < 0xE000; }) > 0) cuts.insert(0xE000);
    std::erase_if(cuts, [](char32_t c) { return c == 0 || c > last; });
    return {cuts.begin(), cuts.end()};
  }

  State step(const State& from, char32_t c) {
    State out{.step = go_on(from.step, c)};
    if (out.step == Step::none) return out;
    out.places.reserve(from.places.size());
    for (const auto& list : lists_) {
      for (const auto& pattern : list.patterns) {
        const auto& places = from.places[out.places.size()];
        steps_ += places.size() * pattern.widest() + 1;
        out.places.push_back(pattern.step(places, c));
      }
    }
    return out;
  }

  bool holds(const State& state, bool (List::*question)(const Places*) const) const {
    const auto* places = state.places.data();
    for (const auto& list : lists_) {
      if (!(list.*question)(places)) return false;
      places += list.patterns.size();
    }
    return true;
  }

  void visit(State state, std::size_t before, char32_t character) {
    const auto [place, added] = seen_.insert(std::move(state));
    if (added) nodes_.push_back({&*place, before, character});
  }

  std::string text_to(std::size_t node) const {
    std::vector<char32_t> reversed;
    for (; node != 0; node = nodes_[node].before) reversed.push_back(nodes_[node].character);
    std::string out;
    for (auto c = reversed.rbegin(); c != reversed.rend(); ++c) append_utf8(out, *c);
    return out;
  }

  const std::vector<List>& lists_;
  std::vector<char32_t> characters_;
  std::set<State> seen_{};
  std::vector<Node> nodes_{};
  std::size_t steps_;
};

bool fits(const std::string& path, std::span<const PathWish> wishes) {
  return is_path(path) && std::ranges::all_of(wishes, [&](const PathWish& wish) {
    return glob_list_match(wish.patterns, path) == wish.matched;
  });
}

/// What nearly every list that makes sense matches: an example of one of its patterns, or a path that none names. `steps`
/// grows by the patterns that each was compared with.
std::optional<std::string> try_examples(std::span<const PathWish> wishes, std::size_t& steps) {
  constexpr int most = 20;
  std::size_t patterns = 0;
  for (const auto& wish : wishes) patterns += wish.patterns.size();
  const auto is_it = [&](const std::string& path) {
    steps += patterns;
    return fits(path, wishes);
  };
  for (std::string path : {"\x01", "\x01/\x01.\x01"}) {
    if (is_it(path)) return path;
  }
  int tried = 0;
  for (const auto& wish : wishes) {
    for (const auto& pattern : wish.patterns) {
      const bool excludes = pattern.starts_with('!');
      if (excludes == wish.matched || ++tried > most) continue;
      auto path = Pattern(std::string_view(pattern).substr(excludes ? 1 : 0), excludes).example();
      if (is_it(path)) return path;
    }
  }
  return std::nullopt;
}

/// Every choice of their braces by itself, which means the same: the last that matches wins. Nothing when that are too many.
std::optional<std::vector<std::string>> expand(const PathWish& wish, std::size_t& left) {
  std::vector<std::string> out;
  for (const auto& pattern : wish.patterns) {
    const bool excludes = pattern.starts_with('!');
    for (const auto& choice : expand_braces(std::string_view(pattern).substr(excludes ? 1 : 0))) {
      if (left-- == 0) return std::nullopt;
      out.push_back((excludes ? "!" : "") + choice);
    }
  }
  return out;
}

}  // namespace

PathSearch find_path(std::span<const PathWish> wishes) {
  std::vector<std::vector<std::string>> expanded;
  auto left = most_choices;
  for (const auto& wish : wishes) {
    auto patterns = expand(wish, left);
    if (!patterns) return {.exhausted = true, .steps = most_choices};
    expanded.push_back(std::move(*patterns));
  }
  std::vector<PathWish> plain;
  for (std::size_t i = 0; i < expanded.size(); ++i) plain.push_back({expanded[i], wishes[i].matched});
  auto steps = most_choices - left;
  if (auto example = try_examples(plain, steps)) return {.path = std::move(example), .steps = steps};
  const std::vector<List> lists(plain.begin(), plain.end());
  return Search(lists, steps).run();
}

}  // namespace kolega
