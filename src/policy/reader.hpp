// Reads the values of a policy's tree and gathers remarks: plain decimals only, true and false only, nothing
// guessed. Not for: the keys of the language; they stand in tables (keys.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/glob_reach.hpp"
#include "base/time.hpp"
#include "base/yaml.hpp"

namespace kolega::policy {

/// Text from a policy as it may stand in a message: quoted, cut, harmless.
std::string quoted(std::string_view text);

/// More in one list or map is a mistake or an attack; every finding would be compared with each of them.
inline constexpr std::size_t most_items = 1000;

/// Each read_ takes the value and the name of its key, adds a remark when it cannot be read, and then returns
/// nothing.
class Reader {
 public:
  explicit Reader(std::vector<Diagnostic>& remarks) : remarks_(remarks) {}

  void error(const yaml::Node& at, std::string message, std::string hint = {});
  void warn(const yaml::Node& at, std::string message, std::string hint = {});

  /// False, with a remark, for a list or map of more than most_items.
  bool has_sane_size(const yaml::Node& value, std::string_view key);
  /// A remark on a place that has no node at hand.
  void remark(Diagnostic::Level level, const SourcePos& pos, int length, std::string message,
              std::string hint = {});

  std::optional<std::string> read_text(const yaml::Node& value, std::string_view key);
  std::optional<std::uint64_t> read_number(const yaml::Node& value, std::string_view key);
  std::optional<bool> read_boolean(const yaml::Node& value, std::string_view key);
  /// Longer than nothing.
  std::optional<Duration> read_duration(const yaml::Node& value, std::string_view key);
  /// The index in `names` of a word that must be one of them.
  std::optional<std::size_t> read_word(const yaml::Node& value, std::string_view key,
                                       std::span<const std::string_view> names);

  enum class Empty { refused, allowed };
  /// The items of a list; a single word counts as a list of one. What is no word, or stands twice, is left
  /// out with a remark.
  std::vector<const yaml::Node*> read_words(const yaml::Node& value, std::string_view key,
                                            Empty empty = Empty::refused);
  /// The items of a list of maps.
  std::vector<const yaml::Node*> read_list(const yaml::Node& value, std::string_view key);
  /// A list of path globs, checked: each by itself, that they leave a path together, and that each still decides
  /// about some.
  std::vector<std::string> read_globs(const yaml::Node& value, std::string_view key);
  /// True when it is certain that no path fulfils the wishes; what is too costly to know is an error at `at`.
  bool leaves_no_path(std::span<const PathWish> wishes, const SourcePos& at);

 private:
  void check_order(const std::vector<const yaml::Node*>& items, const std::vector<std::string>& patterns);

  std::vector<Diagnostic>& remarks_;
  std::size_t path_steps_{};  ///< of searches for paths so far
};

/// What a word looks like that is no pattern of this language and would match nothing, as a list in one word; the
/// hint how to write what was meant, or nothing.
std::optional<std::string> find_foreign_pattern(std::string_view pattern);

/// "line 7", or the whole position when it is in another file than `from`.
std::string place_of(const SourcePos& pos, const SourcePos& from);

/// How many columns a value takes in its line, for the underline.
int length_of(const yaml::Node& node);

}  // namespace kolega::policy
