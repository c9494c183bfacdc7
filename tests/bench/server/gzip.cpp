#include "gzip.hpp"

#include <zlib.h>

#include <array>
#include <stdexcept>

namespace bench {

namespace {

std::string deflated(std::string_view text, int flush) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib does not start");
  std::string out;
  std::array<char, 65536> buffer{};
  while (true) {
    const auto part = text.substr(0, 1U << 30U);
    text.remove_prefix(part.size());
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
    stream.avail_in = static_cast<uInt>(part.size());
    const int how = text.empty() ? flush : Z_NO_FLUSH;
    do {
      stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream.avail_out = static_cast<uInt>(buffer.size());
      deflate(&stream, how);
      out.append(buffer.data(), buffer.size() - stream.avail_out);
    } while (stream.avail_out == 0);
    if (text.empty()) break;
  }
  deflateEnd(&stream);
  return out;
}

void append_little(std::string& out, std::uint32_t number) {
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>((number >> shift) & 255U);
}

uLong crc_of(std::string_view text) {
  return crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size());
}

}  // namespace

std::string deflate_tail(std::string_view tail) { return deflated(tail, Z_FINISH); }

std::string gzip_head(std::string_view head) {
  return std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10) + deflated(head, Z_SYNC_FLUSH);
}

std::string gzip_end(std::string_view head, std::string_view tail) {
  std::string out;
  const auto crc = crc32_combine64(crc_of(head), crc_of(tail), static_cast<z_off64_t>(tail.size()));
  append_little(out, static_cast<std::uint32_t>(crc));
  append_little(out, static_cast<std::uint32_t>(head.size() + tail.size()));
  return out;
}

}  // namespace bench
