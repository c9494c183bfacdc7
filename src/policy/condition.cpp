#include "policy/condition.hpp"

#include <algorithm>
#include <array>

#include "base/glob.hpp"
#include "base/text.hpp"
#include "policy/condition_keys.hpp"
#include "policy/keys.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

using Names = std::vector<std::string>;

/// "a", "a or b", "a, b or c".
std::string one_of(const Names& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += names[i];
  }
  return out;
}

template <class T>
Names names_of_all(const std::vector<T>& values) {
  Names out;
  for (const auto& value : values) out.emplace_back(name_of(value));
  return out;
}

template <class T>
bool contains(const std::vector<T>& list, const T& wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

// severity
// ------------------------------------------------------------------------------------------------------

std::vector<Severity> members(const SeveritySet& set) {
  std::vector<Severity> out;
  for (const auto severity : all_severities) {
    if (set.has(severity)) out.push_back(severity);
  }
  return out;
}

bool compares(Severity severity, std::string_view operation, Severity bound) {
  if (operation == ">=") return severity >= bound;
  if (operation == ">") return severity > bound;
  if (operation == "<=") return severity <= bound;
  return severity < bound;
}

/// ">=high" and its like.
void parse_severity_bound(const Node& value, Condition& condition, Reader& reader) {
  const auto text = std::string_view(value.text);
  const auto length = text.find_first_not_of("<>=");
  const auto operation = text.substr(0, length);
  const auto word = length == std::string_view::npos ? std::string_view{} : trim(text.substr(length));
  const auto bound = find_severity(word);
  if (bound && operation.empty()) {
    reader.error(value, "'severity: " + std::string(word) + "' could mean this one or from here upwards",
                 "write [" + std::string(word) + "] or \">=" + std::string(word) + "\"");
    return;
  }
  if (operation != ">=" && operation != ">" && operation != "<=" && operation != "<") {
    reader.error(value, quoted(text) + " is not a severity condition",
                 "write a list such as [critical, high], or a bound such as \">=high\"");
    return;
  }
  if (!bound) {
    reader.error(value, quoted(word) + " is not a severity", suggest(word, severity_names));
    return;
  }
  SeveritySet set;
  for (const auto severity : all_severities) {
    if (compares(severity, operation, *bound)) set.add(severity);
  }
  if (set.empty())
    reader.error(value, "no severity is " + quoted(text), "such a rule would never count anything");
  condition.severity = set;
}

void parse_severity(const Node& value, Condition& condition, Reader& reader) {
  if (value.kind == Node::Kind::scalar) {
    parse_severity_bound(value, condition, reader);
    return;
  }
  SeveritySet set;
  for (const auto* item : reader.read_words(value, "severity")) {
    if (const auto word = reader.read_word(*item, "severity", severity_names)) set.add(all_severities[*word]);
  }
  condition.severity = set;
}

// lists
// ---------------------------------------------------------------------------------------------------------

void parse_scan_type(const Node& value, Condition& condition, Reader& reader) {
  condition.scan_type = read_scan_types(value, "scan_type", reader);
}

/// A list of patterns for something that is no path: "check id" under the key `check_id`.
Names read_patterns(const Node& value, std::string_view key, std::string_view noun, Reader& reader) {
  Names out;
  for (const auto* item : reader.read_words(value, key)) {
    if (item->text.starts_with('!')) {
      reader.error(*item, "'!' excludes in 'path' only", "use 'not: {" + std::string(key) + ": ...}'");
    } else if (const auto wrong = find_glob_error(item->text)) {
      reader.error(*item, "not a " + std::string(noun) + " pattern: " + *wrong);
    } else if (const auto foreign = find_foreign_pattern(item->text); foreign && key != "category") {
      // A category is words of the server, which may well have a comma.
      reader.error(*item, "this pattern would match no " + std::string(noun), *foreign);
    } else {
      out.push_back(item->text);
    }
  }
  return out;
}

bool fits_one(const Names& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& pattern) { return glob_match(pattern, text); });
}

void parse_fingerprint(const Node& value, Condition& condition, Reader& reader) {
  for (const auto* item : reader.read_words(value, "fingerprint")) {
    if (const auto text = reader.read_text(*item, "fingerprint")) condition.fingerprint.push_back(*text);
  }
}

void parse_path(const Node& value, Condition& condition, Reader& reader) {
  condition.path = reader.read_globs(value, "path");
}

/// The weakness that a tag names, "CWE-79" -> 79, for a better hint only.
std::optional<long long> number_in(std::string_view text) {
  const auto at = text.find_first_of("0123456789");
  return at == std::string_view::npos ? std::nullopt : parse_decimal(text.substr(at));
}

