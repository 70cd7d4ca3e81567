#include "triptych/metrics/npy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "triptych/error.h"

namespace triptych::metrics {

static_assert(std::endian::native == std::endian::little, "elements are copied as they lie");

struct NpyImages::Descriptor {
  int fd = -1;
  explicit Descriptor(int fd) : fd(fd) {}
  ~Descriptor() { ::close(fd); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

NpyImages::NpyImages(NpyImages&&) noexcept = default;
NpyImages& NpyImages::operator=(NpyImages&&) noexcept = default;
NpyImages::~NpyImages() = default;

namespace {

constexpr std::size_t kHeaderBytes = 65536 + 12;
constexpr std::size_t kWindowBytes = 1 << 20;  // largest piece read at a time
constexpr std::size_t kFarApart = 4096;        // bytes: one call each costs less than the gap
constexpr std::int64_t kMostImages = 1 << 20;  // each has statistics of some kilobytes

std::size_t element_size(NpyType type) {
  switch (type) {
    case NpyType::kBool:
    case NpyType::kUint8:
      return 1;
    case NpyType::kUint16:
      return 2;
    case NpyType::kInt32:
    case NpyType::kFloat32:
      return 4;
    default:
      return 8;
  }
}

template <class Element>
double element(const std::uint8_t* bytes) {
  Element value;
  std::memcpy(&value, bytes, sizeof(value));
  return static_cast<double>(value);
}

template <class Element>
void convert(const std::uint8_t* bytes, std::size_t step, std::span<double> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = element<Element>(bytes + i * step);
}

void convert(NpyType type, const std::uint8_t* bytes, std::size_t step, std::span<double> out) {
  switch (type) {
    case NpyType::kBool:
    case NpyType::kUint8:
      return convert<std::uint8_t>(bytes, step, out);
    case NpyType::kUint16:
      return convert<std::uint16_t>(bytes, step, out);
    case NpyType::kInt32:
      return convert<std::int32_t>(bytes, step, out);
    case NpyType::kInt64:
      return convert<std::int64_t>(bytes, step, out);
    case NpyType::kFloat32:
      return convert<float>(bytes, step, out);
    case NpyType::kFloat64:
      return convert<double>(bytes, step, out);
  }
}

[[noreturn]] void unreadable(const std::string& file) {
  throw Error(Problem{.code = "metrics.100",
                      .message = "the file cannot be read",
                      .file = file,
                      .suggestion = "Check that it exists, is a file and may be read."});
}

// Reads up to `size` bytes; fewer only at the end of the file.
std::size_t read_at(int fd, std::uint8_t* out, std::size_t size, std::uint64_t offset,
                    const std::string& file) {
  std::size_t done = 0;
  while (done < size) {
    const auto got = ::pread(fd, out + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) unreadable(file);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

std::string text_of(const std::vector<std::int64_t>& shape) {
  if (shape.empty()) return "a single number";
  if (shape.size() == 1) return "a list of " + std::to_string(shape[0]);
  std::string out;
  for (const auto length : shape) out += (out.empty() ? "" : " x ") + std::to_string(length);
  return out;
}

// Which axis of the file is the image, the channel, the row and the column; -1 = there is none.
struct Axes {
  int image = -1, channel = -1, row = -1, column = -1;
};

Axes map_axes(const std::vector<std::int64_t>& shape, const std::string& file) {
  if (shape.size() == 2) return {.row = 0, .column = 1};
  if (shape.size() == 3) return {.image = 0, .row = 1, .column = 2};
  if (shape.size() == 4 && shape[1] == 1) return {.image = 0, .channel = 1, .row = 2, .column = 3};
  if (shape.size() == 4 && shape[3] == 1) return {.image = 0, .channel = 3, .row = 1, .column = 2};
  throw Error(Problem{.code = "metrics.112",
                      .message = "the array is " + text_of(shape),
                      .file = file,
                      .expected = "expected N x H x W, N x 1 x H x W, N x H x W x 1 or H x W"});
}

Axes vector_axes(const std::vector<std::int64_t>& shape, const std::string& file) {
  const auto axes = shape.size();
  if (axes == 3 && shape[0] == 3) return {.channel = 0, .row = 1, .column = 2};
  if (axes == 3 && shape[2] == 3) return {.channel = 2, .row = 0, .column = 1};
  if (axes == 4 && shape[1] == 3) return {.image = 0, .channel = 1, .row = 2, .column = 3};
  if (axes == 4 && shape[3] == 3) return {.image = 0, .channel = 3, .row = 1, .column = 2};
  throw Error(Problem{.code = "metrics.112",
                      .message = "the array is " + text_of(shape),
                      .file = file,
                      .expected = "expected N x 3 x H x W, N x H x W x 3 or one such image"});
}

std::vector<std::int64_t> strides_of(const NpyHeader& header) {
  const auto axes = header.shape.size();
  std::vector<std::int64_t> strides(axes);
  std::int64_t stride = 1;
  for (std::size_t i = 0; i < axes; ++i) {
    const auto axis = header.is_fortran ? i : axes - 1 - i;
    strides[axis] = stride;
    stride *= header.shape[axis];
  }
  return strides;
}

}  // namespace

NpyImages NpyImages::open(const std::filesystem::path& path, bool has_vectors) {
  NpyImages out;
  out.file_ = path.string();
  // Not blocking: a pipe without a writer is refused below instead of waited for.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) unreadable(out.file_);
  out.descriptor_ = std::make_unique<Descriptor>(fd);
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) unreadable(out.file_);
  std::vector<std::uint8_t> start(kHeaderBytes);
  start.resize(read_at(fd, start.data(), start.size(), 0, out.file_));
  const auto header = read_npy_header(start, out.file_);
  const auto axes =
      has_vectors ? vector_axes(header.shape, out.file_) : map_axes(header.shape, out.file_);
  const auto strides = strides_of(header);
  const auto length = [&](int axis) { return axis < 0 ? 1 : header.shape[axis]; };
  const auto stride = [&](int axis) { return axis < 0 ? 0 : strides[axis]; };
  out.type_ = header.type;
  out.shape_ = header.shape;
  out.data_offset_ = header.data_offset;
  out.count_ = length(axes.image);
  out.height_ = length(axes.row);
  out.width_ = length(axes.column);
  if (out.count_ > kMostImages) {
    throw Error(Problem{.code = "metrics.112",
                        .message = "the array is " + text_of(header.shape) + ", of " +
                                   std::to_string(out.count_) + " images",
                        .file = out.file_,
                        .expected = "expected at most " + std::to_string(kMostImages)});
  }
  out.image_stride_ = stride(axes.image);
  out.channel_stride_ = stride(axes.channel);
  out.row_stride_ = stride(axes.row);
  out.column_stride_ = stride(axes.column);
  std::uint64_t bytes = element_size(header.type);
  for (const auto n : header.shape) bytes *= static_cast<std::uint64_t>(n);
  const auto there = static_cast<std::uint64_t>(status.st_size) - header.data_offset;
  if (there < bytes) {
    throw Error(Problem{.code = "metrics.113",
                        .message = "the file holds " + std::to_string(there) + " bytes of data",
                        .file = out.file_,
                        .expected = "expected " + std::to_string(bytes) + " for " +
                                    text_of(header.shape) + " " + npy_type_name(header.type)});
  }
  return out;
}

NpyImages NpyImages::open_maps(const std::filesystem::path& file) { return open(file, false); }
NpyImages NpyImages::open_vectors(const std::filesystem::path& file) { return open(file, true); }

std::string NpyImages::shape_text() const { return text_of(shape_); }

// Elements `stride` apart, from element `offset` of the file on. Those that lie close together are
// read as one window; far apart (Fortran order of many images) they are read one by one.
void NpyImages::read_run(std::int64_t offset, std::int64_t stride, std::span<double> out) const {
  const auto size = element_size(type_);
  const auto step = static_cast<std::size_t>(stride) * size;
  const std::size_t per_window =
      step > kFarApart ? 1 : (kWindowBytes - size) / std::max<std::size_t>(step, 1) + 1;
  std::vector<std::uint8_t> window;
  for (std::size_t at = 0; at < out.size(); at += per_window) {
    const auto n = std::min(per_window, out.size() - at);
    window.resize((n - 1) * step + size);
    const auto begin = data_offset_ + static_cast<std::uint64_t>(offset) * size + at * step;
    if (read_at(descriptor_->fd, window.data(), window.size(), begin, file_) != window.size()) {
      throw Error("metrics.113", file_, "the file became shorter while it was read");
    }
    convert(type_, window.data(), step, out.subspan(at, n));
  }
}

// Fortran order: the pixels of a column lie closer together than those of a row.
void NpyImages::read_columns(std::int64_t base, std::int64_t first, std::span<double> out) const {
  const auto last = first + static_cast<std::int64_t>(out.size()) - 1;
  std::vector<double> column;
  for (std::int64_t c = 0; c < width_; ++c) {
    const auto begin = (std::max<std::int64_t>(first - c, 0) + width_ - 1) / width_;
    const auto end = last < c ? 0 : (last - c) / width_ + 1;  // rows [begin, end) of this column
    if (begin >= end) continue;
    column.resize(static_cast<std::size_t>(end - begin));
    read_run(base + begin * row_stride_ + c * column_stride_, row_stride_, column);
    for (auto r = begin; r < end; ++r) out[r * width_ + c - first] = column[r - begin];
  }
}

void NpyImages::read(std::int64_t image, std::int64_t first, int channel,
                     std::span<double> out) const {
  const auto base = image * image_stride_ + channel * channel_stride_;
  if (row_stride_ == width_ * column_stride_) {  // rows follow each other: one run
    return read_run(base + first * column_stride_, column_stride_, out);
  }
  if (row_stride_ < column_stride_) return read_columns(base, first, out);
  std::size_t done = 0;
  while (done < out.size()) {
    const auto pixel = first + static_cast<std::int64_t>(done);
    const auto row = pixel / width_;
    const auto column = pixel % width_;
    const auto n =
        std::min<std::size_t>(out.size() - done, static_cast<std::size_t>(width_ - column));
    read_run(base + row * row_stride_ + column * column_stride_, column_stride_,
             out.subspan(done, n));
    done += n;
  }
}

}  // namespace triptych::metrics
