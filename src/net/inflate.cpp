#include "net/inflate.hpp"

#include <zlib.h>

#include <array>
#include <new>
#include <string>

#include "net/transport.hpp"

namespace kolega::net {

namespace {
constexpr int gzip_only = 15 + 16;  // zlib.h, inflateInit2: a window of 32 KiB, gzip header demanded

TransportError damaged(const std::string& why) {
  return {TransportError::Fault::protocol, true, "the gzip body is damaged: " + why};
}
}  // namespace

struct Inflater::State {
  explicit State(Sink to) : sink(std::move(to)) {
    if (inflateInit2(&stream, gzip_only) != Z_OK) throw std::bad_alloc();
  }
  ~State() { inflateEnd(&stream); }
  Sink sink;
  z_stream stream{};
  bool started{};
  bool ended{};
  std::array<unsigned char, 64 * 1024> out{};
};

Inflater::Inflater(Sink sink) : state_(std::make_unique<State>(std::move(sink))) {}
Inflater::~Inflater() = default;

void Inflater::feed(std::string_view packed) {
  auto& s = *state_;
  if (packed.empty()) return;
  s.started = true;
  s.stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
  s.stream.avail_in = static_cast<uInt>(packed.size());
  do {
    if (s.ended) throw damaged("bytes follow its end");
    s.stream.next_out = s.out.data();
    s.stream.avail_out = static_cast<uInt>(s.out.size());
    const auto status = inflate(&s.stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      throw damaged(s.stream.msg ? s.stream.msg : "not gzip");
    }
    s.ended = status == Z_STREAM_END;
    const auto size = s.out.size() - s.stream.avail_out;
    if (size > 0) s.sink({reinterpret_cast<const char*>(s.out.data()), size});
  } while (s.stream.avail_in > 0 || (s.stream.avail_out == 0 && !s.ended));
}

void Inflater::finish() const {
  if (state_->started && !state_->ended) throw damaged("it ends too early");
}

}  // namespace kolega::net
