/// libtriptych_pictures.so: picture files by OpenCV. The only place that links imgcodecs.
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <cstring>
#include <exception>
#include <fstream>

#include "png_structure.h"
#include "triptych/data/picture.h"

namespace {

using triptych::data::Picture;
using triptych::data::png_problem;

Picture copied(const cv::Mat& image) {
  Picture out{image.rows, image.cols, image.channels(), {}};
  const std::size_t row_bytes = static_cast<std::size_t>(image.cols) * image.channels();
  out.pixels.resize(row_bytes * image.rows);
  for (int row = 0; row < image.rows; ++row)
    std::memcpy(out.pixels.data() + row * row_bytes, image.ptr(row), row_bytes);
  return out;
}

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  std::string bytes(in ? static_cast<std::size_t>(in.tellg()) : 0, '\0');
  in.seekg(0).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

/// PNG colour type 3 (palette): OpenCV would expand the indices to colours.
bool is_palette_png(const std::string& bytes) {
  return bytes.size() > 25 && bytes.starts_with(triptych::data::kPngSignature) && bytes[25] == 3;
}

/// True for a JPEG whose end marker (FF D9) is missing: libjpeg fills such a picture up with grey.
/// Segments before the first scan are skipped by their lengths, since they may hold thumbnails;
/// in a scan FF is never followed by D9 (ITU-T T.81, B.1.1.5).
bool is_cut_jpeg(const std::string& bytes) {
  const auto byte = [&bytes](std::size_t at) {
    return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u;
  };
  if (!bytes.starts_with("\xFF\xD8")) return false;
  std::size_t at = 2;
  while (byte(at) == 0xFF && byte(at + 1) != 0xDA) at += 2 + 256 * byte(at + 2) + byte(at + 3);
  return bytes.find("\xFF\xD9", at) == std::string::npos;
}

class OpenCvCodec final : public triptych::data::PictureCodec {
 public:
  bool read(const std::string& path, int channels, Picture& out,
            std::string& problem) const override try {
    const bool is_labels = channels == 1;
    const std::string bytes = content_of(path);
    if (is_labels && is_palette_png(bytes)) {
      problem = "has a palette";
      return false;
    }
    // Before decoding: libpng and libjpeg would print lines of their own.
    problem = png_problem(bytes);
    if (is_cut_jpeg(bytes)) problem = "is cut off: the end of the JPEG is missing";
    if (!problem.empty()) return false;
    cv::Mat image = cv::imread(path, is_labels ? cv::IMREAD_UNCHANGED : cv::IMREAD_COLOR);
    if (image.empty()) {
      problem = "is not a picture that can be decoded (damaged, cut off, or of an unknown format)";
      return false;
    }
    if (image.depth() != CV_8U || image.channels() != channels) {
      problem = "has " + std::to_string(image.channels()) + " channels of " +
                std::to_string(8 * image.elemSize1()) + " bits";
      return false;
    }
    if (!is_labels) cv::cvtColor(image, image, cv::COLOR_BGR2RGB);
    out = copied(image);
    return true;
  } catch (const std::exception& error) {
    problem = error.what();
    return false;
  }

  bool encode_png(const Picture& picture, std::vector<std::uint8_t>& out,
                  std::string& problem) const override try {
    cv::Mat image(picture.height, picture.width, CV_8UC(picture.channels),
                  const_cast<std::uint8_t*>(picture.pixels.data()));
    cv::Mat stored = image;
    if (picture.channels == 3) cv::cvtColor(image, stored, cv::COLOR_RGB2BGR);
    return cv::imencode(".png", stored, out, {cv::IMWRITE_PNG_COMPRESSION, 9});
  } catch (const std::exception& error) {
    problem = error.what();
    return false;
  }
};

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int triptych_picture_codec_version() {
  return triptych::data::kPictureCodecVersion;
}

/// Owned by the library, which is never closed.
__attribute__((visibility("default"))) const triptych::data::PictureCodec*
triptych_picture_codec() {
  static const OpenCvCodec codec;
  return &codec;
}
}
