#include "base/time.hpp"

#include <doctest/doctest.h>

using namespace kolega;
using namespace std::chrono_literals;

TEST_CASE("time: durations") {
  CHECK(parse_duration("90s") == 90s);
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("30m") == 30min);
  CHECK(parse_duration("1h30m") == 90min);
  CHECK(parse_duration("7d") == 168h);
  CHECK(parse_duration("2w") == 336h);
  CHECK(parse_duration("0s") == 0s);
  for (const auto* bad : {"", "30", "m", "-5m", "+5m", "5 m", " 5m", "5m ", "1.5h", "5M", "5min", "1h30",
                          "1e3s", "99999999999999999999s", "9223372036854775807ms", "40000d", "0x10s"}) {
    CAPTURE(bad);
    CHECK(parse_duration(bad) == std::nullopt);
  }
}

TEST_CASE("time: durations written and read again") {
  CHECK(format_duration(90s) == "1m30s");
  CHECK(format_duration(3600s) == "1h");
  CHECK(format_duration(5400s) == "1h30m");
  CHECK(format_duration(0s) == "0s");
  CHECK(format_duration(1500ms) == "1s500ms");
  CHECK(format_duration(24h * 8) == "8d");
  for (const Duration d : {Duration{1}, Duration{59'999}, Duration{86'400'001}, Duration{123'456'789}}) {
    CHECK(parse_duration(format_duration(d)) == d);
  }
}

TEST_CASE("time: durations for people") {
  CHECK(render_duration(300ms) == "0.3s");
  CHECK(render_duration(9'999ms) == "9.9s");
  CHECK(render_duration(42s) == "42s");
  CHECK(render_duration(252s) == "4m 12s");
  CHECK(render_duration(61s) == "1m 01s");
  CHECK(render_duration(3h + 4min) == "3h 04m");
}

TEST_CASE("time: instants") {
  const auto noon = Instant{std::chrono::sys_days{std::chrono::year{2027} / 1 / 31}} + 12h;
  CHECK(parse_instant("2027-01-31T12:00:00Z") == noon);
  CHECK(parse_instant("2027-01-31t12:00:00z") == noon);
  CHECK(parse_instant("2027-01-31 12:00:00") == noon);
  CHECK(parse_instant("2027-01-31T13:30:00+01:30") == noon);
  CHECK(parse_instant("2027-01-31T07:00:00-0500") == noon);
  CHECK(parse_instant("2027-01-31T12:00:00.25Z") == noon + 250ms);
  CHECK(parse_instant("2027-01-31T12:00:00.1234569Z") == noon + 123456us);
  CHECK(parse_instant("2027-01-31T11:59:60Z") == noon);
  for (const auto* bad :
       {"", "2027-01-31", "2027-02-30T00:00:00Z", "2027-01-31T24:00:00Z", "2027-01-31T12:60:00Z",
        "2027-01-31T12:00Z", "2027-01-31T12:00:00.Z", "2027-01-31T12:00:00+1", "2027-01-31T12:00:00+24:00",
        "2027-01-31T12:00:00Zx", "27-01-31T12:00:00Z", "2027-13-01T00:00:00Z", "2027-01-31T12:00:00 Z",
        "2027-01-31T-1:00:00Z"}) {
    CAPTURE(bad);
    CHECK(parse_instant(bad) == std::nullopt);
  }
}

TEST_CASE("time: dates") {
  CHECK(parse_date("2028-02-29") == Instant{std::chrono::sys_days{std::chrono::year{2028} / 2 / 29}});
  for (const auto* bad :
       {"2027-02-29", "2027-00-01", "2027-1-1", "2027-01-01 ", "2027-01-01T00:00:00Z", "today"}) {
    CAPTURE(bad);
    CHECK(parse_date(bad) == std::nullopt);
  }
}

TEST_CASE("time: instants written") {
  const auto at = *parse_instant("2027-01-31T12:00:05.120000Z");
  CHECK(format_instant(at) == "2027-01-31T12:00:05.12Z");
  CHECK(format_instant_seconds(at) == "2027-01-31T12:00:05Z");
  CHECK(format_instant(*parse_instant("2027-01-31T12:00:05Z")) == "2027-01-31T12:00:05Z");
  const auto before_epoch = *parse_instant("1969-12-31T23:59:59.5Z");
  CHECK(format_instant(before_epoch) == "1969-12-31T23:59:59.5Z");
}
