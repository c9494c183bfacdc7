// Names to addresses by c-ares: in time, interruptible, and without glibc's getaddrinfo, which in a static
// binary loads whatever modules nsswitch.conf names and can crash in them (rust-lang/rust#100711).
#pragma once

#include <string>
#include <vector>

#include "net/step_limit.hpp"

namespace kolega::net {

/// The addresses of `host` as text, best first. Literals and localhost need no name server. `servers`
/// replaces those of resolv.conf ("127.0.0.1:5353"; for tests). Throws TransportError(resolve, deadline or
/// stopped).
std::vector<std::string> resolve(const std::string& host, const StepLimit& limit,
                                 const std::string& servers = {});

}  // namespace kolega::net
