// The tables of `waivers` and of one waiver, and the remarks on waivers that make no sense.
#include "policy/waiver.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "base/glob.hpp"
#include "policy/condition_keys.hpp"
#include "policy/load.hpp"
#include "policy/tables.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

constexpr std::chrono::days one_day{1};
constexpr std::uint64_t most_days = 36'500;

bool is_waiver_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  });
}

void parse_id(const Node& value, Waiver& waiver, Reader& reader) {
  const auto id = reader.read_text(value, "id");
  if (!id) return;
  waiver.pos = value.pos;
  waiver.id = *id;
  if (!is_waiver_id(*id))
    reader.error(value, quoted(*id) + " is not a waiver id",
                 "use at most 64 of letters, digits, '.', '_' and '-'");
}

void parse_limit(const Node& value, Waiver& waiver, Reader& reader) {
  const auto limit = reader.read_number(value, "limit");
  if (limit && *limit == 0)
    reader.error(value, "a waiver with 'limit: 0' waives nothing", "remove the waiver");
  if (limit) waiver.limit = *limit;
}

void parse_expires(const Node& value, Waiver& waiver, Reader& reader) {
  const auto moment = read_moment(value, "expires", reader);
  // A day is valid through its last second.
  if (moment) waiver.until = moment->is_day ? moment->at + one_day : moment->at;
}

std::optional<Node> write_expires(const Waiver& waiver) {
  if (!waiver.until) return std::nullopt;
  return write_text(describe_end(waiver));
}

template <std::string Waiver::*member>
std::optional<Node> write_member(const Waiver& waiver) {
  if ((waiver.*member).empty()) return std::nullopt;
  return write_text(waiver.*member);
}

