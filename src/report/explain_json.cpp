// The same as explain.cpp for programs.
#include <algorithm>

#include "base/json_writer.hpp"
#include "gate/explain.hpp"
#include "gate/phrases.hpp"
#include "gate/remedy.hpp"
#include "report/explain.hpp"

namespace kolega::report {

namespace {

class Writer {
 public:
  Writer(const gate::DecisionRecord& record, std::ostream& out)
      : record_(record), json_(out, JsonWriter::Style::pretty) {}

  void write_verdict() {
    const auto remedy = gate::find_remedy(record_);
    json_.begin_object();
    json_.member("outcome", gate::name_of(record_.verdict.outcome));
    text("summary", gate::summary(record_));
    text("at", format_instant(record_.inputs.at));
    json_.key("rules").begin_array();
    if (record_.inputs.policy) {
      for (std::size_t i = 0; i < record_.verdict.rules.size(); ++i) write_rule(i, remedy);
    }
    json_.end_array();
    write_incomplete();
    write_ways(remedy);
    json_.end_object();
    json_.finish();
  }

  void write_findings(const std::vector<std::uint32_t>& rows) {
    json_.begin_object().key("findings").begin_array();
    for (const auto row : rows) write_finding(gate::explain_finding(record_, row));
    json_.end_array().end_object();
    json_.finish();
  }

 private:
  void text(std::string_view key, std::string_view value) {
    if (!value.empty()) json_.member(key, value);
  }
  void texts(std::string_view key, const std::vector<std::string>& values) {
    json_.key(key).begin_array();
    for (const auto& value : values) json_.value(std::string_view(value));
    json_.end_array();
  }

  void write_rule(std::size_t index, const gate::Remedy& remedy) {
    const auto& rule = record_.inputs.policy->rules[index];
    const auto& verdict = record_.verdict.rules[index];
    json_.begin_object();
    text("id", rule.id);
    text("position", describe(rule.pos));
    text("why", rule.why);
    text("when", policy::describe(rule.when));
    json_.member("mode", policy::name_of(verdict.mode)).member("state", gate::name_of(verdict.state));
    json_.member("count", verdict.count);
    text("limit", gate::describe_limit(rule, verdict));
    texts("needs", verdict.needs);
    for (const auto& excess : remedy.rules) {
      if (excess.rule == index) write_excess(excess);
    }
    json_.end_object();
  }

  void write_excess(const gate::Excess& excess) {
    json_.key("excess").begin_object();
    json_.member("findings", excess.count).member("of", excess.candidates);
    for (const auto& [severity, count] : excess.by_severity) json_.member(name_of(severity), count);
    if (excess.limit) text("limit_that_holds", gate::describe_limit(*excess.limit));
    json_.end_object();
  }

  void write_incomplete() {
    json_.key("incomplete").begin_array();
    for (const auto& entry : record_.verdict.incomplete) {
      json_.one_line().begin_object().member("cause", name_of(entry.cause));
      text("detail", entry.detail);
      text("remedy", entry.hint);
      json_.member("allowed", entry.allowed).end_object();
    }
    json_.end_array();
  }

  void write_ways(const gate::Remedy& remedy) {
    json_.key("ways").begin_array();
    for (const auto& way : remedy.ways) {
      json_.begin_object().member("means", gate::name_of(way.means));
      json_.member("outcome", gate::name_of(way.outcome)).member("findings", way.findings);
      json_.key("rows").begin_array();
      for (const auto row : way.rows) {
        json_.one_line().begin_object();
        write_place(row);
        json_.key("rules").begin_array();
        for (const auto& excess : remedy.rules) {
          const auto& rule = record_.verdict.rules[excess.rule];
          if (std::binary_search(rule.counted.begin(), rule.counted.end(), row))
            json_.value(std::string_view(rule.id));
        }
        json_.end_array().end_object();
      }
      json_.end_array();
      texts("unused_waivers", way.unused_waivers);
      json_.end_object();
    }
    json_.end_array();
    json_.key("no_way").begin_array();
    for (const auto& [means, why] : remedy.closed) {
      json_.one_line().begin_object().member("means", gate::name_of(means));
      text("why", why);
      json_.end_object();
    }
    json_.end_array();
  }

  void write_place(std::uint32_t row) {
    const auto& finding = record_.inputs.findings.rows[row];
    json_.member("row", row).member("fingerprint", finding.fingerprint.str());
    json_.member("severity", name_of(record_.verdict.findings[row].severity));
    json_.member("check_id", finding.check_id.view()).member("path", finding.path.view());
    if (finding.line > 0) json_.member("line", finding.line);
  }

  void write_finding(const gate::FindingAnswer& answer) {
    const auto& judged = record_.verdict.findings[answer.row];
    json_.begin_object();
    write_place(answer.row);
    json_.member("message", record_.inputs.findings.rows[answer.row].message.view());
    json_.member("disposition", gate::name_of(judged.disposition));
    if (judged.is_new) json_.member("new", *judged.is_new);
    if (judged.in_changed_file) json_.member("in_changed_file", *judged.in_changed_file);
    if (judged.on_changed_line) json_.member("on_changed_line", *judged.on_changed_line);
    if (answer.twins > 1) json_.member("twins", answer.twins);
    json_.key("rules").begin_array();
    for (const auto& rule : answer.rules) {
      json_.begin_object();
      text("id", record_.inputs.policy->rules[rule.rule].id);
      text("position", describe(record_.inputs.policy->rules[rule.rule].pos));
      json_.member("answer", gate::name_of(rule.answer));
      json_.member("state", gate::name_of(record_.verdict.rules[rule.rule].state));
      texts("why", rule.why);
      json_.end_object();
    }
    json_.end_array();
    write_waivers(answer);
    json_.end_object();
  }

  void write_waivers(const gate::FindingAnswer& answer) {
    json_.key("waivers").begin_array();
    for (const auto& entry : answer.waivers) {
      const auto& waiver = record_.inputs.policy->waivers->list[entry.waiver];
      json_.begin_object();
      text("id", waiver.id);
      text("position", describe(waiver.pos));
      json_.member("took_it", entry.took_it);
      json_.member("state", gate::name_of(record_.verdict.waivers[entry.waiver].state));
      text("why", entry.why);
      text("owner", waiver.owner);
      text("ticket", waiver.ticket);
      text("expires", policy::describe_end(waiver));
      json_.end_object();
    }
    json_.end_array();
  }

  const gate::DecisionRecord& record_;
  JsonWriter json_;
};

}  // namespace

void write_verdict_explained_json(const gate::DecisionRecord& record, std::ostream& out) {
  Writer(record, out).write_verdict();
}

void write_findings_explained_json(const gate::DecisionRecord& record, const std::vector<std::uint32_t>& rows,
                                   std::ostream& out) {
  Writer(record, out).write_findings(rows);
}

}  // namespace kolega::report
