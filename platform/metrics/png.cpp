#include "triptych/metrics/png.h"

#include <png.h>

#include <array>
#include <bit>
#include <csetjmp>
#include <cstring>

#include "triptych/error.h"

namespace triptych::metrics {

namespace {

constexpr std::uint64_t kMostPixels = std::uint64_t{1} << 28;
constexpr std::uint32_t kLongestSide = 1u << 20;

// What libpng's callbacks see. Plain data: libpng leaves by longjmp, which runs no destructor.
struct Source {
  const std::uint8_t* data;
  std::size_t size;
  std::size_t at;
  std::array<char, 200> message;
};

void read_bytes(png_structp png, png_bytep out, std::size_t count) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (count > source->size - source->at) png_error(png, "the file ends early");
  std::memcpy(out, source->data + source->at, count);
  source->at += count;
}

void fail(png_structp png, png_const_charp message) {
  auto* source = static_cast<Source*>(png_get_error_ptr(png));
  std::strncpy(source->message.data(), message, source->message.size() - 1);
  longjmp(png_jmpbuf(png), 1);
}

void ignore_warning(png_structp, png_const_charp) {}

struct Header {
  std::uint32_t width, height;
  int depth, colour;
};

// Reads the header; false with source.message set when that fails.
bool read_header(png_structp png, png_infop info, Header* header) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_user_limits(png, kLongestSide, kLongestSide);
  png_read_info(png, info);
  png_get_IHDR(png, info, &header->width, &header->height, &header->depth, &header->colour, nullptr,
               nullptr, nullptr);
  return true;
}

// Reads the rows, one byte per pixel or (16-bit) two in the machine's order.
bool read_rows(png_structp png, png_infop info, png_bytepp rows) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_packing(png);
  if (std::endian::native == std::endian::little) png_set_swap(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  png_read_image(png, rows);
  png_read_end(png, nullptr);
  return true;
}

// Owns libpng's structures.
class Reader {
 public:
  Reader(std::span<const std::uint8_t> bytes, const std::string& file)
      : source_{.data = bytes.data(), .size = bytes.size(), .at = 0, .message = {}}, file_(file) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source_, fail, ignore_warning);
    info_ = png_create_info_struct(png_);
    png_set_read_fn(png_, &source_, read_bytes);
  }
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Header header() {
    Header header{};
    if (!read_header(png_, info_, &header)) damaged();
    return header;
  }
  void rows(std::vector<png_bytep> pointers) {
    if (!read_rows(png_, info_, pointers.data())) damaged();
  }
  [[noreturn]] void damaged() const {
    throw Error(Problem{.code = "metrics.120",
                        .message = std::string("not a readable PNG: ") + source_.message.data(),
                        .file = file_,
                        .expected = "expected a whole PNG of one channel"});
  }
  [[noreturn]] void refuse(const std::string& found, const std::string& expected) const {
    throw Error(Problem{.code = "metrics.121",
                        .message = found,
                        .file = file_,
                        .expected = "expected " + expected});
  }

 private:
  Source source_;
  const std::string& file_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

const char* colour_name(int colour) {
  switch (colour) {
    case PNG_COLOR_TYPE_GRAY_ALPHA:
      return "grey with alpha";
    case PNG_COLOR_TYPE_RGB:
      return "RGB";
    default:
      return "RGB with alpha";
  }
}

template <class Image>
Image read(std::span<const std::uint8_t> bytes, const std::string& file) {
  using Pixel = typename decltype(Image::pixels)::value_type;
  constexpr int kBits = 8 * sizeof(Pixel);
  const auto expected =
      "one channel (grey or palette) of at most " + std::to_string(kBits) + " bits";
  Reader reader(bytes, file);
  const auto header = reader.header();
  if (header.colour != PNG_COLOR_TYPE_GRAY && header.colour != PNG_COLOR_TYPE_PALETTE) {
    reader.refuse(std::string("the PNG is ") + colour_name(header.colour), expected);
  }
  if (header.depth > kBits) {
    reader.refuse("the PNG has " + std::to_string(header.depth) + " bits per pixel", expected);
  }
  if (std::uint64_t{header.width} * header.height > kMostPixels) {
    reader.refuse("the PNG has " + std::to_string(header.width) + " x " +
                      std::to_string(header.height) + " pixels",
                  "at most 2^28 pixels");
  }
  Image image{.width = static_cast<int>(header.width), .height = static_cast<int>(header.height)};
  image.pixels.resize(std::size_t{header.width} * header.height);
  const bool is_narrow = kBits == 16 && header.depth <= 8;  // rows of bytes, widened below
  std::vector<std::uint8_t> narrow(is_narrow ? image.pixels.size() : 0);
  auto* base = is_narrow ? narrow.data() : reinterpret_cast<std::uint8_t*>(image.pixels.data());
  const std::size_t row_bytes = header.width * (is_narrow ? 1 : sizeof(Pixel));
  std::vector<png_bytep> rows(header.height);
  for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = base + y * row_bytes;
  reader.rows(std::move(rows));
  if (is_narrow) image.pixels.assign(narrow.begin(), narrow.end());
  return image;
}

}  // namespace

GrayImage read_png8(std::span<const std::uint8_t> png, const std::string& file) {
  return read<GrayImage>(png, file);
}

GrayImage16 read_png16(std::span<const std::uint8_t> png, const std::string& file) {
  return read<GrayImage16>(png, file);
}

bool is_png16(std::span<const std::uint8_t> png) {
  constexpr std::size_t kBitDepth = 24;  // behind signature, chunk length and name, width, height
  return png.size() > kBitDepth && png[kBitDepth] == 16;
}

GrayImage read_png8(const std::filesystem::path& file) {
  return read_png8(read_file(file), file.string());
}

GrayImage16 read_png16(const std::filesystem::path& file) {
  return read_png16(read_file(file), file.string());
}

}  // namespace triptych::metrics
