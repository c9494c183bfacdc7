#include "cli/merge_comment.hpp"

#include <sstream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/options.hpp"
#include "cli/printer.hpp"
#include "forge/comment.hpp"
#include "report/formats.hpp"

namespace kolega::cli {

namespace {

/// For everything that is asked of the forge: a pipeline must not wait long for a courtesy.
constexpr Duration patience = std::chrono::seconds{20};

std::vector<std::string_view> comment_words() {
  return {"auto", "on", "off"};
}

std::string body_of(const gate::DecisionRecord& record) {
  std::ostringstream out;
  report::write_markdown(record, {}, out);
  return out.str();
}

/// The forge's own authorities and proxy come from the environment; what was given for the Kolega API
/// (--ca-file, a client certificate) is not shown to it.
std::unique_ptr<net::Transport> connect_to(const forge::Place& place, const Invocation& invocation) {
  if (place.api.scheme != "https" && !place.api.loopback()) {
    throw Error(ErrorKind::usage,
                place.api.origin() + " is not encrypted: the token could be read on its way", "use https");
  }
  net::ClientOptions options;
  options.base = place.api;
  options.base.path.clear();
  options.environment = invocation.system.environment;
  options.user_agent = std::string(program_name) + "/" + std::string(version());
  const net::RetryOptions retry{.budget = 5,
                                .base = std::chrono::milliseconds{500},
                                .cap = std::chrono::seconds{5},
                                .retry_after_cap = patience};
  auto note = [&printer = invocation.printer](const std::string& text) {
    printer.detail("comment: " + text);
  };
  return net::make_retrying(net::make_http_transport(std::move(options)), invocation.system, retry,
                            std::move(note));
}

}  // namespace

std::vector<Option> comment_options() {
  return {{.names = "--comment",
           .value = "WHEN",
           .help = "on (also without a value): write the verdict as one comment under the merge request and "
                   "update it in place; auto: only where there is a merge request and a token; default off",
           .environment = "KOLEGA_COMMENT",
           .value_optional = true,
           .choices = comment_words},
          {.names = "--comment-name",
           .value = "NAME",
           .help = "tells this gate's comment from those of other gates; default: the CI's name of the job",
           .environment = "KOLEGA_COMMENT_NAME"}};
}

MergeComment::MergeComment(const Invocation& invocation)
    : invocation_(invocation),
      wish_(read_wish(invocation)),
      name_(flag_or_environment(invocation, "comment-name", "KOLEGA_COMMENT_NAME")) {}

MergeComment::Wish MergeComment::read_wish(const Invocation& invocation) {
  const auto flag = invocation.arguments.find("comment");
  const auto word = flag ? flag : invocation.system.environment.find("KOLEGA_COMMENT");
  if (!word || *word == "off") return Wish::off;
  if (*word == "auto") return Wish::automatic;
  if (*word == "on" || (flag && word->empty())) return Wish::on;
  throw Error(
      ErrorKind::usage,
      std::string(flag ? "--comment" : "KOLEGA_COMMENT") + ": unknown word '" + printable(*word, 60) + "'",
      suggest(*word, comment_words()));
}

void MergeComment::write(const gate::DecisionRecord& record) const {
  if (wish_ == Wish::off) return;
  if (invocation_.system.stop.stop_requested()) return tell_none("the run was interrupted", {});
  try {
    send(record);
  } catch (const net::TransportError& error) {
    // Its hints are about the options for the Kolega API.
    invocation_.printer.warning("the comment was not written: " + error.message());
  } catch (const Error& error) {
    const auto remedy = error.hint().empty() ? "" : " (" + error.hint() + ")";
    invocation_.printer.warning("the comment was not written: " + error.message() + remedy);
  }
}

/// Who asked for it with `on` is warned; with `auto` there may be none.
void MergeComment::tell_none(const std::string& why, const std::string& remedy) const {
  const auto text = "no comment: " + why + (remedy.empty() ? "" : " (" + remedy + ")");
  if (wish_ == Wish::on) {
    invocation_.printer.warning(text);
  } else {
    invocation_.printer.note(text);
  }
}

void MergeComment::send(const gate::DecisionRecord& record) const {
  const auto& system = invocation_.system;
  const auto ci = ci::detect(system.environment);
  const auto search = forge::find_place(ci, system.environment);
  if (!search.place) return tell_none(search.why_not, search.remedy);
  const auto& place = *search.place;
  const auto gate = name_.value_or(forge::default_gate_name(ci, system.environment));
  const net::Wait wait{system.steady() + patience, system.stop};
  const auto transport = connect_to(place, invocation_);
  const auto comments = forge::make_comments(place, *transport, wait);
  const auto pause = [&] {
    const auto until = system.steady() + std::chrono::seconds{1};
    return until < wait.deadline && system.sleep_until(until, system.stop);
  };
  const auto written = forge::write_comment(*comments, gate, body_of(record), pause);
  invocation_.printer.note(
      std::string("comment ") + (written == forge::Written::created ? "written" : "updated") +
      " in merge request " + place.number + " (" + std::string(forge::name_of(place.forge)) + ")");
}

}  // namespace kolega::cli
