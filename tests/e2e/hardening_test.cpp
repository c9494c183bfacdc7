// What SECURITY.md says of the released file, read from the file: static, position independent, full RELRO,
// no executable stack, no segment that is writable and executable, stripped, compiled with the checks of the
// compiler and the C library, silent about the machine that built it. A build that is linked against shared
// libraries keeps only what holds for every build.
#include <doctest/doctest.h>
#include <elf.h>

#include <cstdlib>
#include <cstring>
#include <string_view>
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

  /// The file holds this text, or these bytes, somewhere.
  bool holds(std::string_view text) const { return bytes_.find(text) != std::string::npos; }
  const std::string& bytes() const { return bytes_; }

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
    // Code and headers that are read-only are not in one segment with data that is written.
    CHECK((segment.p_flags & PF_R) != 0U);
  }
}

TEST_CASE("the program looks for no library beside itself, and says nothing of where it was built") {
  const Elf elf(test::binary());
  for (const auto tag : {DT_RPATH, DT_RUNPATH, DT_TEXTREL}) {
    for (const auto& entry : elf.dynamic()) CHECK(entry.d_tag != tag);
  }
  CHECK((flags_of(elf, DT_FLAGS) & DF_TEXTREL) == 0U);
  if (elf.find(PT_INTERP)) return;  // debug information names files
  CHECK_FALSE(elf.holds(test::source_directory()));
  const auto* const home = std::getenv("HOME");
  for (const std::string place : {"/home/", "/root/", "/builds/", "/__w/", "/tmp/ccache"}) {
    CAPTURE(place);
    CHECK_FALSE(elf.holds(place));
  }
  if (home && std::string_view(home).size() > 5) CHECK_FALSE(elf.holds(home));
  const auto* const user = std::getenv("USER");
  if (user && *user) CHECK_FALSE(elf.holds("/" + std::string(user) + "/"));
}

TEST_CASE("the program is compiled with checks of stack and buffers") {
  // These tests are compiled with the flags of the program (kolega_flags), so the compiler's own macros tell.
#if !defined(__SANITIZE_ADDRESS__)
#ifdef __SSP_STRONG__
  constexpr bool stack_protected = true;
#else
  constexpr bool stack_protected = false;
#endif
  CHECK(stack_protected);
#endif
  const Elf elf(test::binary());
  if (elf.find(PT_INTERP)) {
    MESSAGE("skipped: this build is linked against shared libraries");
    return;
  }
#if defined(_FORTIFY_SOURCE) && _FORTIFY_SOURCE >= 2
  constexpr bool checked = true;
#else
  constexpr bool checked = false;
#endif
  CHECK(checked);
  CHECK(elf.holds("stack smashing detected"));
  CHECK(elf.holds("buffer overflow detected"));
#ifdef __x86_64__
#ifdef __CET__
  constexpr bool marked = true;
#else
  constexpr bool marked = false;
#endif
  CHECK(marked);
  // endbr64 at the entry of every function of ours that an address may be taken of: thousands.
  std::size_t marks = 0;
  const std::string_view endbr64("\xF3\x0F\x1E\xFA", 4);
  for (std::size_t at = 0; (at = elf.bytes().find(endbr64, at)) != std::string::npos; at += 4) ++marks;
  CHECK(marks > 5000);
  // orq $0x0,(%rsp) at each page of a large frame: -fstack-clash-protection.
  CHECK(elf.holds(std::string_view("\x48\x83\x0C\x24\x00", 5)));
#endif
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
  CHECK_FALSE(elf.holds(std::string_view("\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0", 16)));  // no build id
}
