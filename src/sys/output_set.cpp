#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <ostream>
#include <streambuf>

#include "base/text.hpp"
#include "sys/descriptor.hpp"
#include "sys/files.hpp"

namespace kolega::sys {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, const std::string& why, std::string hint = {}) {
  throw Error(ErrorKind::output, "cannot write " + printable(path) + ": " + why, std::move(hint));
}

/// Writes to a descriptor and throws Error(output) with the system's reason at once, so that a full disk is
/// known at the write and cannot be overlooked.
class DescriptorBuffer : public std::streambuf {
 public:
  DescriptorBuffer(Descriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  int descriptor() const { return file_.get(); }
  /// Nothing more is written.
  void finish() {
    drain();
    setp(nullptr, nullptr);
    buffer_.reset();
  }

 protected:
  int_type overflow(int_type c) override {
    drain();
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    // Made when it is needed and not cleared: a small file touches a part of it.
    if (!buffer_) {
      buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
      empty();
    }
    return sputc(traits_type::to_char_type(c));
  }
  /// What comes in one large piece goes out as it is: who gathers by himself needs no second buffer.
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    if (count < large_piece) return std::streambuf::xsputn(text, count);
    drain();
    write_all(text, static_cast<std::size_t>(count));
    return count;
  }
  int sync() override {
    drain();
    return 0;
  }

 private:
  void empty() { setp(buffer_.get(), buffer_.get() + buffer_size); }
  void drain() {
    if (!buffer_) return;
    const auto size = static_cast<std::size_t>(pptr() - pbase());
    empty();
    write_all(buffer_.get(), size);
  }
  void write_all(const char* text, std::size_t size) {
    while (size > 0) {
      const auto written = ::write(file_.get(), text, size);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(path_, reason(errno));
      text += written;
      size -= static_cast<std::size_t>(written);
    }
  }

  Descriptor file_;
  std::string path_;
  static constexpr std::size_t buffer_size = 64UL * 1024;
  static constexpr std::streamsize large_piece = 4L * 1024;
  std::unique_ptr<char[]> buffer_{};
};

std::string random_name() {
  std::array<unsigned char, 8> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw Error(ErrorKind::output, "cannot make a temporary file: " + reason(errno));
  }
  constexpr std::string_view digits = "0123456789abcdef";
  std::string name = ".kolega-gate-";
  for (const auto byte : bytes) {
    name += digits[byte >> 4U];
    name += digits[byte & 15U];
  }
  return name + ".tmp";
}

struct Target {
  std::string directory{};
  std::string name{};
};

Target split_target(const std::string& path) {
  if (path.empty()) fail(path, "the file name is empty");
  const auto slash = path.rfind('/');
  Target out;
  out.directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  out.name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (out.name.empty() || out.name == "." || out.name == "..") fail(path, "it is a directory");
  return out;
}

/// /dev/stdout is a symbolic link in a directory that root may write: renaming over it would break the
/// machine.
bool is_system_directory(const std::string& directory) {
  std::error_code ignored;
  const auto real = fs::canonical(directory, ignored).string() + "/";
  return std::ranges::any_of(std::array<std::string_view, 3>{"/dev/", "/proc/", "/sys/"}, [&](auto root) {
    return real.starts_with(root) && !real.starts_with("/dev/shm/");
  });
}

bool is_within(const fs::path& path, const fs::path& tree) {
  const auto prefix = tree == "/" ? std::string("/") : tree.string() + "/";
  return path == tree || path.string().starts_with(prefix);
}

/// The first link on the way that lies in the working directory's tree and leads out of it: in CI that tree is
/// what a merge request says. Links elsewhere, and such that stay inside, belong to who set up the machine.
std::optional<std::string> find_link_out(const std::string& directory) {
  std::error_code failed;
  const auto tree = fs::canonical(".", failed);
  if (failed) return std::nullopt;
  fs::path here = directory.starts_with('/') ? fs::path("/") : tree;
  for (const auto& part : fs::path(directory).relative_path()) {
    if (part.empty() || part == ".") continue;
    auto next = part == ".." ? here.parent_path() : here / part;
    if (part != ".." && fs::is_symlink(fs::symlink_status(next, failed))) {
      const auto real = fs::canonical(next, failed);
      if (failed) return std::nullopt;  // opening it says why
      if (is_within(next, tree) && !is_within(real, tree)) return next.string();
      next = real;
    }
    here = next;
  }
  return std::nullopt;
}

