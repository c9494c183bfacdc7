// What this machine can do: a raw socket, simdjson, plain copies into both files. No TLS, no checks, and text goes into
// the XML as it stands in the JSON. Nobody should use it; the benchmark measures others against it.
// limit online HOST:PORT REPOSITORY SARIF JUNIT | limit offline RESULTS SARIF JUNIT | limit sarif FILE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <simdjson.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace {

using std::string_view;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(2);
}

/// Bytes with the room behind them that simdjson wants.
struct Bytes {
  std::unique_ptr<char[]> data{};
  std::size_t size{};
  void reserve(std::size_t wanted) { data.reset(new char[wanted + simdjson::SIMDJSON_PADDING]); }
  simdjson::padded_string_view padded() const {
    return simdjson::padded_string_view(data.get(), size, size + simdjson::SIMDJSON_PADDING);
  }
  string_view view() const { return {data.get(), size}; }
};

Bytes read_file(const char* path) {
  const int fd = open(path, O_RDONLY);
  struct stat about {};
  if (fd < 0 || fstat(fd, &about) != 0) die(path);
  Bytes out;
  const auto wanted = static_cast<std::size_t>(about.st_size);
  out.reserve(wanted);
  while (out.size < wanted) {
    const auto got = read(fd, out.data.get() + out.size, wanted - out.size);
    if (got <= 0) die(path);
    out.size += static_cast<std::size_t>(got);
  }
  close(fd);
  return out;
}

int connect_to(string_view address) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  const auto colon = address.rfind(':');
  to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(address.data() + colon + 1)));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) die("connect");
  return fd;
}

Bytes call(int fd, const std::string& first_line, string_view body = {}) {
  const auto request = first_line + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  if (write(fd, request.data(), request.size()) < 0) die("write");
  std::array<char, 65536> buffer{};
  std::size_t got = 0;
  const char* end = nullptr;
  while (!end) {
    const auto more = read(fd, buffer.data() + got, buffer.size() - got);
    if (more <= 0) die("read");
    got += static_cast<std::size_t>(more);
    end = static_cast<const char*>(memmem(buffer.data(), got, "\r\n\r\n", 4));
  }
  const auto head_size = static_cast<std::size_t>(end + 4 - buffer.data());
  const auto* length = static_cast<const char*>(memmem(buffer.data(), head_size, "Content-Length: ", 16));
  if (!length) die("no length");
  Bytes out;
  const auto wanted = static_cast<std::size_t>(std::atoll(length + 16));
  out.reserve(wanted);
  out.size = got - head_size;
  std::memcpy(out.data.get(), end + 4, out.size);
  while (out.size < wanted) {
    const auto more = read(fd, out.data.get() + out.size, wanted - out.size);
    if (more <= 0) die("read");
    out.size += static_cast<std::size_t>(more);
  }
  return out;
}

string_view member(const Bytes& answer, string_view key) {
  const auto at = answer.view().find(key);
  if (at == string_view::npos) die("member");
  const auto rest = answer.view().substr(at + key.size());
  return rest.substr(0, rest.find('"'));
}

Bytes fetch(const char* address, const std::string& repository) {
  const int fd = connect_to(address);
  const auto scans = "/api/v1/repositories/" + repository + "/scans";
  const auto begun = call(fd, "POST " + scans, R"({"scan_type":"semgrep_scan"})");
  const auto batch = scans + "/" + std::string(member(begun, R"("batch_id":")"));
  while (member(call(fd, "GET " + batch + "/progress"), R"("status":")") != "completed") usleep(1000);
  return call(fd, "GET " + batch + "/results");
}

class Sink {
 public:
  explicit Sink(const char* path) : fd_(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644)) {
    if (fd_ < 0) die(path);
  }
  ~Sink() {
    flush();
    close(fd_);
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  template <class... Parts>
  void put(const Parts&... parts) {
    (add(parts), ...);
  }

 private:
  void add(string_view text) {
    if (size_ + text.size() > buffer_.size()) flush();
    std::memcpy(buffer_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  void flush() {
    if (write(fd_, buffer_.data(), size_) < 0) die("write");
    size_ = 0;
  }
  int fd_{};
  std::size_t size_{};
  std::array<char, 262144> buffer_{};
};

/// A string as it stands in the document, without its quotes.
string_view raw(simdjson::ondemand::value value) {
  const auto token = value.raw_json_token();
  return token.substr(1, token.rfind('"') - 1);
}

int report(const Bytes& results, const char* sarif_path, const char* junit_path) {
  const auto sarif = std::make_unique<Sink>(sarif_path);
  const auto junit = std::make_unique<Sink>(junit_path);
  std::set<string_view> rules;
  std::array<long, 3> counts{};
  simdjson::ondemand::parser parser;
  auto document = parser.iterate(results.padded());
  sarif->put(R"({"version":"2.1.0","runs":[{"results":[)");
  junit->put("<testsuites><testsuite name=\"kolega\">\n");
  bool first = true;
  for (auto item : document["findings"]) {
    auto row = item.get_object();
    const auto check = raw(row["check_id"]);
    const auto path = raw(row["file_path"]);
    const auto severity = raw(row["severity"]);
    const auto message = raw(row["message"]);
    const auto fingerprint = raw(row["fingerprint"]);
    const bool error = severity == "critical" || severity == "high";
    if (severity == "critical") ++counts[0];
    if (severity == "high") ++counts[1];
    if (severity == "medium") ++counts[2];
    rules.insert(check);
    sarif->put(first ? "" : ",", R"({"ruleId":")", check, R"(","level":")",
               error ? "error" : severity == "medium" ? "warning" : "note", R"(","message":{"text":")", message,
               R"("},"locations":[{"physicalLocation":{"artifactLocation":{"uri":")", path,
               R"("}}}],"partialFingerprints":{"kolega/v1":")", fingerprint, R"("}})");
    junit->put("<testcase classname=\"", path, "\" name=\"", check, "\"><failure type=\"", severity, "\" message=\"",
               message, "\">", message, "</failure></testcase>\n");
    first = false;
  }
  sarif->put(R"(],"tool":{"driver":{"name":"kolega","rules":[)");
  first = true;
  for (const auto rule : rules) {
    sarif->put(first ? "" : ",", R"({"id":")", rule, "\"}");
    first = false;
  }
  sarif->put("]}}}]}");
  junit->put("</testsuite></testsuites>\n");
  std::printf("{\"critical\": %ld, \"high\": %ld, \"medium\": %ld}\n", counts[0], counts[1], counts[2]);
  return counts[0] > 0 || counts[1] > 0 || counts[2] > 10 ? 1 : 0;
}

int count_errors(const Bytes& sarif) {
  simdjson::ondemand::parser parser;
  auto document = parser.iterate(sarif.padded());
  long errors = 0;
  for (auto run : document["runs"])
    for (auto result : run["results"])
      if (raw(result["level"]) == "error") ++errors;
  std::printf("%ld\n", errors);
  return errors > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const string_view mode = argc > 2 ? argv[1] : "";
  if (mode == "sarif") return count_errors(read_file(argv[2]));
  if (mode == "offline" && argc == 5) return report(read_file(argv[2]), argv[3], argv[4]);
  if (mode == "online" && argc == 6) return report(fetch(argv[2], argv[3]), argv[4], argv[5]);
  std::fputs("see the head of limit.cpp\n", stderr);
  return 2;
}
