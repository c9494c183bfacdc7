// A gzip stream of two parts, the second of which is compressed once and shared by all answers.
#pragma once

#include <string>
#include <string_view>

namespace bench {

/// The end of a deflate stream, for the tail of gzip_head().
std::string deflate_tail(std::string_view tail);
/// What stands in front of `deflated` so that both, and gzip_end() behind them, are one gzip stream.
std::string gzip_head(std::string_view head);
std::string gzip_end(std::string_view head, std::string_view tail);

}  // namespace bench
