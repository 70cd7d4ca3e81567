#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <triptych/error.h>

#include "triptych/core/paths.h"

namespace triptych::core {

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  refuse_what_is_no_file();
  temporary_ = path_;
  temporary_ += ".tmp-" + std::to_string(getpid());
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail("cannot be created");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

// A file renamed over a device or a pipe would take its place.
void AtomicFile::refuse_what_is_no_file() const {
  std::error_code error;
  const auto status = std::filesystem::status(path_, error);
  if (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status)) return;
  throw Error("core.002", path_.string(),
              std::filesystem::is_directory(status) ? "is a folder" : "is not a regular file",
              "Name a file.");
}

void AtomicFile::fail(const std::string& what) const {
  const int cause = errno;
  const char* remedy = cause == ENOSPC || cause == EDQUOT
                           ? "Free some space on that disk, or choose another folder."
                           : "Check that the folder exists and may be written to.";
  throw Error("core.002", path_.string(), what + ": " + std::strerror(cause), remedy);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::write(std::string_view bytes) { write(std::as_bytes(std::span(bytes))); }

void AtomicFile::commit() {
  if (fsync(descriptor_) != 0) fail("cannot be written");
  if (rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot be replaced");
  close(std::exchange(descriptor_, -1));
  const auto folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
  const int folder_descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_descriptor < 0) return;  // the file is in place; only the sync of its name is skipped
  fsync(folder_descriptor);
  close(folder_descriptor);
}

void write_atomically(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

}  // namespace triptych::core
