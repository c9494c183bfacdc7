#include "gate/replay.hpp"

#include <algorithm>
#include <ostream>
#include <streambuf>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace kolega::gate {

namespace {

/// How much of a difference is shown.
constexpr std::size_t shown_bytes = 160;

/// Hands what is written on, and keeps nothing.
class Tap : public std::streambuf {
 protected:
  virtual void take(std::string_view bytes) = 0;

 private:
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    take({bytes, static_cast<std::size_t>(count)});
    return count;
  }
  int_type overflow(int_type c) override {
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    const char byte = traits_type::to_char_type(c);
    take({&byte, 1});
    return c;
  }
};

class Digester final : public Tap {
 public:
  explicit Digester(std::ostream* onward) : onward_(onward) {}
  std::string finish() { return digest_.finish_hex(); }

 private:
  void take(std::string_view bytes) override {
    digest_.update(bytes);
    if (onward_) onward_->write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  std::ostream* onward_;
  Sha256 digest_;
};

template <class Write>
std::string digest_while_writing(std::ostream* onward, const Write& write) {
  Digester digester(onward);
  std::ostream out(&digester);
  out.exceptions(std::ios::badbit);  // lets the error of who writes it through
  write(out);
  return digester.finish();
}

/// Compares with a text, and behind the first difference keeps what a person is shown of it.
class Comparer final : public Tap {
 public:
  explicit Comparer(const TextSource& text) : text_(text) {}

  /// The offset of the first byte that differs; npos when there is none. Call once everything is written.
  std::size_t difference() const {
    if (different_ != std::string_view::npos) return different_;
    return at_ == text_.text.size() ? std::string_view::npos : at_;
  }
  const std::string& behind() const { return behind_; }

 private:
  void take(std::string_view bytes) override {
    if (different_ == std::string_view::npos) {
      const auto rest = text_.text.substr(at_, bytes.size());
      const auto same = static_cast<std::size_t>(
          std::mismatch(rest.begin(), rest.end(), bytes.begin()).first - rest.begin());
      at_ += same;
      bytes.remove_prefix(same);
      if (text_.consumed) text_.consumed(at_);
      if (bytes.empty()) return;
      different_ = at_;
    }
    behind_ += bytes.substr(0, shown_bytes - std::min(shown_bytes, behind_.size()));
  }

  const TextSource& text_;
  std::size_t at_{};
  std::size_t different_{std::string_view::npos};
  std::string behind_{};
};

/// Follows a document to wherever it is cut off.
class PathFollower final : public JsonSink {
 public:
  std::string path() const {
    std::string out;
    for (const auto& level : levels_) {
      if (level.array) {
        out += "/" + std::to_string(level.index);
      } else if (!level.key.empty()) {
        out += "/" + escaped(level.key);
      }
    }
    return out;
  }

  void begin_object() override { levels_.push_back({}); }
  void end_object() override { close(); }
  void begin_array() override { levels_.push_back({.array = true}); }
  void end_array() override { close(); }
  int key(std::string_view name) override {
    levels_.back().key = name;
    return unnumbered;
  }
  void string(std::string_view) override { passed(); }
  void integer(std::int64_t) override { passed(); }
  void number(double) override { passed(); }
  void boolean(bool) override { passed(); }
  void null() override { passed(); }

 private:
  /// RFC 6901: `~` and `/` of a name.
  static std::string escaped(std::string_view name) {
    std::string out;
    for (const char c : name) {
      if (c == '~') {
        out += "~0";
      } else if (c == '/') {
        out += "~1";
      } else {
        out += c;
      }
    }
    return out;
  }

  struct Level {
    bool array{};
    std::size_t index{};
    std::string key{};
  };
  void close() {
    levels_.pop_back();
    passed();
  }
  /// A value has ended: what comes is the next of the array, or a member whose name is not known yet.
  void passed() {
    if (levels_.empty()) return;
    ++levels_.back().index;
    levels_.back().key.clear();
  }
  std::vector<Level> levels_;
};

std::string path_at(std::string_view before) {
  PathFollower follower;
  JsonParser parser(follower, "record", ErrorKind::input);
  parser.feed(before);
  return follower.path();
}

/// The rest of the line from `at`, with the part of it before that makes it readable.
std::string line_around(std::string_view before, std::string_view behind) {
  const auto begin = before.rfind('\n');
  auto start = before.substr(begin == std::string_view::npos ? 0 : begin + 1);
  if (start.size() > shown_bytes / 2) start.remove_prefix(start.size() - shown_bytes / 2);
  start.remove_prefix(std::min(start.find_first_not_of(' '), start.size()));
  std::string out(start);
  out += behind.substr(0, std::min(behind.find('\n'), shown_bytes / 2));
  return out;
}

}  // namespace

std::string record_sha256(const DecisionRecord& record) {
  return digest_while_writing(nullptr, [&](std::ostream& to) { write_record(record, to); });
}

std::string write_digested(const DecisionRecord& record, const WrittenPolicy& policy, std::ostream& out) {
  return digest_while_writing(&out, [&](std::ostream& to) { write_record(record, policy, to); });
}

std::optional<Difference> find_difference(const DecisionRecord& record, const TextSource& text) {
  Comparer comparer(text);
  std::ostream out(&comparer);
  write_record(record, out);
  const auto at = comparer.difference();
  if (at == std::string_view::npos) return std::nullopt;
  const auto before = text.text.substr(0, at);
  return Difference{static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')) + 1,
                    path_at(before), line_around(before, text.text.substr(at)),
                    line_around(before, comparer.behind())};
}

}  // namespace kolega::gate
