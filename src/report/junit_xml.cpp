#include "report/junit_xml.hpp"

#include <algorithm>

#include "base/clean_run.hpp"
#include "base/text.hpp"
#include "report/escape.hpp"
#include "report/view.hpp"

namespace kolega::report::junit {

namespace {

std::string seconds(Duration time) {
  const auto milliseconds = std::to_string(time.count() % 1000);
  return std::to_string(time.count() / 1000) + "." + std::string(3 - milliseconds.size(), '0') + milliseconds;
}

void append_counts(std::string& out, const Counts& counts) {
  append_attribute(out, "tests", std::to_string(counts.tests));
  append_attribute(out, "failures", std::to_string(counts.failures));
  append_attribute(out, "errors", std::to_string(counts.errors));
}

void append_outcome(std::string& out, std::string_view element, const Case& entry) {
  out += ">\n      <";
  out += element;
  append_attribute(out, "type", entry.type);
  out += " message=\"";
  append_shown(out, entry.message, longest_message);
  out += '"';
  if (entry.state == CaseState::skipped) {
    out += "/>\n    </testcase>\n";
    return;
  }
  out += '>';
  append_shown(out, entry.message, longest_text);
  for (const auto& line : entry.lines) {
    out += '\n';  // a real line end, where append_xml would write a reference
    append_shown(out, line, longest_text);
  }
  out += "</";
  out += element;
  out += ">\n    </testcase>\n";
}

}  // namespace

void Counts::add(const Case& entry) {
  ++tests;
  failures += entry.state == CaseState::failed ? 1 : 0;
  errors += entry.state == CaseState::error ? 1 : 0;
  skipped += entry.state == CaseState::skipped ? 1 : 0;
  time += entry.time;
}

void Counts::add(const Counts& other) {
  tests += other.tests;
  failures += other.failures;
  errors += other.errors;
  skipped += other.skipped;
  time += other.time;
}

Counts count(const std::vector<Case>& cases) {
  Counts counts;
  for (const auto& entry : cases) counts.add(entry);
  return counts;
}

std::uint64_t UniqueNames::hash_of(std::string_view classname, std::string_view name) {
  key_ = classname;
  key_ += '\n';
  key_ += name;
  return std::hash<std::string_view>{}(key_);
}

std::size_t UniqueNames::number_of(std::string_view classname, std::string_view name) {
  auto& times = seen_[hash_of(classname, name)];
  if (++times == 1) return 1;
  while (true) {
    std::string numbered(name);
    append_number(numbered, times);
    if (seen_.try_emplace(hash_of(classname, numbered), 1).second) return times;
    ++times;
  }
}

void UniqueNames::make_unique(Case& entry) {
  const auto number = number_of(entry.classname, entry.name);
  if (number > 1) append_number(entry.name, number);
}

void append_number(std::string& name, std::size_t number) {
  name += " #" + std::to_string(number);
}

std::string shown(std::string_view text, std::size_t limit) {
  return printable(cut(text, limit));
}

void append_shown(std::string& out, std::string_view text, std::size_t limit) {
  if (text.size() > limit) return append_shown(out, cut(text, limit), limit);
  static constexpr auto special = special_bytes("&<>\"'#");
  while (true) {
    const auto run = clean_run<special>(text);
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) return;
    // A control, which is shown by its number; an entity; or all up to the next byte of ASCII: no character lies across that.
    const auto end = std::find_if(text.begin(), text.end(), [](char c) { return c >= 0; });
    const auto length = std::max(std::size_t{1}, static_cast<std::size_t>(end - text.begin()));
    const auto part = text.substr(0, length);
    if (part[0] < 0) {
      append_xml(out, printable(part));
    } else if (part[0] < 0x20 || part[0] == 0x7F) {
      append_printable(out, part);
    } else {
      append_xml_character(out, static_cast<unsigned char>(part[0]));
    }
    text.remove_prefix(length);
  }
}

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
  out += ' ';
  out += name;
  out += "=\"";
  append_xml(out, value);
  out += '"';
}

void append_property(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += "      <property";
  append_attribute(out, "name", name);
  append_attribute(out, "value", shown(value, longest_message));
  out += "/>\n";
}

void append_case(std::string& out, const Case& entry) {
  out += "    <testcase";
  append_attribute(out, "classname", entry.classname);
  append_attribute(out, "name", entry.name);
  if (!entry.file.empty()) append_attribute(out, "file", entry.file);
  append_attribute(out, "time", seconds(entry.time));
  switch (entry.state) {
    case CaseState::passed:
      out += "/>\n";
      return;
    case CaseState::failed:
      append_outcome(out, "failure", entry);
      return;
    case CaseState::error:
      append_outcome(out, "error", entry);
      return;
    case CaseState::skipped:
      append_outcome(out, "skipped", entry);
      return;
  }
}

void append_suite_head(std::string& out, std::string_view name, const Counts& counts, Instant at) {
  auto timestamp = format_instant_seconds(at);
  if (timestamp.ends_with('Z')) timestamp.pop_back();
  out += "  <testsuite";
  append_attribute(out, "name", name);
  append_counts(out, counts);
  append_attribute(out, "skipped", std::to_string(counts.skipped));
  append_attribute(out, "time", seconds(counts.time));
  append_attribute(out, "timestamp", timestamp);
  out += ">\n";
}

void append_root_head(std::string& out, std::string_view name, const Counts& counts) {
  out += "<testsuites";
  append_attribute(out, "name", name);
  append_counts(out, counts);
  append_attribute(out, "time", seconds(counts.time));
  out += ">\n";
}

}  // namespace kolega::report::junit
