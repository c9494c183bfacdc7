#include "cli/json_output.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include "base/json_writer.hpp"

namespace kolega::cli {

namespace {

/// As deep as base/json.hpp let it in.
void write_value(JsonWriter& writer, const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      writer.null();
      return;
    case boost::json::kind::bool_:
      writer.value(value.get_bool());
      return;
    case boost::json::kind::int64:
      writer.value(std::int64_t{value.get_int64()});
      return;
    case boost::json::kind::uint64:
      writer.value(std::uint64_t{value.get_uint64()});
      return;
    case boost::json::kind::double_:
      writer.value(value.get_double());
      return;
    case boost::json::kind::string:
      writer.value(std::string_view(value.get_string().data(), value.get_string().size()));
      return;
    case boost::json::kind::array:
      writer.begin_array();
      for (const auto& item : value.get_array()) write_value(writer, item);
      writer.end_array();
      return;
    case boost::json::kind::object:
      writer.begin_object();
      for (const auto& member : value.get_object()) {
        writer.key(std::string_view(member.key().data(), member.key().size()));
        write_value(writer, member.value());
      }
      writer.end_object();
      return;
  }
}

}  // namespace

void write_json_value(std::ostream& out, const boost::json::value& value) {
  JsonWriter writer(out, JsonWriter::Style::pretty);
  write_value(writer, value);
  writer.finish();
  out.flush();
}

void write_json_line(std::ostream& out, const boost::json::value& value) {
  JsonWriter writer(out, JsonWriter::Style::compact);
  write_value(writer, value);
  writer.finish();
  out << '\n';
}

}  // namespace kolega::cli