void parse_cwe(const Node& value, Condition& condition, Reader& reader) {
  constexpr std::uint64_t largest = 99'999;
  for (const auto* item : reader.read_words(value, "cwe")) {
    if (iequals_ascii(std::string_view(item->text).substr(0, 3), "cwe")) {
      const auto number = number_in(item->text);
      reader.error(*item, "'cwe' takes numbers, not " + quoted(item->text),
                   number ? "write " + std::to_string(*number) : "write for example 79");
      continue;
    }
    const auto number = reader.read_number(*item, "cwe");
    if (!number) continue;
    if (*number < 1 || *number > largest) {
      reader.error(*item, "there is no CWE with the number " + item->text);
    } else {
      condition.cwe.push_back(static_cast<int>(*number));
    }
  }
}

bool has_cwe(const Condition& condition, const Facts& facts) {
  return facts.cwe != nullptr && std::any_of(condition.cwe.begin(), condition.cwe.end(),
                                             [&](int number) { return contains(*facts.cwe, number); });
}

Node write_cwe(const Condition& condition) {
  std::vector<Node> items;
  for (const int number : condition.cwe) items.push_back(write_number(static_cast<std::uint64_t>(number)));
  return yaml::sequence(std::move(items), true);
}

std::string describe_cwe(const Condition& condition) {
  Names names;
  for (const int number : condition.cwe) names.push_back("CWE-" + std::to_string(number));
  return one_of(names);
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// "A03", "A03:2021", and of OWASP's other lists "API1:2023", "LLM01:2025", "CICD-SEC-1". The Top 10 has two digits and ends
/// with A10: "A3" and "A11" would match nothing.
bool is_owasp_category(std::string_view text) {
  const bool words = text.size() >= 2 && text.size() <= 40 && !is_digit(text[0]) &&
                     std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == ':' || c == '-'; });
  if (!words || std::ranges::none_of(text, is_digit)) return false;
  const auto category = text.substr(0, text.find(':'));
  const auto number = category.substr(1);
  const bool top_ten = (text[0] == 'A' || text[0] == 'a') && std::ranges::all_of(number, is_digit);
  return !top_ten || (number.size() == 2 && number >= "01" && number <= "10");
}

void parse_owasp(const Node& value, Condition& condition, Reader& reader) {
  for (const auto* item : reader.read_words(value, "owasp")) {
    const auto& text = item->text;
    if (is_owasp_category(text)) {
      condition.owasp.push_back(text);
    } else {
      reader.error(*item, quoted(text) + " is not an OWASP category", "write for example A03 or A03:2021");
    }
  }
}

/// `wanted` is the tag or the part of it before the colon: A03 matches A03:2021 and not A031.
bool owasp_matches(std::string_view wanted, std::string_view tag) {
  tag = trim(tag);
  return iequals_ascii(tag.substr(0, wanted.size()), wanted) &&
         (tag.size() == wanted.size() || !is_alphanumeric(tag[wanted.size()]));
}

bool has_owasp(const Condition& condition, const Facts& facts) {
  for (const auto& wanted : condition.owasp) {
    for (const auto tag : facts.owasp) {
      if (owasp_matches(wanted, tag)) return true;
    }
  }
  return false;
}

void parse_status(const Node& value, Condition& condition, Reader& reader) {
  for (const auto* item : reader.read_words(value, "status")) {
    if (const auto word = reader.read_word(*item, "status", triage_names)) {
      condition.status.push_back(static_cast<TriageStatus>(*word));
    }
  }
}

// nesting
// -------------------------------------------------------------------------------------------------------

Condition parse_named(const Node& node, std::string_view name, Reader& reader);

void parse_any(const Node& value, Condition& condition, Reader& reader) {
  for (const auto* item : reader.read_list(value, "any"))
    condition.any.push_back(parse_named(*item, "any", reader));
}

void parse_not(const Node& value, Condition& condition, Reader& reader) {
  condition.negated.push_back(parse_named(value, "not", reader));
}

Node write_any(const Condition& condition) {
  std::vector<Node> items;
  for (const auto& alternative : condition.any) items.push_back(to_node(alternative));
  return yaml::sequence(std::move(items), true);
}

std::string describe_any(const Condition& condition) {
  Names parts;
  for (const auto& alternative : condition.any) parts.push_back("(" + describe(alternative) + ")");
  return one_of(parts);
}

// the table
// -----------------------------------------------------------------------------------------------------

