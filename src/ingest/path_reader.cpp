#include "ingest/path_reader.hpp"

#include "base/text.hpp"

namespace kolega::ingest {

void PathTable::add(std::string_view prefix, std::initializer_list<Entry> entries) {
  for (const auto& [path, place] : entries) {
    std::string whole(prefix);
    if (!whole.empty() && !path.empty()) whole += '/';
    add_one(whole + std::string(path), place);
  }
}

void PathTable::add_one(std::string_view path, int place) {
  auto* node = &root_;
  if (!path.empty()) {
    for (const auto step : split(path, '/')) {
      std::unique_ptr<Node>* next = nullptr;
      if (step == "[]") {
        next = &node->item;
      } else if (step == "*") {
        next = &node->any;
      } else {
        for (auto& member : node->members) {
          if (member->name == step) next = &member;
        }
        if (!next) next = &node->members.emplace_back();
      }
      if (!*next) *next = std::make_unique<Node>();
      node = next->get();
      node->name = step;
    }
  }
  node->place = place;
}

int PathReader::key(std::string_view name) {
  if (skipped_ > 0) return unnumbered;
  auto& frame = frames_.back();
  const auto& members = frame.node->members;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (frame.next >= members.size()) frame.next = 0;
    const auto& candidate = *members[frame.next++];
    if (candidate.name == name) {
      member_ = &candidate;
      return static_cast<int>(frame.next - 1);
    }
  }
  member_ = frame.node->any.get();
  if (member_) name_ = name;
  return unnumbered;
}

const PathTable::Node* PathReader::take() {
  if (frames_.empty()) return root_;
  auto& frame = frames_.back();
  if (frame.object) return member_;
  ++frame.index;
  return frame.node->item.get();
}

void PathReader::scalar(const JsonScalar& scalar) {
  if (skipped_ > 0) return;
  const auto* node = take();
  if (!node) return;
  leaf_ = node;
  if (node->is_object() || node->is_array()) {
    wrong_shape(node->place, node->is_object() ? "an object" : "an array", &scalar);
  } else if (node->place >= 0) {
    value(node->place, scalar);
  }
  leaf_ = nullptr;
}

void PathReader::begin(bool object) {
  if (skipped_ > 0) {
    ++skipped_;
    return;
  }
  const auto* node = take();
  if (node && (object ? node->is_object() : node->is_array())) {
    frames_.push_back({node, object, static_cast<std::uint64_t>(-1), 0});
    if (node->place >= 0) enter(node->place);
    return;
  }
  skipped_ = 1;
  if (!node) return;
  leaf_ = node;
  wrong_shape(node->place,
              node->is_object()  ? "an object"
              : node->is_array() ? "an array"
                                 : "a single value",
              nullptr);
  leaf_ = nullptr;
}

void PathReader::end() {
  if (skipped_ > 0) {
    --skipped_;
    return;
  }
  const auto place = frames_.back().node->place;
  if (place >= 0) leave(place);
  frames_.pop_back();
}

std::string PathReader::path() const {
  std::string out;
  const auto append = [&out](const PathTable::Node* node, const Frame* parent) {
    out += '/';
    out += parent && !parent->object ? std::to_string(parent->index) : node->name;
  };
  for (std::size_t i = 1; i < frames_.size(); ++i) append(frames_[i].node, &frames_[i - 1]);
  if (leaf_ && !frames_.empty()) append(leaf_, &frames_.back());
  return out;
}

}  // namespace kolega::ingest
