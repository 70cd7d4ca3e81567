#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include <triptych/error.h>

#include "safetensors_header.h"
#include "triptych/train/safetensors.h"

namespace triptych::train {
namespace {

/// A private mapping of a whole file.
class Mapping {
 public:
  explicit Mapping(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat facts {};
    if (descriptor < 0 || ::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
      const std::string why = descriptor >= 0 && errno == 0 ? "no file" : std::strerror(errno);
      if (descriptor >= 0) ::close(descriptor);
      fail(path, S_ISDIR(facts.st_mode) ? "it is a folder" : why);
    }
    size_ = static_cast<std::size_t>(facts.st_size);
    if (size_ > 0) {
      // Private and writable: in-place operations on a tensor must not fault nor reach the file.
      void* at = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0);
      const int error = errno;
      ::close(descriptor);
      if (at == MAP_FAILED) fail(path, std::strerror(error));
      begin_ = static_cast<char*>(at);
    } else {
      ::close(descriptor);
    }
  }
  ~Mapping() {
    if (begin_ != nullptr) ::munmap(begin_, size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  [[nodiscard]] char* begin() const { return begin_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  [[noreturn]] static void fail(const std::filesystem::path& path, const std::string& why) {
    throw Error("train.001", path.string(), "cannot be read: " + why,
                "Check the path and its permissions.");
  }

  char* begin_ = nullptr;
  std::size_t size_ = 0;
};

std::uint64_t header_length(const Mapping& mapping, const std::string& file) {
  std::uint64_t length = 0;
  if (mapping.size() >= 8) {
    for (int i = 7; i >= 0; --i) {
      length = (length << 8) | static_cast<unsigned char>(mapping.begin()[i]);
    }
  }
  if (mapping.size() < 8 || length > kMaxHeaderBytes || length > mapping.size() - 8) {
    throw Error("train.002", file,
                "is not a safetensors file: it is shorter than its header or begins otherwise",
                "Check that the file is complete.");
  }
  return length;
}

at::Tensor view(const std::shared_ptr<Mapping>& mapping, char* data, const TensorEntry& entry) {
  const auto options = at::TensorOptions().dtype(entry.type);
  if (entry.begin == entry.end) return at::empty(entry.shape, options);
  char* first = data + entry.begin;
  if (reinterpret_cast<std::uintptr_t>(first) % c10::elementSize(entry.type) != 0) {
    at::Tensor aligned = at::empty(entry.shape, options);  // other writers need not pad the header
    std::memcpy(aligned.mutable_data_ptr(), first, entry.end - entry.begin);
    return aligned;
  }
  return at::from_blob(
      first, entry.shape, [mapping](void*) {}, options);
}

}  // namespace

TensorFile read_safetensors(const std::filesystem::path& path) {
  errno = 0;
  const auto mapping = std::make_shared<Mapping>(path);
  const std::uint64_t length = header_length(*mapping, path.string());
  const std::string_view json(mapping->begin() + 8, length);
  TensorHeader header = parse_header(path.string(), json, mapping->size() - 8 - length);
  TensorFile file{.tensors = {}, .metadata = std::move(header.metadata)};
  for (const TensorEntry& entry : header.entries) {
    file.tensors.emplace(entry.name, view(mapping, mapping->begin() + 8 + length, entry));
  }
  return file;
}

}  // namespace triptych::train
