#include "sys/secrecy.hpp"

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "base/secret.hpp"
#include "sys/process.hpp"

using namespace kolega;

TEST_CASE("the gate's secrets leave the environment, all else stays") {
  ::setenv("KOLEGA_TOKEN", "kcp_live_secret", 1);
  ::setenv("KOLEGA_SIGNING_KEY", "-----BEGIN PRIVATE KEY-----", 1);
  ::setenv("KOLEGA_COMMENT_TOKEN", "ghp_secret", 1);
  ::setenv("KOLEGA_TOKEN_FILE_OF_TEST", "stays", 1);
  const char* const block = std::getenv("KOLEGA_TOKEN");
  sys::scrub_environment();
  CHECK(std::strlen(block) == 0);  // in place: the kernel shows that memory as /proc/PID/environ
  for (const char* name : {"KOLEGA_TOKEN", "KOLEGA_SIGNING_KEY", "KOLEGA_COMMENT_TOKEN"})
    CHECK(std::getenv(name) == nullptr);
  CHECK(std::getenv("PATH") != nullptr);
  CHECK(std::string(std::getenv("KOLEGA_TOKEN_FILE_OF_TEST")) == "stays");
  const auto child = sys::run_process({"/usr/bin/env"});
  CHECK(child.out.find("secret") == std::string::npos);
  CHECK(child.out.find("KOLEGA_TOKEN_FILE_OF_TEST=stays") != std::string::npos);
  ::unsetenv("KOLEGA_TOKEN_FILE_OF_TEST");
}

TEST_CASE("a sealed process cannot be dumped or looked into") {
  const auto id = ::fork();
  if (id == 0) {
    sys::seal_process();
    ::_exit(::prctl(PR_GET_DUMPABLE));
  }
  int status = 0;
  ::waitpid(id, &status, 0);
#ifndef __SANITIZE_ADDRESS__
  CHECK(WEXITSTATUS(status) == 0);
#endif
}

TEST_CASE("a secret that was moved from or assigned to is empty") {
  Secret a(std::string("short"));
  Secret b(std::move(a));
  CHECK(a.empty());  // NOLINT: that is what is asked
  CHECK(b.reveal() == "short");
  a = std::move(b);
  CHECK(b.empty());  // NOLINT
  CHECK(a.reveal() == "short");
}
