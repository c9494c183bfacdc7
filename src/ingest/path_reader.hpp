// Reads chosen places of a JSON document as it streams by: a table of paths gives each place a number,
// everything else is skipped whatever its shape. Not for: documents that are wanted as a whole
// (base/json.hpp, parse_json).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace kolega::ingest {

/// Paths such as "findings/[]/check_id": `[]` is every item of an array, `*` every member of an object that
/// has no path of its own. A place may be listed with the number -1 or be implied by longer paths: then it is
/// only passed.
class PathTable {
 public:
  struct Entry {
    std::string_view path{};
    int place{};
  };
  struct Node {
    std::string name{};
    int place{-1};
    std::vector<std::unique_ptr<Node>> members{};
    std::unique_ptr<Node> any{};   ///< `*`
    std::unique_ptr<Node> item{};  ///< `[]`
    bool is_object() const { return !members.empty() || any; }
    bool is_array() const { return item != nullptr; }
  };

  PathTable(std::initializer_list<Entry> entries) { add("", entries); }
  /// Adds `entries` below `prefix`, for shapes that occur at several places.
  void add(std::string_view prefix, std::initializer_list<Entry> entries);
  const Node& root() const { return root_; }

 private:
  void add_one(std::string_view path, int place);
  Node root_;
};

struct JsonScalar {
  enum class Kind { null, boolean, integer, number, string };
  Kind kind{};
  std::string_view text{};  ///< lives only during the call
  std::int64_t integer{};
  double number{};
  bool flag{};
};

class PathReader : public JsonSink {
 public:
  explicit PathReader(const PathTable& table) : root_(&table.root()) {}

  void begin_object() final { begin(true); }
  void end_object() final { end(); }
  void begin_array() final { begin(false); }
  void end_array() final { end(); }
  int key(std::string_view name) final;
  void string(std::string_view value) final { scalar({JsonScalar::Kind::string, value, 0, 0, false}); }
  void integer(std::int64_t value) final { scalar({JsonScalar::Kind::integer, {}, value, 0, false}); }
  void number(double value) final { scalar({JsonScalar::Kind::number, {}, 0, value, false}); }
  void boolean(bool value) final { scalar({JsonScalar::Kind::boolean, {}, 0, 0, value}); }
  void null() final { scalar({}); }

 protected:
  /// A scalar at a place that is neither object nor array by the table.
  virtual void value(int place, const JsonScalar& scalar) = 0;
  /// An object or array at a place with a number, of the shape the table wants.
  virtual void enter(int place) = 0;
  virtual void leave(int place) = 0;
  /// Another shape than the table wants; `scalar` is absent for an object or array, whose inside is skipped.
  virtual void wrong_shape(int place, std::string_view wanted, const JsonScalar* scalar) = 0;

  /// Where the reader is: "/findings/3/severity". In enter() and leave() the container itself.
  std::string path() const;
  /// The name that `*` stands for, in value() and enter().
  const std::string& name() const { return name_; }

 private:
  struct Frame {
    const PathTable::Node* node{};
    bool object{};
    std::uint64_t index{};  ///< of the item that is being read
    std::size_t next{};     ///< where the next member is expected: writers keep one order
  };
  void begin(bool object);
  void end();
  void scalar(const JsonScalar& scalar);
  const PathTable::Node* take();

  const PathTable::Node* root_;
  const PathTable::Node* member_{};  ///< of the key just read; null when nobody wants it
  const PathTable::Node* leaf_{};    ///< of the value just read, for path()
  std::vector<Frame> frames_;
  std::size_t skipped_{};  ///< depth inside something unwanted
  std::string name_;
};

}  // namespace kolega::ingest
