#include "model/finding_set.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error.hpp"

namespace kolega {

namespace {

bool same_list(TextList a, TextList b) {
  return a.data() == b.data() && a.size() == b.size();
}

std::uint32_t small(std::size_t number) {
  if (number >= std::numeric_limits<std::uint32_t>::max()) throw Error(ErrorKind::input, "more findings than can be kept");
  return static_cast<std::uint32_t>(number);
}

}  // namespace

/// By place, not by text: names are interned, and others are only kept twice.
bool FindingRows::Kind::operator==(const Kind& other) const noexcept {
  return check_id.place() == other.check_id.place() && severity_word.place() == other.severity_word.place() &&
         repository.place() == other.repository.place() && same_list(cwe, other.cwe) && same_list(owasp, other.owasp) &&
         batch == other.batch && scan_type == other.scan_type;
}

std::uint64_t FindingRows::Kind::hash() const noexcept {
  std::uint64_t out = batch;
  const void* const parts[]{check_id.place(), severity_word.place(), repository.place(), cwe.data(), owasp.data()};
  for (const auto* part : parts) out = (out ^ reinterpret_cast<std::uintptr_t>(part)) * 0x9E3779B97F4A7C15ULL;
  return out >> 32U;
}

/// Where the index of `kind` stands, or comes to stand: in one of the next few slots, else it takes the first of them.
std::uint32_t& FindingRows::slot_of(const Kind& kind) {
  constexpr std::size_t longest_way = 8;
  const auto first = kind.hash();
  const auto at = [&](std::size_t step) -> std::uint32_t& { return slots_[(first + step) % slots_.size()]; };
  for (std::size_t step = 0; step < longest_way; ++step) {
    if (at(step) == 0 || kinds_[at(step) - 1] == kind) return at(step);
  }
  return at(0);
}

void FindingRows::grow_slots() {
  constexpr std::size_t first_size = 64;
  slots_.assign(std::min(most_slots, std::max(first_size, kinds_.size() * 8)), 0);
  for (std::size_t i = 0; i < kinds_.size(); ++i) slot_of(kinds_[i]) = static_cast<std::uint32_t>(i + 1);
}

std::uint32_t FindingRows::index_of(const Kind& kind) {
  if (kinds_.size() >= slots_.size() / 4 && slots_.size() < most_slots) grow_slots();
  auto& slot = slot_of(kind);
  if (slot != 0 && kinds_[slot - 1] == kind) return slot - 1;
  const auto index = small(kinds_.size());
  kinds_.push_back(kind);
  slot = index + 1;
  return index;
}

FindingRows::Row FindingRows::pack(const Finding& finding, std::uint32_t extra) {
  Row row;
  row.fingerprint = Packed<Fingerprint>(finding.fingerprint);
  row.path = Packed<Text>(finding.path);
  row.message = Packed<Text>(finding.message);
  row.line = finding.line;
  row.kind = index_of({finding.check_id, finding.severity_word, finding.repository, finding.cwe, finding.owasp,
                       finding.batch, finding.scan_type});
  const bool near = finding.end_line >= finding.line && finding.end_line - finding.line < most_lines - 1U;
  if (finding.end_line > 0) row.lines = near ? static_cast<std::uint16_t>(finding.end_line - finding.line + 1) : most_lines;
  const bool plain = !finding.details && finding.line_hash.empty() && row.lines != most_lines && finding.twin_group == 0 &&
                     !finding.line_assigned;
  if (plain) return row;
  const Extra more{finding.details, finding.line_hash, finding.end_line, finding.twin_group, finding.line_assigned};
  if (extra > 0) {
    extras_[extra - 1] = more;
  } else {
    extras_.push_back(more);
    extra = small(extras_.size());
  }
  row.extra = extra;
  return row;
}

const Finding FindingRows::unpack(const Row& row) const {  // NOLINT(readability-const-return-type)
  const auto& kind = kinds_[row.kind];
  const auto& more = extra(row);
  Finding out;
  out.fingerprint = row.fingerprint.get();
  out.check_id = kind.check_id;
  out.path = row.path.get();
  out.message = row.message.get();
  out.severity_word = kind.severity_word;
  out.repository = kind.repository;
  out.cwe = kind.cwe;
  out.owasp = kind.owasp;
  out.line_hash = more.line_hash;
  out.details = more.details;
  out.line = row.line;
  if (row.lines > 0) out.end_line = row.lines == most_lines ? more.end_line : row.line + row.lines - 1U;
  out.twin_group = more.twin_group;
  out.batch = kind.batch;
  out.scan_type = kind.scan_type;
  out.line_assigned = more.line_assigned;
  return out;
}

void FindingRows::set_scan_type(ScanType type) {
  for (std::size_t i = 0; i < kinds_.size(); ++i) kinds_[i].scan_type = type;
  slots_.clear();
}

void FindingRows::append(const FindingRows& other) {
  const auto first_kind = small(kinds_.size());
  const auto first_extra = small(extras_.size());
  kinds_.append(other.kinds_);
  extras_.append(other.extras_);
  const auto count = other.size();  // it may be this one
  for (std::size_t i = 0; i < count; ++i) {
    auto row = other.rows_[i];
    row.kind += first_kind;
    if (row.extra > 0) row.extra += first_extra;
    rows_.push_back(row);
  }
}

void FindingRows::append(FindingRows&& other) {
  if (empty()) {
    *this = std::exchange(other, FindingRows{});
    return;
  }
  append(std::as_const(other));
  other.clear();
}

void FindingRows::clear() {
  rows_.clear();
  kinds_.clear();
  extras_.clear();
  slots_.clear();
}

}  // namespace kolega