struct ConditionKey {
  std::string_view name{};
  bool (*used)(const Condition& condition){};
  void (*parse)(const Node& value, Condition& condition, Reader& reader){};
  Match (*match)(const Condition& condition, const Facts& facts){};  ///< only called where the key is used
  Node (*write)(const Condition& condition){};                       ///< as `match`
  std::string (*describe)(const Condition& condition){};             ///< only called where the key is used
  std::string_view detail{};  ///< the fact, where only finding details hold it
  std::string_view schema{};
  std::string_view text{};
};

constexpr Match answer(bool holds) {
  return holds ? Match::yes : Match::no;
}

Match match_any(const Condition& condition, const Facts& facts) {
  auto best = Match::no;
  for (const auto& alternative : condition.any) best = std::max(best, match(alternative, facts));
  return best;
}

Match match_not(const Condition& condition, const Facts& facts) {
  switch (match(condition.negated.front(), facts)) {
    case Match::no:
      return Match::yes;
    case Match::unseen:
      return Match::unseen;
    case Match::yes:
      return Match::no;
  }
  return Match::unseen;
}

constexpr std::array<ConditionKey, 14> condition_rows{{
    {"severity", [](const Condition& c) { return c.severity.has_value(); }, parse_severity,
     [](const Condition& c, const Facts& f) { return answer(c.severity->has(f.severity)); },
     [](const Condition& c) { return write_names(members(*c.severity)); },
     [](const Condition& c) { return "severity " + one_of(names_of_all(members(*c.severity))); }, "",
     R"("anyOf": [{"$ref": "#/$defs/severities"}, {"type": "string", "pattern": "^(>=|>|<=|<) *(info|low|medium|high|critical)$"}])",
     "A list of severities, or a bound such as \">=high\"."},
    {"cvss", [](const Condition& c) { return c.cvss.has_value(); },
     [](const Node& value, Condition& condition, Reader& reader) {
       condition.cvss = read_cvss_bound(value, reader);
     },
     [](const Condition& c, const Facts& f) {
       return f.cvss ? answer(c.cvss->holds(*f.cvss)) : Match::unseen;
     },
     [](const Condition& c) { return write_text(policy::describe(*c.cvss)); },
     [](const Condition& c) { return "CVSS " + policy::describe(*c.cvss); }, "CVSS score",
     R"("type": "string", "pattern": "^(>=|>|<=|<) *(10([.]0)?|[0-9]([.][0-9])?)$")",
     "A bound on the CVSS score, for example \">=9.0\"."},
    {"scan_type", [](const Condition& c) { return !c.scan_type.empty(); }, parse_scan_type,
     [](const Condition& c, const Facts& f) { return answer(contains(c.scan_type, f.scan_type)); },
     [](const Condition& c) { return write_names(c.scan_type); },
     [](const Condition& c) { return "scan type " + one_of(names_of_all(c.scan_type)); }, "",
     R"("$ref": "#/$defs/scan_types")", "The kinds of scan that may have reported it."},
    {"check_id", [](const Condition& c) { return !c.check_id.empty(); },
     [](const Node& value, Condition& condition, Reader& reader) {
       condition.check_id = read_patterns(value, "check_id", "check id", reader);
     },
     [](const Condition& c, const Facts& f) { return answer(fits_one(c.check_id, f.check_id)); },
     [](const Condition& c) { return write_texts(c.check_id); },
     [](const Condition& c) { return "check " + one_of(c.check_id); }, "", R"("$ref": "#/$defs/words")",
     "Globs on the scanner's check id."},
    {"category", [](const Condition& c) { return !c.category.empty(); },
     [](const Node& value, Condition& condition, Reader& reader) {
       condition.category = read_patterns(value, "category", "category", reader);
     },
     [](const Condition& c, const Facts& f) {
       return f.category ? answer(fits_one(c.category, *f.category)) : Match::unseen;
     },
     [](const Condition& c) { return write_texts(c.category); },
     [](const Condition& c) { return "category " + one_of(c.category); }, "category",
     R"("$ref": "#/$defs/words")", "Globs on the category that the server gives a finding."},
    {"path", [](const Condition& c) { return !c.path.empty(); }, parse_path,
     [](const Condition& c, const Facts& f) { return answer(glob_list_match(c.path, f.path)); },
     [](const Condition& c) { return write_texts(c.path); },
     [](const Condition& c) { return "path " + one_of(c.path); }, "", R"("$ref": "#/$defs/paths")",
     "Globs on the path from the root of the repository; '!' excludes, the last match wins."},
    {"cwe", [](const Condition& c) { return !c.cwe.empty(); }, parse_cwe,
     [](const Condition& c, const Facts& f) { return answer(has_cwe(c, f)); }, write_cwe, describe_cwe, "",
     R"("$ref": "#/$defs/numbers")", "CWE numbers, for example 79."},
    {"owasp", [](const Condition& c) { return !c.owasp.empty(); }, parse_owasp,
     [](const Condition& c, const Facts& f) { return answer(has_owasp(c, f)); },
     [](const Condition& c) { return write_texts(c.owasp); },
     [](const Condition& c) { return "OWASP " + one_of(c.owasp); }, "", R"("$ref": "#/$defs/words")",
     "OWASP categories; A03 matches A03:2021."},
    {"status", [](const Condition& c) { return !c.status.empty(); }, parse_status,
     [](const Condition& c, const Facts& f) {
       return f.status ? answer(contains(c.status, *f.status)) : Match::unseen;
     },
     [](const Condition& c) { return write_names(c.status); },
     [](const Condition& c) { return "status " + one_of(names_of_all(c.status)); }, "triage status",
     R"("$ref": "#/$defs/statuses")", "Triage status on the server."},
    {"age", [](const Condition& c) { return c.age.has_value(); },
     [](const Node& value, Condition& condition, Reader& reader) {
       condition.age = read_age_bound(value, reader);
     },
     [](const Condition& c, const Facts& f) { return f.age ? answer(c.age->holds(*f.age)) : Match::unseen; },
     [](const Condition& c) { return write_text(policy::describe(*c.age)); },
     [](const Condition& c) { return "age " + policy::describe(*c.age); }, "age",
     R"("type": "string", "pattern": "^(>=|>|<=|<) *([0-9]+(w|d|h|m|s|ms))+$")",
     "A bound on the time since the finding was first detected, for example \">30d\"."},
    {"fingerprint", [](const Condition& c) { return !c.fingerprint.empty(); }, parse_fingerprint,
     [](const Condition& c, const Facts& f) {
       return answer(std::find(c.fingerprint.begin(), c.fingerprint.end(), f.fingerprint) !=
                     c.fingerprint.end());
     },
     [](const Condition& c) { return write_texts(c.fingerprint); },
     [](const Condition& c) { return "fingerprint " + one_of(c.fingerprint); }, "",
     R"("$ref": "#/$defs/names")", "Whole fingerprints, as the reports show them."},
    {"repository", [](const Condition& c) { return !c.repository.empty(); },
     [](const Node& value, Condition& condition, Reader& reader) {
       condition.repository = read_patterns(value, "repository", "repository", reader);
     },
     [](const Condition& c, const Facts& f) {
       return f.repository ? answer(fits_one(c.repository, *f.repository)) : Match::unseen;
     },
     [](const Condition& c) { return write_texts(c.repository); },
     [](const Condition& c) { return "repository " + one_of(c.repository); }, "repository",
     R"("$ref": "#/$defs/words")", "Globs on owner/name of the source repository."},
    {"any", [](const Condition& c) { return !c.any.empty(); }, parse_any, match_any, write_any, describe_any,
     "", R"("type": "array", "minItems": 1, "items": {"$ref": "#/$defs/when"})", "One of these must hold."},
    {"not", [](const Condition& c) { return !c.negated.empty(); }, parse_not, match_not,
     [](const Condition& c) { return to_node(c.negated.front()); },
     [](const Condition& c) { return "not (" + describe(c.negated.front()) + ")"; }, "",
     R"("$ref": "#/$defs/when")", "This must not hold."},
}};

constexpr std::span<const ConditionKey> rows() {
  return condition_rows;
}

Condition parse_named(const Node& node, std::string_view name, Reader& reader) {
  Condition condition;
  condition.pos = node.pos;
  if (node.kind == Node::Kind::map && node.entries.empty()) {
    reader.error(
        node, "'" + std::string(name) + "' holds no condition",
        name == "when" ? "leave 'when' out to count every finding" : "give it a condition or remove it");
  }
  if (node.kind != Node::Kind::map) {
    reader.error(node, "'" + std::string(name) + "' must hold conditions", suggest("", names_of(rows())));
    return condition;
  }
  read_keys(node, "when", rows(), condition, reader);
  return condition;
}

}  // namespace

bool matches_every_path(const std::vector<std::string>& patterns) {
  // Paths that no pattern names by chance: one without and one with folders, with and without extension.
  constexpr std::array<std::string_view, 4> probes{"\x01", "\x01.\x02", "\x01/\x02/\x03",
                                                   "\x01/\x02/\x03.\x04"};
  return std::all_of(probes.begin(), probes.end(),
                     [&](std::string_view probe) { return glob_list_match(patterns, probe); });
}

namespace {

/// Long and short names, for "did you mean".
constexpr std::array<std::string_view, 8> scan_type_words{
    scan_type_names[0],       scan_type_names[1],       scan_type_names[2],       scan_type_names[3],
    scan_type_short_names[0], scan_type_short_names[1], scan_type_short_names[2], scan_type_short_names[3]};

}  // namespace

std::vector<ScanType> read_scan_types(const Node& value, std::string_view key, Reader& reader) {
  std::vector<ScanType> out;
  for (const auto* item : reader.read_words(value, key)) {
    const auto type = find_scan_type(item->text);
    if (!type) {
      reader.error(*item, quoted(item->text) + " is not a scan type", suggest(item->text, scan_type_words));
    } else if (contains(out, *type)) {
      reader.error(*item, quoted(item->text) + " is named twice in '" + std::string(key) + "'",
                   "it is another name of " + std::string(name_of(*type)));
    } else {
      out.push_back(*type);
    }
  }
  return out;
}

std::vector<SchemaKey> condition_schema() {
  return schema_of(rows());
}

Match match(const Condition& condition, const Facts& facts) {
  auto out = Match::yes;
  for (const auto& row : condition_rows) {
    if (out == Match::no) break;
    if (row.used(condition)) out = std::min(out, row.match(condition, facts));
  }
  return out;
}

std::vector<KeyMatch> explain(const Condition& condition, const Facts& facts) {
  std::vector<KeyMatch> out;
  for (const auto& row : condition_rows) {
    if (row.used(condition)) out.push_back({row.describe(condition), row.match(condition, facts)});
  }
  return out;
}

namespace {

template <class Visit>
void each_used_key(const Condition& condition, Visit visit) {
  for (const auto& row : condition_rows) {
    if (row.used(condition)) visit(row);
  }
  for (const auto& alternative : condition.any) each_used_key(alternative, visit);
  for (const auto& negated : condition.negated) each_used_key(negated, visit);
}

}  // namespace

std::vector<std::string_view> detail_facts(const Condition& condition) {
  std::vector<std::string_view> out;
  each_used_key(condition, [&](const ConditionKey& row) {
    if (!row.detail.empty() && !contains(out, row.detail)) out.push_back(row.detail);
  });
  return out;
}

bool needs_details(const Condition& condition) {
  return !detail_facts(condition).empty();
}

bool reads(const Condition& condition, std::string_view key) {
  bool found = false;
  each_used_key(condition, [&](const ConditionKey& row) { found = found || row.name == key; });
  return found;
}

namespace {

/// The types that the alternatives of `any` allow together; nothing when one of them is not limited.
std::optional<std::vector<ScanType>> types_of_any(const Condition& condition) {
  if (condition.any.empty()) return std::nullopt;
  std::vector<ScanType> out;
  for (const auto& alternative : condition.any) {
    const auto types = scan_types_of(alternative);
    if (types.empty()) return std::nullopt;
    for (const auto type : types) {
      if (!contains(out, type)) out.push_back(type);
    }
  }
  return out;
}

}  // namespace

std::vector<ScanType> scan_types_of(const Condition& condition) {
  const auto any = types_of_any(condition);
  if (!any) return condition.scan_type;
  if (condition.scan_type.empty()) return *any;
  std::vector<ScanType> both;
  std::copy_if(condition.scan_type.begin(), condition.scan_type.end(), std::back_inserter(both),
               [&](ScanType type) { return contains(*any, type); });
  // Nothing in common would read as "every type"; such a condition needs what it names, and never matches.
  return both.empty() ? condition.scan_type : both;
}

std::string describe(const Condition& condition) {
  Names parts;
  for (const auto& row : condition_rows) {
    if (row.used(condition)) parts.push_back(row.describe(condition));
  }
  return parts.empty() ? "every finding" : join(parts, ", ");
}

Condition read_condition(const Node& node, Reader& reader, std::string_view key) {
  return parse_named(node, key, reader);
}

Condition parse_condition(const Node& node, std::vector<Diagnostic>& remarks) {
  Reader reader(remarks);
  return read_condition(node, reader);
}

Node to_node(const Condition& condition) {
  std::vector<std::pair<std::string, Node>> entries;
  for (const auto& row : condition_rows) {
    if (row.used(condition)) entries.emplace_back(std::string(row.name), row.write(condition));
  }
  return yaml::map(std::move(entries), true);
}

std::vector<std::string_view> condition_keys() {
  return names_of(rows());
}

}  // namespace kolega::policy
