// A list that grows without moving what it holds: where a vector has old and new room at once, this takes one chunk
// more. Not for: what is inserted or taken out in the middle.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace kolega {

template <class T, std::size_t chunk_size>
class Chunked {
  static_assert(std::is_trivially_copyable_v<T>);
  static_assert((chunk_size & (chunk_size - 1)) == 0, "an index is split by shifting");

 public:
  Chunked() = default;
  ~Chunked() = default;
  Chunked(Chunked&& other) noexcept : chunks_(std::move(other.chunks_)), size_(std::exchange(other.size_, 0)) {}
  Chunked& operator=(Chunked&& other) noexcept {
    chunks_ = std::move(other.chunks_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  Chunked(const Chunked& other) { append(other); }
  Chunked& operator=(const Chunked& other) {
    if (this == &other) return *this;
    clear();
    append(other);
    return *this;
  }

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const T& operator[](std::size_t index) const { return (*chunks_[index / chunk_size])[index % chunk_size]; }
  T& operator[](std::size_t index) { return (*chunks_[index / chunk_size])[index % chunk_size]; }

  void push_back(const T& value) {
    if (size_ == chunks_.size() * chunk_size) chunks_.push_back(std::make_unique_for_overwrite<Chunk>());
    (*this)[size_++] = value;
  }
  void append(const Chunked& other) {
    const auto count = other.size();  // it may be this one
    for (std::size_t i = 0; i < count; ++i) push_back(other[i]);
  }
  /// Drops the end.
  void cut(std::size_t size) {
    size_ = std::min(size_, size);
    chunks_.resize((size_ + chunk_size - 1) / chunk_size);
  }
  void clear() { cut(0); }

 private:
  using Chunk = std::array<T, chunk_size>;
  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::size_t size_{};
};

}  // namespace kolega
