// What SECURITY.md says of the released file, read from the file: static, position independent, full RELRO,
// no executable stack, no segment that is writable and executable, stripped. A build that is linked against
// shared libraries keeps only what holds for every build.
#include <doctest/doctest.h>
#include <elf.h>

#include <cstring>
#include <vector>

#include "support/files.hpp"
#include "support/places.hpp"

using namespace kolega;

namespace {

class Elf {
 public:
  explicit Elf(const std::string& path) : bytes_(test::slurp(path)) {
    REQUIRE(bytes_.size() > sizeof(Elf64_Ehdr));
    header_ = at<Elf64_Ehdr>(0);
    REQUIRE(std::memcmp(header_.e_ident, ELFMAG, SELFMAG) == 0);
    for (std::size_t i = 0; i < header_.e_phnum; ++i) {
      segments_.push_back(at<Elf64_Phdr>(header_.e_phoff + i * header_.e_phentsize));
    }
  }

  const Elf64_Ehdr& header() const { return header_; }
  const std::vector<Elf64_Phdr>& segments() const { return segments_; }

  const Elf64_Phdr* find(std::uint32_t type) const {
    for (const auto& segment : segments_) {
      if (segment.p_type == type) return &segment;
    }
    return nullptr;
  }

  std::vector<Elf64_Dyn> dynamic() const {
    std::vector<Elf64_Dyn> entries;
    const auto* segment = find(PT_DYNAMIC);
    if (!segment) return entries;
    for (std::size_t at = 0; at < segment->p_filesz; at += sizeof(Elf64_Dyn)) {
      entries.push_back(this->at<Elf64_Dyn>(segment->p_offset + at));
    }
    return entries;
  }

  bool has_section(std::uint32_t type) const {
    for (std::size_t i = 0; i < header_.e_shnum; ++i) {
      if (at<Elf64_Shdr>(header_.e_shoff + i * header_.e_shentsize).sh_type == type) return true;
    }
    return false;
  }

 private:
  template <class T>
  T at(std::size_t offset) const {
    T value;
    REQUIRE(offset + sizeof value <= bytes_.size());
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  std::string bytes_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Phdr> segments_{};
};

std::uint64_t flags_of(const Elf& elf, std::int64_t tag) {
  for (const auto& entry : elf.dynamic()) {
    if (entry.d_tag == tag) return entry.d_un.d_val;
  }
  return 0;
}

}  // namespace

TEST_CASE("the program is position independent, with a stack and data that cannot be executed") {
  const Elf elf(test::binary());
  CHECK(elf.header().e_type == ET_DYN);
  const auto* stack = elf.find(PT_GNU_STACK);
  REQUIRE(stack);
  CHECK((stack->p_flags & PF_X) == 0U);
  for (const auto& segment : elf.segments()) {
    if (segment.p_type != PT_LOAD) continue;
    CHECK((segment.p_flags & (PF_W | PF_X)) != (PF_W | PF_X));
  }
}

TEST_CASE(
    "the released program needs no library, is bound at once and read-only after, and holds no symbols") {
  const Elf elf(test::binary());
  if (elf.find(PT_INTERP)) {
    MESSAGE("skipped: this build is linked against shared libraries");
    return;
  }
  for (const auto& entry : elf.dynamic()) CHECK(entry.d_tag != DT_NEEDED);
  CHECK(elf.find(PT_GNU_RELRO));
  CHECK((flags_of(elf, DT_FLAGS) & DF_BIND_NOW) != 0U);
  CHECK((flags_of(elf, DT_FLAGS_1) & DF_1_PIE) != 0U);
  CHECK_FALSE(elf.has_section(SHT_SYMTAB));
}
