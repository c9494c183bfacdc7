// What keeps a token from other processes of the same user and out of dumps: the process is closed to them, its
// secrets leave the environment block, and memory is wiped when it is freed (secrecy.cpp replaces operator delete).
// Not for: what may be said of a token (base/secret.hpp).
#pragma once

namespace kolega::sys {

/// No core dump, no debugger, no /proc/PID/mem or /proc/PID/environ for whoever is not root. First thing in main. Does
/// nothing under a sanitizer, whose leak check is a debugger.
void seal_process();

/// Takes the gate's own secrets (KOLEGA_TOKEN, KOLEGA_SIGNING_KEY, KOLEGA_COMMENT_TOKEN) out of the environment block, so
/// that no child inherits them and /proc/PID/environ does not show them. After Environment::of_process(), and before
/// any other thread reads the environment.
void scrub_environment();

}  // namespace kolega::sys
