#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// NumPy `.npy` files, versions 1 to 3, little-endian, C or Fortran order, read in pieces: memory
/// does not grow with the file. Element types bool, uint8, uint16, int32, int64, float32, float64;
/// others (and big-endian ones) are refused by name. Bytes behind the array are not read, as
/// numpy.load. Source: the format description in NumPy's documentation, "NPY format".
namespace triptych::metrics {

enum class NpyType { kBool, kUint8, kUint16, kInt32, kInt64, kFloat32, kFloat64 };

struct NpyHeader {
  NpyType type{};
  bool is_fortran = false;
  std::vector<std::int64_t> shape;
  std::uint64_t data_offset = 0;  ///< bytes before the first element
};

/// Reads the header at the start of a file; `file` names it in messages. Throws Error metrics.110
/// (not a .npy file), metrics.111 (element type), metrics.112 (shape).
[[nodiscard]] NpyHeader read_npy_header(std::span<const std::uint8_t> start,
                                        const std::string& file);

/// An array of images in a file.
class NpyImages {
 public:
  /// One channel: N x H x W, N x 1 x H x W, N x H x W x 1, or H x W (one image).
  /// Throws Error as read_npy_header, metrics.100 (unreadable), metrics.113 (shorter than its
  /// header says), metrics.112 (other number of axes; more than 2^20 images).
  static NpyImages open_maps(const std::filesystem::path& file);
  /// Three channels: N x 3 x H x W or N x H x W x 3 (the first where both fit), or one image of
  /// three axes.
  static NpyImages open_vectors(const std::filesystem::path& file);

  NpyImages(NpyImages&&) noexcept;
  NpyImages& operator=(NpyImages&&) noexcept;
  ~NpyImages();

  [[nodiscard]] std::int64_t count() const { return count_; }  ///< N
  [[nodiscard]] std::int64_t height() const { return height_; }
  [[nodiscard]] std::int64_t width() const { return width_; }
  [[nodiscard]] std::int64_t pixels() const { return height_ * width_; }  ///< of one image
  [[nodiscard]] NpyType type() const { return type_; }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] std::string shape_text() const;  ///< "4 x 3 x 2", as in the file

  /// Copies `out.size()` pixels of one channel of an image, from pixel `first` on, row by row.
  /// Integers become the nearest double. Thread-safe. Throws Error metrics.113 when reading fails.
  void read(std::int64_t image, std::int64_t first, int channel, std::span<double> out) const;

 private:
  NpyImages() = default;
  static NpyImages open(const std::filesystem::path& file, bool has_vectors);
  void read_run(std::int64_t offset, std::int64_t stride, std::span<double> out) const;
  void read_columns(std::int64_t base, std::int64_t first, std::span<double> out) const;

  struct Descriptor;
  std::unique_ptr<Descriptor> descriptor_;
  std::string file_;
  NpyType type_{};
  std::vector<std::int64_t> shape_;
  std::uint64_t data_offset_ = 0;
  std::int64_t count_ = 0, height_ = 0, width_ = 0;
  std::int64_t image_stride_ = 0, channel_stride_ = 0, row_stride_ = 0,
               column_stride_ = 0;  // elements
};

/// "float32"
[[nodiscard]] const char* npy_type_name(NpyType type);

}  // namespace triptych::metrics
