#include "cache_file.h"

#include <c10/core/ScalarType.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "triptych/core/hash.h"

namespace triptych::data {

namespace {

/// Before the values of each file, padded to one page. Little-endian, as the machines that map it.
struct Header {
  std::array<char, 8> magic{'T', 'R', 'P', 'S', 'M', 'P', 'L', '1'};
  std::int64_t count = 0;
  std::int64_t type = 0;  ///< c10::ScalarType
  std::int64_t num_sizes = 0;
  std::array<std::int64_t, 4> sizes{};
  std::array<std::uint8_t, 32> checksum{};  ///< SHA-256 of the values
};
constexpr std::int64_t kHeaderBytes = 4096;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::array<std::uint8_t, 32> checksum(const char* values, std::int64_t bytes) {
  core::Sha256 hash;
  hash.update(std::string_view(values, static_cast<std::size_t>(bytes)));
  return hash.finish();
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

}  // namespace

std::int64_t ArrayShape::sample_bytes() const {
  std::int64_t bytes = static_cast<std::int64_t>(c10::elementSize(type));
  for (const auto size : sizes) bytes *= size;
  return bytes;
}

Mapping::Mapping(std::int64_t bytes)
    : address_(::mmap(nullptr, static_cast<std::size_t>(bytes), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)),
      bytes_(static_cast<std::size_t>(bytes)) {
  if (address_ == MAP_FAILED) fail("mmap");
}

Mapping::Mapping(int descriptor, std::int64_t bytes, bool is_writable)
    : address_(::mmap(nullptr, static_cast<std::size_t>(bytes),
                      is_writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, descriptor, 0)),
      bytes_(static_cast<std::size_t>(bytes)) {
  if (address_ == MAP_FAILED) fail("mmap");
}

Mapping::~Mapping() { ::munmap(address_, bytes_); }

CacheArray memory_array(const ArrayShape& shape) {
  auto mapping = std::make_shared<Mapping>(std::max<std::int64_t>(shape.bytes(), 1));
  return {shape, mapping, mapping->data()};
}

CacheFile::CacheFile(std::filesystem::path path, const ArrayShape& shape)
    : path_(std::move(path)),
      temporary_(path_.string() + "." + std::to_string(::getpid()) + ".tmp") {
  descriptor_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail("cannot create " + temporary_.string());
  try {
    const std::int64_t bytes = kHeaderBytes + shape.bytes();
    // Reserves the space now: writing to a mapped file on a full disk would end the program.
    errno = ::posix_fallocate(descriptor_, 0, bytes);
    if (errno != 0)
      fail("cannot reserve " + std::to_string(bytes) + " bytes for " + temporary_.string());
    auto mapping = std::make_shared<Mapping>(descriptor_, bytes, /*is_writable=*/true);
    array_ = {shape, mapping, mapping->data() + kHeaderBytes};
  } catch (...) {
    ::close(descriptor_);
    ::unlink(temporary_.c_str());
    throw;
  }
}

CacheFile::~CacheFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void CacheFile::commit() {
  Header header;
  header.count = array_.shape.count;
  header.type = static_cast<std::int64_t>(array_.shape.type);
  header.num_sizes = static_cast<std::int64_t>(array_.shape.sizes.size());
  std::copy(array_.shape.sizes.begin(), array_.shape.sizes.end(), header.sizes.begin());
  header.checksum = checksum(array_.values, array_.shape.bytes());
  std::memcpy(array_.mapping->data(), &header, sizeof header);
  if (::fsync(descriptor_) != 0) fail("cannot write " + temporary_.string());
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot rename to " + path_.string());
  ::close(descriptor_);
  descriptor_ = -1;
}

std::optional<CacheArray> open_cache_file(const std::filesystem::path& path, std::string& damage) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) {
    if (errno != ENOENT && errno != ENOTDIR) damage = std::strerror(errno);
    return std::nullopt;
  }
  struct stat status {};
  if (::fstat(file.number(), &status) != 0 || status.st_size < kHeaderBytes) {
    damage = "it is cut off";
    return std::nullopt;
  }
  auto mapping = std::make_shared<Mapping>(file.number(), status.st_size, /*is_writable=*/false);
  Header header;
  std::memcpy(&header, mapping->data(), sizeof header);
  const bool is_known = header.magic == Header{}.magic && header.num_sizes >= 0 &&
                        header.num_sizes <= 4 && header.type >= 0 &&
                        header.type <= static_cast<std::int64_t>(c10::ScalarType::Float);
  if (!is_known) {
    damage = "it has no valid header";
    return std::nullopt;
  }
  ArrayShape shape{header.count,
                   static_cast<c10::ScalarType>(header.type),
                   {header.sizes.begin(), header.sizes.begin() + header.num_sizes}};
  if (status.st_size != kHeaderBytes + shape.bytes()) {
    damage = "it is cut off";
    return std::nullopt;
  }
  CacheArray array{shape, mapping, mapping->data() + kHeaderBytes};
  if (checksum(array.values, shape.bytes()) != header.checksum) {
    damage = "its checksum does not fit";
    return std::nullopt;
  }
  return array;
}

}  // namespace triptych::data