void check_directory(const std::string& path, const std::string& directory) {
  if (is_system_directory(directory)) fail(path, "it is no regular file", "use - for standard output");
  if (const auto link = find_link_out(directory)) {
    fail(path, "the link " + printable(*link) + " leads out of the directory that this was started in",
         "name the directory itself if it is meant, or take the link away");
  }
}

/// What stands there is a file or a link; anything else was never a report.
void remove_stale(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto directory = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
  if (is_system_directory(directory) || find_link_out(directory)) return;
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) == 0 && (S_ISREG(facts.st_mode) || S_ISLNK(facts.st_mode)))
    ::unlink(path.c_str());
}

void check_existing(const std::string& path, int directory, const std::string& name) {
  struct stat facts {};
  if (::fstatat(directory, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return;
    fail(path, reason(errno));
  }
  if (S_ISDIR(facts.st_mode)) fail(path, "it is a directory", "name a file inside it");
  if (!S_ISREG(facts.st_mode) && !S_ISLNK(facts.st_mode)) {
    fail(path, "it is no regular file", "name a regular file, or - for standard output");
  }
}

}  // namespace

struct OutputDirectory::State {
  std::string path{};     ///< ends with a slash
  Descriptor handle{};
  dev_t device{};
  ino_t inode{};
  bool has_unnamed{true};  ///< /proc is there to give files without a name theirs
};

/// `target` is what is said where it cannot be opened.
OutputDirectory::OutputDirectory(std::string path, const std::string& target) {
  check_directory(target, path);
  auto state = std::make_shared<State>();
  state->handle = Descriptor(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!state->handle) {
    const int error_number = errno;
    fail(target, reason(error_number),
         error_number == ENOENT ? "create the directory " + printable(path) + " first" : "");
  }
  struct stat facts {};
  if (::fstat(state->handle.get(), &facts) != 0) fail(target, reason(errno));
  state->path = std::move(path);
  state->device = facts.st_dev;
  state->inode = facts.st_ino;
  state->has_unnamed = ::access("/proc/self/fd", X_OK) == 0;
  state_ = std::move(state);
}

OutputDirectory::OutputDirectory(const std::string& path) : OutputDirectory(path + "/", path) {}

struct OutputSet::State {
  using Directory = std::shared_ptr<const OutputDirectory::State>;
  struct File {
    std::string path;
    std::string name;
    std::size_t directory{};
    bool apart{};           ///< it may appear before the others do
    std::string temporary;  ///< empty while the file has no name (O_TMPFILE) and after the rename
    std::unique_ptr<DescriptorBuffer> buffer;
    std::unique_ptr<std::ostream> stream;
  };
  Stale stale{};
  std::vector<std::string> expected;  ///< targets that a stale report may stand in the place of
  std::vector<Directory> directories;
  std::vector<File> files;

  State() = default;
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  int handle_of(const File& file) const { return directories[file.directory]->handle.get(); }
  std::optional<std::size_t> find(const Directory& directory) const;
  std::size_t adopt(const Directory& directory);
  std::ostream& open(File file, const Directory& directory);
  void require_new(const File& file, std::size_t directory) const;
  void open_temporary(File& file);
  void name_temporary(File& file);
  void rename_all();
  void sync_directories();
};

OutputSet::State::~State() {
  for (const auto& file : files) {
    if (!file.temporary.empty()) ::unlinkat(handle_of(file), file.temporary.c_str(), 0);
  }
  if (stale == Stale::kept) return;
  for (const auto& path : expected) remove_stale(path);
}

std::optional<std::size_t> OutputSet::State::find(const Directory& directory) const {
  for (std::size_t i = 0; i < directories.size(); ++i) {
    if (directories[i]->device == directory->device && directories[i]->inode == directory->inode) return i;
  }
  return std::nullopt;
}

/// One handle a directory, whatever it was called: so the same file under two spellings is seen.
std::size_t OutputSet::State::adopt(const Directory& directory) {
  if (const auto known = find(directory)) return *known;
  directories.push_back(directory);
  return directories.size() - 1;
}

void OutputSet::State::require_new(const File& file, std::size_t directory) const {
  for (const auto& other : files) {
    if (other.directory == directory && other.name == file.name)
      fail(file.path, "it is named twice", "give every output a file of its own");
  }
}

