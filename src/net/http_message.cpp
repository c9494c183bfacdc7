#include "net/http_message.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "net/inflate.hpp"

namespace kolega::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Fault = TransportError::Fault;
using BeastText = boost::beast::string_view;

namespace {

/// Most answers are small: they need none from the heap, which would be cleared when it is given back.
constexpr std::size_t first_buffer_size = 16 * 1024;
constexpr std::size_t buffer_size = 64 * 1024;
constexpr std::uint32_t header_limit = 48 * 1024;
constexpr int interim_limit = 8;
/// Of a body that no consumer takes: an error's text is cut there, a 2xx answer refused.
constexpr std::uint64_t error_text_limit = 4ULL << 20;
constexpr std::uint64_t held_body_limit = 64ULL << 20;

std::string_view view(BeastText text) {
  return {text.data(), text.size()};
}

TransportError malformed(const std::string& why) {
  return {Fault::protocol, true, "malformed answer: " + why};
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// Where a body goes: unpacked, counted, to the consumer or into the answer.
class BodySink {
 public:
  BodySink(Response& response, BodyConsumer* consumer, std::uint64_t limit)
      : response_(response), consumer_(consumer), limit_(limit) {}

  void begin() {
    const auto success = response_.status / 100 == 2;
    if (!success) consumer_ = nullptr;
    if (!consumer_) limit_ = success ? std::min(limit_, held_body_limit) : error_text_limit;
    cut_at_limit_ = !success;
    open_encoding();
    if (consumer_) consumer_->begin();
  }
  void write(std::string_view bytes) { inflater_ ? inflater_->feed(bytes) : deliver(bytes); }
  void finish() const {
    if (inflater_ && !cut_) inflater_->finish();
  }
  /// An error's text is long enough; the rest need not be read.
  bool cut() const { return cut_; }

 private:
  void open_encoding() {
    const auto encoding = trim(response_.header("Content-Encoding").value_or(""));
    if (encoding.empty() || iequals_ascii(encoding, "identity")) return;
    if (!iequals_ascii(encoding, "gzip") && !iequals_ascii(encoding, "x-gzip")) {
      throw malformed("its encoding '" + printable(encoding, 40) + "' was not asked for");
    }
    inflater_.emplace([this](std::string_view bytes) { deliver(bytes); });
  }

  void deliver(std::string_view bytes) {
    if (cut_) return;
    const auto room = limit_ - size_;
    if (bytes.size() > room) {
      if (!cut_at_limit_) {
        throw TransportError(Fault::too_large, true,
                             "the answer is larger than " + std::to_string(limit_ >> 20) + " MiB");
      }
      bytes = bytes.substr(0, static_cast<std::size_t>(room));
      cut_ = true;
    }
    size_ += bytes.size();
    consumer_ ? consumer_->data(bytes) : static_cast<void>(response_.body.append(bytes));
  }

  Response& response_;
  BodyConsumer* consumer_;
  std::uint64_t limit_;
  std::uint64_t size_{};
  bool cut_at_limit_{};
  bool cut_{};
  std::optional<Inflater> inflater_;
};

/// Beast's parser, which checks lengths, chunks and fields; the body goes straight from the read buffer to
/// the sink.
class AnswerParser final : public http::basic_parser<false> {
 public:
  AnswerParser(Response& response, BodySink& sink) : response_(response), sink_(sink) {
    eager(true);
    basic_parser::header_limit(net::header_limit);  // of one piece; parse() counts the whole
    body_limit(boost::none);                        // the sink counts, after unpacking
  }

 private:
  void on_request_impl(http::verb, BeastText, BeastText, int, error_code&) override {}
  void on_response_impl(int code, BeastText, int, error_code& ec) override {
    if (code < 100 || code > 599) ec = http::error::bad_status;
    response_.status = code;
  }
  void on_field_impl(http::field field, BeastText name, BeastText value, error_code& ec) override {
    // Beast reads any other coding as a body that lasts until the connection ends.
    if (field == http::field::transfer_encoding && !iequals_ascii(trim(view(value)), "chunked")) {
      ec = http::error::bad_transfer_encoding;
    }
    if (!header_done_) response_.headers.emplace_back(view(name), view(value));  // trailers are dropped
  }
  void on_header_impl(error_code&) override {
    header_done_ = true;
    if (response_.status / 100 != 1) sink_.begin();
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastText body, error_code&) override {
    sink_.write(view(body));
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, BeastText, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastText body, error_code&) override {
    sink_.write(view(body));
    return body.size();
  }
  void on_finish_impl(error_code&) override { sink_.finish(); }

  Response& response_;
  BodySink& sink_;
  bool header_done_{};
};

/// Bytes read and not yet parsed, in one piece, as the parser wants its header.
class ReadBuffer {
 public:
  explicit ReadBuffer(const ReadBytes& read) : read_(read) {}
  ReadBuffer(const ReadBuffer&) = delete;  // it points into itself
  ReadBuffer& operator=(const ReadBuffer&) = delete;

  /// False at the end of the connection.
  bool fill() {
    if (filled_ && size_ < buffer_size) {
      grow();
    } else {
      std::memmove(bytes_, bytes_ + begin_, end_ - begin_);
    }
    end_ -= begin_;
    begin_ = 0;
    if (end_ == size_) throw malformed("a header or chunk header is too long");
    const auto got = read_(bytes_ + end_, size_ - end_);
    end_ += got;
    filled_ = end_ == size_;
    return got > 0;
  }
  asio::const_buffer unread() const { return {bytes_ + begin_, end_ - begin_}; }
  void consume(std::size_t size) { begin_ += size; }
  bool empty() const { return begin_ == end_; }

 private:
  /// Not cleared; what is unread comes first.
  void grow() {
    large_ = std::make_unique_for_overwrite<char[]>(buffer_size);
    std::memcpy(large_.get(), bytes_ + begin_, end_ - begin_);
    bytes_ = large_.get();
    size_ = buffer_size;
  }

  const ReadBytes& read_;
  std::array<char, first_buffer_size> first_;  // not cleared: only what was read into it is looked at
  std::unique_ptr<char[]> large_{};
  char* bytes_{first_.data()};
  std::size_t size_{first_buffer_size};
  std::size_t begin_{};
  std::size_t end_{};
  bool filled_{};  ///< by the last read
};

void require_good(const error_code& ec) {
  if (ec && ec != http::error::need_more) throw malformed(ec.message());
}

void end_of_stream(AnswerParser& parser) {
  if (!parser.got_some())
    throw TransportError(Fault::receive, true, "the connection was closed without an answer");
  error_code ec;
  parser.put_eof(ec);
  if (ec) throw TransportError(Fault::receive, true, "the answer is cut short");
}

/// Until the message is complete, or an error's text long enough.
void parse(AnswerParser& parser, ReadBuffer& buffer, const BodySink& sink) {
  std::size_t header_size = 0;
  for (;;) {
    if (!buffer.empty()) {
      error_code ec;
      const auto used = parser.put(buffer.unread(), ec);
      buffer.consume(used);
      require_good(ec);
      if (parser.is_done() || sink.cut()) return;
      if (!parser.is_header_done() && (header_size += used) > header_limit)
        throw malformed("its header is too long");
      if (!ec && used > 0 && !buffer.empty()) continue;
    }
    if (!buffer.fill()) return end_of_stream(parser);
  }
}

}  // namespace

std::string render_request(const Request& request, const RequestFrame& frame) {
  if (frame.target.empty() || has_control(frame.target) || frame.target.find(' ') != std::string::npos) {
    throw Error(ErrorKind::usage,
                "cannot send a request: its target is empty or holds blanks or control characters");
  }
  auto out = request.method + " " + frame.target + " HTTP/1.1\r\nHost: " + frame.host + "\r\n";
  const auto add = [&out](const std::string& name, const std::string& value) {
    if (has_control(name) || has_control(value)) {
      throw Error(ErrorKind::usage,
                  "cannot send the header " + printable(name, 40) + ": its value holds control characters",
                  "look for a line break in the token");
    }
    out += name + ": " + value + "\r\n";
  };
  for (const auto& [name, value] : request.headers) add(name, value);
  for (const auto& [name, value] : frame.headers) {
    const auto same = [&name = name](const auto& header) { return iequals_ascii(header.first, name); };
    if (std::none_of(request.headers.begin(), request.headers.end(), same)) add(name, value);
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PATCH" ||
      request.method == "PUT")
    add("Content-Length", std::to_string(request.body.size()));
  return out + "\r\n" + request.body;
}

Answer read_answer(const ReadBytes& read, BodyConsumer* consumer, std::uint64_t body_limit) {
  ReadBuffer buffer(read);
  for (int interim = 0; interim <= interim_limit; ++interim) {
    Answer answer;
    BodySink sink(answer.response, consumer, body_limit);
    AnswerParser parser(answer.response, sink);
    parse(parser, buffer, sink);
    if (answer.response.status == 101) throw malformed("it switches to a protocol that was not asked for");
    if (answer.response.status / 100 == 1) continue;
    // Bytes beyond the answer were not asked for: whatever they say, nobody must read them as the next
    // answer.
    answer.reusable = parser.is_done() && parser.keep_alive() && buffer.empty();
    return answer;
  }
  throw malformed("too many interim answers");
}

int read_tunnel_answer(const ReadBytes& read) {
  ReadBuffer buffer(read);
  Response response;
  BodySink sink(response, nullptr, 0);
  AnswerParser parser(response, sink);
  parser.skip(true);
  parse(parser, buffer, sink);
  if (response.status / 100 == 2 && !buffer.empty())
    throw malformed("bytes follow the proxy's answer to CONNECT");
  return response.status;
}

}  // namespace kolega::net
