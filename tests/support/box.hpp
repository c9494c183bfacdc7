// Other people's servers in tests: a daemon in the foreground, in a directory of its own, gone with the
// object.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include "support/files.hpp"

namespace kolega::test {

inline std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(socket, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return ntohs(address.sin_port);
}

class Box {
 public:
  /// @DIR@ and @PORT@ are replaced in the files and the command line, whose first word is a path.
  Box(std::vector<std::string> words, const std::vector<std::pair<std::string, std::string>>& files,
      std::uint16_t port = free_port())
      : port_(port) {
    ::chmod(dir_.path().c_str(), 0755);  // daemons give up being root
    for (const auto& [name, text] : files) dir_.write(name, filled(text));
    std::vector<char*> argv;
    for (auto& word : words) {
      word = filled(word);
      argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char* variables[]{path, nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, dir_.path().c_str());
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "out.txt", O_WRONLY | O_CREAT, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    if (::posix_spawn(&child_, argv.front(), &actions, &attributes, argv.data(), variables)) child_ = 0;
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    for (int i = 0; i < 1000 && child_ > 0 && !answers(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ~Box() {
    if (child_ <= 0) return;
    ::kill(-child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Box(const Box&) = delete;
  Box& operator=(const Box&) = delete;

  std::uint16_t port() const { return port_; }
  std::string at() const { return "127.0.0.1:" + std::to_string(port_); }
  bool answers() const {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool connected = ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return connected;
  }
  std::string read(const std::string& name) const { return slurp(dir_.path() / name); }

 private:
  std::string filled(std::string text) const {
    const auto replace = [&text](const std::string& what, const std::string& with) {
      for (auto at = text.find(what); at != std::string::npos; at = text.find(what))
        text.replace(at, what.size(), with);
    };
    replace("@DIR@", dir_.path().string());
    replace("@PORT@", std::to_string(port_));
    return text;
  }
  TempDir dir_{};
  std::uint16_t port_;
  pid_t child_{};
};

}  // namespace kolega::test
