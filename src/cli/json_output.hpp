// The API's own documents on standard output, for --json.
#pragma once

#include <boost/json/value.hpp>
#include <iosfwd>

namespace kolega::cli {

/// Indented JSON. Throws Error(output) when the stream fails.
void write_json_value(std::ostream& out, const boost::json::value& value);

/// One line of compact JSON, flushed by the caller.
void write_json_line(std::ostream& out, const boost::json::value& value);

}  // namespace kolega::cli
