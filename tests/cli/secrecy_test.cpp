// After a command has ended, no secret is left in the memory that it used: every writable page is looked through.
// Not under AddressSanitizer: it keeps what was freed, and frames of its own.
#if !defined(__SANITIZE_ADDRESS__)
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/signature.hpp"
#include "cli/run.hpp"
#include "support/files.hpp"
#include "support/keys.hpp"
#include "sys/files.hpp"
#include "sys/secrecy.hpp"

using namespace kolega;

namespace {

constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";

/// A process of its own that answers every request with {}: what it received is not in our memory.
class OtherProcess {
 public:
  OtherProcess() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener, 8) == 0);
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    REQUIRE(::pipe(heard_) == 0);
    id_ = ::fork();
    if (id_ == 0) serve(listener);
    ::close(listener);
    ::close(heard_[1]);
  }
  ~OtherProcess() {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
    ::close(heard_[0]);
  }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;

  std::string address() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }
  /// Requests that held the header, which the other process counts for us.
  std::size_t requests() {
    ::kill(id_, SIGTERM);
    ::waitpid(id_, nullptr, 0);
    char buffer[64];
    const auto got = ::read(heard_[0], buffer, sizeof buffer);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }

 private:
  [[noreturn]] void serve(int listener) {
    ::signal(SIGTERM, SIG_DFL);  // the framework has a handler
    while (true) {
      const int peer = ::accept(listener, nullptr, nullptr);
      std::string request;
      char buffer[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const auto got = ::read(peer, buffer, sizeof buffer);
        if (got <= 0) break;
        request.append(buffer, static_cast<std::size_t>(got));
      }
      const bool told = request.find("uthorization: B") != std::string::npos;
      if (told && ::write(heard_[1], "x", 1) != 1) ::_exit(1);
      if (::write(peer, answer.data(), answer.size()) < 0) ::_exit(1);
      ::close(peer);
    }
  }

  int heard_[2]{};
  pid_t id_{};
  int port_{};
};

/// A text to look for that is itself never in memory: every byte is turned around.
class Needle {
 public:
  explicit Needle(std::string_view text) {
    for (const char c : text) turned_.push_back(static_cast<unsigned char>(~static_cast<unsigned char>(c)));
  }
  bool is_at(const unsigned char* at) const {
    for (std::size_t i = 0; i < turned_.size(); ++i) {
      if (static_cast<unsigned char>(~at[i]) != turned_[i]) return false;
    }
    return true;
  }
  std::size_t size() const { return turned_.size(); }

 private:
  std::vector<unsigned char> turned_{};
};

/// How often it stands in the pages that this process may write.
std::size_t count_in_memory(const Needle& needle) {
  constexpr std::uintptr_t largest = 512ULL << 20;  // not the shadow memory of a sanitizer
  std::ifstream maps("/proc/self/maps");
  std::vector<std::pair<std::uintptr_t, std::uintptr_t>> regions;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    const auto dash = line.find('-');
    const auto blank = line.find(' ');
    std::from_chars(line.data(), line.data() + dash, begin, 16);
    std::from_chars(line.data() + dash + 1, line.data() + blank, end, 16);
    if (line.compare(blank + 1, 2, "rw") == 0 && end - begin < largest) regions.emplace_back(begin, end);
  }
  std::size_t count = 0;
  for (const auto& [begin, end] : regions) {
    const auto* at = reinterpret_cast<const unsigned char*>(begin);
    const auto* last = reinterpret_cast<const unsigned char*>(end) - needle.size();
    for (; at <= last; ++at) count += needle.is_at(at) ? 1 : 0;
  }
  return count;
}

std::string random_word() {
  std::string out;
  std::ifstream random("/dev/urandom", std::ios::binary);
  while (out.size() < 40) out += static_cast<char>('a' + random.get() % 26);
  return out;
}

int run_with(const std::vector<std::string>& words, const std::string& directory,
             std::map<std::string, std::string> environment) {
  auto system = sys::real_system();
  system.environment = sys::Environment(std::move(environment));
  system.working_directory = directory;
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in;
  return cli::run(words, {out, err, in}, system);
}

/// The frames that a command used, overwritten as the next calls would do.
[[gnu::noinline]] void use_stack() {
  volatile char frames[256 * 1024];
  for (auto& byte : frames) byte = 0;
}

}  // namespace

TEST_CASE("no token is left in memory, wherever it came from and wherever it went") {
  for (const std::string way : {"variable", "file", "proxy"}) {
    CAPTURE(way);
    OtherProcess server;
    const test::TempDir directory;
    sys::seal_process();  // the linker takes operator delete from beside it
    auto word = random_word();
    const Needle needle(word);
    const Needle encoded(std::string_view(base64_encode("u:kcp_live_" + word)).substr(20, 30));
    CHECK(count_in_memory(needle) > 0);  // it can be found
    std::map<std::string, std::string> environment{{"HOME", directory.path()}};
    std::vector<std::string> words{"me", "--api-url", server.address()};
    if (way == "variable") {
      environment["KOLEGA_TOKEN"] = "kcp_live_" + word;
    } else if (way == "file") {
      environment["KOLEGA_TOKEN_FILE"] = directory.write("token", "kcp_live_" + word + "\n");
    } else {
      environment["KOLEGA_TOKEN"] = "kcp_live_ofnointerest";
      environment["HTTP_PROXY"] = "http://u:kcp_live_" + word + "@127.0.0.1:" + std::to_string(server.port());
      words = {"me", "--allow-http", "--api-url", "http://api.test"};
    }
    ::explicit_bzero(word.data(), word.size());
    CHECK(run_with(words, directory.path(), std::move(environment)) != 0);  // {} is no identity
    use_stack();
    CHECK(count_in_memory(needle) == 0);
    if (way == "proxy") CHECK(count_in_memory(encoded) == 0);
    CHECK(server.requests() > 0);  // it was sent
  }
}

TEST_CASE("no signing key is left in memory") {
  const test::TempDir directory;
  sys::seal_process();
  auto pair = test::ed25519_key();
  const auto begin = pair.private_pem.find('\n') + 1;
  const auto body = pair.private_pem.substr(begin, pair.private_pem.find('\n', begin) - begin);
  const Needle needle(std::string_view(body).substr(24));
  const Needle seed(std::string_view(base64_decode(body, "a key")).substr(16));
  const auto file = directory.write("key.pem", pair.private_pem);
  ::explicit_bzero(pair.private_pem.data(), pair.private_pem.size());
  ::explicit_bzero(const_cast<char*>(body.data()), body.size());
  use_stack();
  const auto before = count_in_memory(needle);  // of making it
  {
    const SigningKey key(Secret(sys::read_file(file, ErrorKind::usage, 4096)));
    CHECK(key.sign("a decision").size() == 64);
  }
  use_stack();
  CHECK(count_in_memory(needle) <= before);
  CHECK(count_in_memory(seed) == 0);
  CHECK(before == 0);
}

#endif