/// A file without a name leaves nothing behind even when the process is killed. Where the file system has no
/// such files, or /proc (which gives them their name later) is not there, a hidden name beside the target is
/// used.
void OutputSet::State::open_temporary(File& file) {
  const int directory = handle_of(file);
  Descriptor made;
  if (directories[file.directory]->has_unnamed) {
    made = Descriptor(::openat(directory, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644));
  }
  if (!made) {
    file.temporary = random_name();
    made = Descriptor(::openat(directory, file.temporary.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!made) {
      const int error_number = errno;
      file.temporary.clear();
      fail(file.path, reason(error_number));
    }
  }
  file.buffer = std::make_unique<DescriptorBuffer>(std::move(made), file.path);
  file.stream = std::make_unique<std::ostream>(file.buffer.get());
  file.stream->exceptions(std::ios::badbit);  // lets the buffer's own Error through
}

/// What appears by itself and replaces nothing gets its own name at once; all else a hidden one, until all have one.
void OutputSet::State::name_temporary(File& file) {
  if (!file.temporary.empty()) return;
  const auto source = "/proc/self/fd/" + std::to_string(file.buffer->descriptor());
  const auto link = [&](const std::string& name) {
    return ::linkat(AT_FDCWD, source.c_str(), handle_of(file), name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  };
  if (file.apart) {
    if (link(file.name)) return;
    check_existing(file.path, handle_of(file), file.name);
  }
  auto name = random_name();
  if (!link(name)) fail(file.path, reason(errno));
  file.temporary = std::move(name);
}

void OutputSet::State::rename_all() {
  std::string done;
  for (auto& file : files) {
    const int directory = handle_of(file);
    if (!file.temporary.empty() && ::renameat(directory, file.temporary.c_str(), directory, file.name.c_str()) != 0) {
      const auto why = reason(errno);
      fail(file.path, why, done.empty() ? "" : "already replaced: " + done);
    }
    file.temporary.clear();
    done += (done.empty() ? "" : ", ") + printable(file.path);
  }
}

/// Makes the renames last over a power cut. Some file systems refuse it; the files are in place all the same.
void OutputSet::State::sync_directories() {
  for (const auto& directory : directories) {
    const Descriptor readable(::openat(directory->handle.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (readable) ::fsync(readable.get());
  }
}

OutputSet::OutputSet(Stale stale) : state_(std::make_unique<State>()) {
  state_->stale = stale;
}

OutputSet::OutputSet(OutputSet&& other) noexcept = default;
OutputSet& OutputSet::operator=(OutputSet&& other) noexcept = default;

OutputSet::~OutputSet() = default;

void OutputSet::expect(const std::string& path) {
  state_->expected.push_back(path);
}

std::ostream& OutputSet::State::open(File file, const Directory& directory) {
  file.directory = adopt(directory);
  require_new(file, file.directory);
  if (!file.apart) check_existing(file.path, handle_of(file), file.name);
  open_temporary(file);
  files.push_back(std::move(file));
  return *files.back().stream;
}

std::ostream& OutputSet::open(const std::string& path) {
  auto target = split_target(path);
  const OutputDirectory directory(std::move(target.directory), path);
  State::File file;
  file.path = path;
  file.name = std::move(target.name);
  return state_->open(std::move(file), directory.state_);
}

std::ostream& OutputSet::open(const OutputDirectory& directory, const std::string& name) {
  State::File file;
  file.path = directory.state_->path + name;
  file.name = split_target(file.path).name;
  if (file.name != name) fail(file.path, "its name is none of a file in " + printable(directory.state_->path));
  file.apart = true;
  return state_->open(std::move(file), directory.state_);
}

/// What may fail comes first: until then both sets are whole.
void OutputSet::take(OutputSet other) {
  auto& theirs = *other.state_;
  for (auto& file : theirs.files) {
    file.buffer->finish();
    if (const auto known = state_->find(theirs.directories[file.directory])) state_->require_new(file, *known);
  }
  state_->files.reserve(state_->files.size() + theirs.files.size());
  state_->directories.reserve(state_->directories.size() + theirs.directories.size());
  for (auto& file : theirs.files) {
    file.directory = state_->adopt(theirs.directories[file.directory]);
    state_->files.push_back(std::move(file));
  }
  theirs.files.clear();
}

void OutputSet::commit() {
  for (auto& file : state_->files) {
    file.stream->flush();
    if (::fsync(file.buffer->descriptor()) != 0) fail(file.path, reason(errno));
  }
  for (auto& file : state_->files) state_->name_temporary(file);
  state_->rename_all();
  state_->sync_directories();
  state_->files.clear();
  state_->expected.clear();
}

void write_file(const std::string& path, std::string_view text) {
  OutputSet set;
  set.open(path) << text;
  set.commit();
}

}  // namespace kolega::sys
