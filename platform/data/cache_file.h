#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace triptych::data {

/// Shape of one array of the sample cache: `count` samples of `sizes` values.
struct ArrayShape {
  std::int64_t count = 0;
  c10::ScalarType type = c10::ScalarType::Byte;
  std::vector<std::int64_t> sizes;
  bool operator==(const ArrayShape&) const = default;
  [[nodiscard]] std::int64_t sample_bytes() const;
  [[nodiscard]] std::int64_t bytes() const { return count * sample_bytes(); }
};

/// A piece of memory: anonymous, or a mapped file. Unmapped at the end.
class Mapping {
 public:
  /// Anonymous memory.
  explicit Mapping(std::int64_t bytes);
  /// `bytes` of an open file from its start. Throws std::system_error.
  Mapping(int descriptor, std::int64_t bytes, bool is_writable);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  [[nodiscard]] char* data() const { return static_cast<char*>(address_); }

 private:
  void* address_;
  std::size_t bytes_;
};

/// One array in memory. `values` lie behind a header in mapped files.
struct CacheArray {
  ArrayShape shape;
  std::shared_ptr<Mapping> mapping;
  char* values = nullptr;
};

/// An array of zeros in memory.
[[nodiscard]] CacheArray memory_array(const ArrayShape& shape);

/// A file under way: written as "<path>.<pid>.tmp", its space reserved, mapped; `commit` adds the
/// checksum, syncs and renames it. Without commit it is removed. Throws std::system_error.
class CacheFile {
 public:
  CacheFile(std::filesystem::path path, const ArrayShape& shape);
  ~CacheFile();
  CacheFile(const CacheFile&) = delete;
  CacheFile& operator=(const CacheFile&) = delete;
  [[nodiscard]] CacheArray& array() { return array_; }
  void commit();

 private:
  std::filesystem::path path_, temporary_;
  int descriptor_ = -1;
  CacheArray array_;
};

/// Opens a finished file. Nothing when it does not exist; otherwise, when it is not what it should
/// be, nothing either, and `damage` says why.
[[nodiscard]] std::optional<CacheArray> open_cache_file(const std::filesystem::path& path,
                                                        std::string& damage);

}  // namespace triptych::data
