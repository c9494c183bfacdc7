// What a command is: its options, its words of help and the function that does it. Parsing, help and
// completion all read these tables, so an option is declared once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sys/system.hpp"

namespace kolega::cli {

struct Option {
  std::string_view names{};  ///< "-o,--output" or "--json"; the long one names it in Arguments
  std::string_view value{};  ///< placeholder, "FILE"; empty: it takes no value
  std::string_view help{};
  std::string_view environment{};  ///< the variable that stands in for it
  bool repeatable{};
  bool value_optional{};                         ///< --name or --name=VALUE, never --name VALUE
  std::vector<std::string_view> (*choices)(){};  ///< the words it takes, for completion
  bool report{};  ///< it names a file about this run, which one of an earlier run must not be taken for
};

/// "output" of "-o,--output".
std::string_view long_name(const Option& option);

struct Positional {
  std::string_view name{};  ///< "FILE", "FINDING STATUS"; empty: the command takes none
  std::string_view help{};
  bool required{};
  bool repeatable{};
  std::vector<std::string_view> (*choices)(){};
  std::size_t count{1};  ///< how many words its name stands for
  std::size_t optional{};  ///< how many more may follow, named as well: "RECORD [FINDING]"
};

struct Example {
  std::string_view line{};  ///< without the program's name
  std::string_view meaning{};
};

/// What was typed, by the long name of the option; nothing is decided yet (options.hpp).
class Arguments {
 public:
  bool has(std::string_view option) const { return values_.contains(option); }
  /// The value of an option that is given at most once; empty text for one without a value.
  std::optional<std::string> find(std::string_view option) const;
  std::vector<std::string> all(std::string_view option) const;
  const std::vector<std::string>& positionals() const { return positionals_; }

  void add(std::string_view option, std::vector<std::string> values);
  void add_positionals(std::vector<std::string> values) { positionals_ = std::move(values); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> positionals_;
};

class Printer;

/// What a command gets: its words, its surroundings, and the way to tell people something.
struct Invocation {
  const sys::Streams& streams;
  const sys::System& system;
  const Arguments& arguments;
  Printer& printer;
};

struct Command {
  std::string_view name{};         ///< "run", "scans start"
  std::string_view summary{};      ///< one phrase for the list of commands
  std::string_view description{};  ///< paragraphs for its own help
  std::vector<Option> options{};
  Positional positional{};
  std::vector<Example> examples{};
  int (*run)(const Invocation&){};  ///< gives the exit code, throws Error
};

/// Options of several commands, one list after the other.
std::vector<Option> options_of(std::initializer_list<std::vector<Option>> lists);

}  // namespace kolega::cli
