// Small operations on URIs and paths of files: percent decoding, which part is the scheme.
// Not for: URLs that are fetched (net/url.hpp).
#pragma once

#include <string>
#include <string_view>

namespace kolega::ingest {

/// %xx decoded. Left as it is when the result would not be UTF-8 or would hold a NUL: then the text never was
/// encoded.
std::string decode_percent(std::string_view text);

/// "file" of "file:///a", lower case; empty without a scheme. One letter is a drive ("C:/a"), not a scheme.
std::string uri_scheme(std::string_view uri);

/// The path of a file: URI, decoded: "/repo/a.c", "D:/a/b.c".
std::string file_uri_path(std::string_view uri);

}  // namespace kolega::ingest
