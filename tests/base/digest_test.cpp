#include "base/digest.hpp"

#include <doctest/doctest.h>

using namespace kolega;

// FIPS 180-4 examples: https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values
TEST_CASE("digest: known values") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex(std::string_view("\0", 1)) ==
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

TEST_CASE("digest: in parts as in one piece") {
  Sha256 parts;
  for (int i = 0; i < 1000; ++i) parts.update("a");
  CHECK(parts.finish_hex() == sha256_hex(std::string(1000, 'a')));
}