constexpr std::array<Key<Waiver>, 8> waiver_table{{
    {"id", parse_id, write_member<&Waiver::id>, R"("type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$")",
     "The name of the waiver in reports."},
    {"match",
     [](const Node& value, Waiver& waiver, Reader& reader) {
       waiver.match = read_condition(value, reader, "match");
     },
     [](const Waiver& waiver) -> std::optional<Node> { return to_node(waiver.match); },
     R"("$ref": "#/$defs/when")",
     "Which findings it may take: with 'fingerprint', or 'path' and 'check_id' or 'cwe'."},
    {"limit", parse_limit, [](const Waiver& w) -> std::optional<Node> { return write_number(w.limit); },
     R"("type": "integer", "minimum": 1)", "How many findings it takes at most. The default is 1."},
    {"owner",
     [](const Node& value, Waiver& waiver, Reader& reader) {
       waiver.owner = reader.read_text(value, "owner").value_or("");
     },
     write_member<&Waiver::owner>, R"("$ref": "#/$defs/text")", "Who answers for it."},
    {"reason",
     [](const Node& value, Waiver& waiver, Reader& reader) {
       waiver.reason = reader.read_text(value, "reason").value_or("");
     },
     write_member<&Waiver::reason>, R"("$ref": "#/$defs/text")", "Why these findings are accepted."},
    {"ticket",
     [](const Node& value, Waiver& waiver, Reader& reader) {
       waiver.ticket = reader.read_text(value, "ticket").value_or("");
     },
     write_member<&Waiver::ticket>, R"("$ref": "#/$defs/text")", "Where it is followed up."},
    {"expires", parse_expires, write_expires, R"("$ref": "#/$defs/moment")",
     "The last day of it (UTC), or the instant at which it ends."},
    {"justification",
     [](const Node& value, Waiver& waiver, Reader& reader) {
       waiver.justification = reader.read_text(value, "justification").value_or("");
     },
     write_member<&Waiver::justification>, R"("$ref": "#/$defs/text")", "Why the risk can be borne."},
}};

bool has_field(const Waiver& waiver, WaiverField field) {
  switch (field) {
    case WaiverField::owner:
      return !waiver.owner.empty();
    case WaiverField::reason:
      return !waiver.reason.empty();
    case WaiverField::ticket:
      return !waiver.ticket.empty();
    case WaiverField::expires:
      return waiver.until.has_value();
    case WaiverField::justification:
      return !waiver.justification.empty();
  }
  return false;
}

Waiver parse_waiver(const Node& node, Reader& reader) {
  Waiver waiver;
  waiver.pos = node.pos;
  read_keys(node, "waiver", waiver_rows(), waiver, reader);
  if (node.kind != Node::Kind::map) return waiver;
  if (!node.find("id")) reader.error(node, "this waiver has no 'id'", "give it one, for example id: W-17");
  if (!node.find("match"))
    reader.error(node, "this waiver has no 'match'", "name a fingerprint, or a path and a check");
  return waiver;
}

void parse_require(const Node& value, Waivers& waivers, Reader& reader) {
  waivers.require.clear();
  for (const auto* item : reader.read_words(value, "require", Reader::Empty::allowed)) {
    if (const auto word = reader.read_word(*item, "require", waiver_field_names))
      waivers.require.push_back(static_cast<WaiverField>(*word));
  }
  std::sort(waivers.require.begin(), waivers.require.end());
}

void parse_max_days(const Node& value, Waivers& waivers, Reader& reader) {
  const auto days = reader.read_number(value, "max_days");
  if (!days) return;
  if (*days == 0 || *days > most_days) {
    reader.error(value, "'max_days' must be from 1 to " + std::to_string(most_days));
  } else {
    waivers.max_days = *days;
  }
}

void parse_list(const Node& value, Waivers& waivers, Reader& reader) {
  for (const auto* item : reader.read_list(value, "list"))
    waivers.list.push_back(parse_waiver(*item, reader));
  std::stable_sort(waivers.list.begin(), waivers.list.end(),
                   [](const Waiver& a, const Waiver& b) { return a.id < b.id; });
}

std::optional<Node> write_list(const Waivers& waivers) {
  if (waivers.list.empty()) return std::nullopt;
  std::vector<Node> items;
  for (const auto& waiver : waivers.list) items.push_back(write_keys(waiver_rows(), waiver));
  return yaml::sequence(std::move(items));
}

constexpr std::array<Key<Waivers>, 6> waivers_table{{
    {"require", parse_require, [](const Waivers& w) -> std::optional<Node> { return write_names(w.require); },
     R"("anyOf": [{"$ref": "#/$defs/waiver_field"}, {"type": "array", "uniqueItems": true, "items": {"$ref": "#/$defs/waiver_field"}}])",
     "What every waiver must say. The default is [owner, reason, ticket, expires]."},
    {"max_days", parse_max_days,
     [](const Waivers& w) -> std::optional<Node> { return write_number(w.max_days); },
     R"("type": "integer", "minimum": 1, "maximum": 36500)",
     "How far away the end of a waiver may be, in days. The default is 90."},
    {"remind",
     [](const Node& value, Waivers& waivers, Reader& reader) {
       if (const auto remind = reader.read_duration(value, "remind")) waivers.remind = *remind;
     },
     [](const Waivers& w) -> std::optional<Node> { return yaml::scalar(format_duration(w.remind)); },
     R"("$ref": "#/$defs/duration")", "How long before its end a waiver is reported. The default is 14d."},
    {"unused",
     [](const Node& value, Waivers& waivers, Reader& reader) {
       if (const auto word = reader.read_word(value, "unused", unused_names))
         waivers.unused = static_cast<Unused>(*word);
     },
     [](const Waivers& w) -> std::optional<Node> {
       return yaml::scalar(std::string(unused_names[static_cast<std::size_t>(w.unused)]));
     },
     R"("enum": ["ok", "warn", "fail"])", "What a waiver that matches nothing does. The default is warn."},
    {"from",
     [](const Node& value, Waivers& waivers, Reader& reader) {
       if (const auto word = reader.read_word(value, "from", waiver_side_names))
         waivers.from = static_cast<WaiverSide>(*word);
     },
     [](const Waivers& w) -> std::optional<Node> {
       return yaml::scalar(std::string(waiver_side_names[static_cast<std::size_t>(w.from)]));
     },
     R"("enum": ["base", "head"])", "Which side of a merge request may waive. The default is base."},
    {"list", parse_list, write_list, R"("type": "array", "minItems": 1, "items": {"$ref": "#/$defs/waiver"})",
     "The waivers."},
}};

/// A check that no pattern names by chance.
bool matches_every_check(const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [](const auto& pattern) { return glob_match(pattern, "\x01"); });
}

class WaiverLinter {
 public:
  WaiverLinter(const Waivers& waivers, Reader& reader) : waivers_(waivers), reader_(reader) {}

  void run() {
    std::map<std::string, const Waiver*> ids;
    std::map<std::string, const Waiver*> matches;
    for (const auto& waiver : waivers_.list) {
      check_fields(waiver);
      check_reach(waiver);
      if (const auto [first, added] = ids.emplace(waiver.id, &waiver); !added) {
        error(waiver, "waiver id " + quoted(waiver.id) + " is used twice",
              "it belongs to " + place_of(first->second->pos, waiver.pos) + " already");
      }
      if (const auto [first, added] = matches.emplace(yaml::write(to_node(waiver.match)), &waiver); !added) {
        error(waiver,
              "waivers " + quoted(first->second->id) + " and " + quoted(waiver.id) + " have the same 'match'",
              "keep one of the two, with a larger 'limit' where it must take more");
      }
    }
  }

 private:
  void check_fields(const Waiver& waiver) {
    for (const auto field : waivers_.require) {
      if (has_field(waiver, field)) continue;
      error(waiver, "waiver " + quoted(waiver.id) + " has no '" + std::string(name_of(field)) + "'",
            "waivers.require asks for it");
    }
  }

  void check_reach(const Waiver& waiver) {
    const auto& match = waiver.match;
    if (!match.fingerprint.empty()) return;
    if (match.path.empty() || (match.check_id.empty() && match.cwe.empty())) {
      error(waiver, "waiver " + quoted(waiver.id) + " covers too much",
            "its 'match' must hold 'fingerprint', or 'path' with 'check_id' or 'cwe'");
    } else if (matches_every_path(match.path)) {
      const std::vector<PathWish> outside{{match.path, false}};
      error(waiver, "the 'path' of waiver " + quoted(waiver.id) + " matches " +
                        (reader_.leaves_no_path(outside, waiver.pos) ? "every file" : "nearly every file"),
            "name the files that it is for");
    } else if (match.cwe.empty() && matches_every_check(match.check_id)) {
      error(waiver, "the 'check_id' of waiver " + quoted(waiver.id) + " matches every check",
            "name the check that it is for");
    }
  }

  void error(const Waiver& waiver, std::string message, std::string hint) {
    reader_.remark(Diagnostic::Level::error, waiver.pos,
                   static_cast<int>(std::clamp<std::size_t>(waiver.id.size(), 1, 100)), std::move(message),
                   std::move(hint));
  }

  const Waivers& waivers_;
  Reader& reader_;
};

}  // namespace

std::span<const Key<Waiver>> waiver_rows() {
  return waiver_table;
}
std::span<const Key<Waivers>> waivers_rows() {
  return waivers_table;
}

void lint_waivers(const Waivers& waivers, Reader& reader) {
  WaiverLinter(waivers, reader).run();
}

bool is_too_long(const Waivers& waivers, const Waiver& waiver, Instant at) {
  // The named day itself is the last of them: it ends a day later.
  return waiver.until && *waiver.until > at + std::chrono::days(waivers.max_days + 1);
}

std::string describe_end(const Waiver& waiver) {
  if (!waiver.until) return "no end";
  const bool midnight = *waiver.until == std::chrono::floor<std::chrono::days>(*waiver.until);
  return describe_moment(midnight ? *waiver.until - one_day : *waiver.until);
}

std::vector<Diagnostic> adopt_waivers(Policy& policy, const Policy& head, Instant at) {
  policy.waivers->list = head.waivers ? head.waivers->list : std::vector<Waiver>{};
  std::vector<Diagnostic> remarks;
  Reader reader(remarks);
  lint_waivers(*policy.waivers, reader);
  const auto late = check_terms(policy, at);
  remarks.insert(remarks.end(), late.begin(), late.end());
  return remarks;
}

std::vector<Diagnostic> check_terms(const Policy& policy, Instant at) {
  std::vector<Diagnostic> remarks;
  Reader reader(remarks);
  if (policy.baseline && policy.baseline->before > at) {
    reader.remark(Diagnostic::Level::error, policy.baseline->pos, 1,
                  "baseline.from: detected_before lies in the future: no finding would be new",
                  "name a day that has passed");
  }
  if (!policy.waivers) return remarks;
  for (const auto& waiver : policy.waivers->list) {
    if (!is_too_long(*policy.waivers, waiver, at)) continue;
    reader.remark(Diagnostic::Level::error, waiver.pos, static_cast<int>(waiver.id.size()),
                  "waiver " + quoted(waiver.id) + " ends on " + describe_end(waiver) + ", more than " +
                      std::to_string(policy.waivers->max_days) + " days from now",
                  "waivers.max_days allows no more; let it end sooner");
  }
  return remarks;
}

}  // namespace kolega::policy
