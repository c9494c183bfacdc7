#include "cli/run.hpp"

#include <exception>
#include <optional>
#include <ostream>

#include "base/version.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/named_reports.hpp"
#include "cli/parse.hpp"
#include "cli/printer.hpp"
#include "gate/proof_error.hpp"
#include "sys/earlier_files.hpp"

namespace kolega::cli {

namespace {

/// Help and version are machine output that was asked for: their loss is an error as well.
int print_asked(const sys::Streams& streams, const std::string& text) {
  streams.out.bytes() << text;
  streams.out.flush();
  return 0;
}

/// Whatever a command wrote: a document of which a part is lost is no success. What comes before that in the order of
/// exit codes, a breach above all, was told together with the loss.
int end_in_order(const sys::Streams& streams, int code) {
  try {
    streams.out.flush();
  } catch (const Error& error) {
    if (stricter(code, exit_code(error)) == exit_code(error) || code == 0) throw;
  }
  return code;
}

int dispatch(const std::vector<std::string>& arguments, const sys::Streams& streams,
             const sys::System& system, std::optional<Printer>& printer) {
  const auto parsed = parse(arguments);
  switch (parsed.kind) {
    case Parsed::Kind::version:
      return print_asked(streams, std::string(program_name) + " " + std::string(version()) + "\n");
    case Parsed::Kind::help:
      return print_asked(streams, parsed.command ? render_help(*parsed.command) : render_help(parsed.group));
    case Parsed::Kind::command:
      printer.emplace(streams, system, parsed.arguments);
      return end_in_order(streams, parsed.command->run({streams, system, parsed.arguments, *printer}));
  }
  throw Error(ErrorKind::internal, "a parse result of no kind");
}

/// Who waits for the reports of this run must not read those of an earlier one.
int end_with(const Error& error, const sys::EarlierFiles& earlier, const sys::Streams& streams, const sys::System& system,
             std::optional<Printer>& printer) {
  earlier.remove();
  if (!printer) printer.emplace(streams, system, Arguments{});
  printer->error(error);
  return exit_code(error);
}

}  // namespace

int run(const std::vector<std::string>& arguments, const sys::Streams& streams, const sys::System& system) {
  const sys::EarlierFiles earlier(named_reports(arguments));
  std::optional<Printer> printer;  // set as soon as the command line says how people want to be told
  try {
    return dispatch(arguments, streams, system, printer);
  } catch (const gate::ProofError& error) {
    return end_with(error, earlier, streams, system, printer);  // as it is: a copy would be any error
  } catch (const Error& error) {
    return end_with(with_signal_of(error, system), earlier, streams, system, printer);
  } catch (const std::exception& error) {
    const Error told(ErrorKind::internal, std::string("internal error: ") + error.what(),
                     "this is a bug of kolega-gate; please report it with the command line and -v");
    return end_with(told, earlier, streams, system, printer);
  }
}

}  // namespace kolega::cli
