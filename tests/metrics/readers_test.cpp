// The readers of .npy and PNG files: what they give, and how they refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "triptych/error.h"
#include "triptych/metrics/npy.h"
#include "triptych/metrics/png.h"
#include "written_files.h"

namespace triptych::metrics {
namespace {

using testing::HasSubstr;

class Npy : public testing::Test {
 protected:
  void SetUp() override {
    auto name = (std::filesystem::temp_directory_path() / "triptych_npy_XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path file(const std::string& bytes) {
    const auto path = folder_ / "array.npy";
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  NpyImages maps(const std::string& bytes) { return NpyImages::open_maps(file(bytes)); }
  static std::vector<double> image(const NpyImages& images, std::int64_t index, int channel = 0) {
    std::vector<double> out(static_cast<std::size_t>(images.pixels()));
    images.read(index, 0, channel, out);
    return out;
  }
  std::string refused(const std::string& bytes, bool has_vectors = false) {
    try {
      (void)(has_vectors ? NpyImages::open_vectors(file(bytes)) : maps(bytes));
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("array.npy"));
      return error.what();
    }
    ADD_FAILURE() << "was accepted";
    return "";
  }
  std::filesystem::path folder_;
};

TEST_F(Npy, ReadsEveryElementType) {
  const std::vector<double> expected{1, 0, 3, 4};
  const auto check = [&](const std::string& bytes, const char* name) {
    const auto images = maps(bytes);
    EXPECT_STREQ(npy_type_name(images.type()), name);
    EXPECT_EQ(image(images, 0), expected) << name;
  };
  check(npy<std::uint8_t>("|u1", "(2, 2)", {1, 0, 3, 4}), "uint8");
  check(npy<std::uint16_t>("<u2", "(2, 2)", {1, 0, 3, 4}), "uint16");
  check(npy<std::int32_t>("<i4", "(2, 2)", {1, 0, 3, 4}), "int32");
  check(npy<std::int64_t>("<i8", "(2, 2)", {1, 0, 3, 4}), "int64");
  check(npy<float>("<f4", "(2, 2)", {1, 0, 3, 4}), "float32");
  check(npy<double>("<f8", "(2, 2)", {1, 0, 3, 4}), "float64");
  EXPECT_EQ(image(maps(npy<std::uint8_t>("|b1", "(1, 2)", {1, 0})), 0),
            (std::vector<double>{1, 0}));
}

TEST_F(Npy, ReadsVersionsOneToThree) {
  for (const int version : {1, 2, 3}) {
    EXPECT_EQ(image(maps(npy<float>("<f4", "(1, 3)", {1.5, 2, -3}, false, version)), 0),
              (std::vector<double>{1.5, 2, -3}));
  }
}

// Element [n][h][w] = 100 n + 10 h + w in every form.
TEST_F(Npy, EveryFormGivesTheSamePixels) {
  const std::vector<double> second{100, 101, 102, 110, 111, 112};
  std::vector<std::int32_t> c_order, fortran;
  for (int n = 0; n < 2; ++n) {
    for (int h = 0; h < 2; ++h) {
      for (int w = 0; w < 3; ++w) c_order.push_back(100 * n + 10 * h + w);
    }
  }
  for (int w = 0; w < 3; ++w) {
    for (int h = 0; h < 2; ++h) {
      for (int n = 0; n < 2; ++n) fortran.push_back(100 * n + 10 * h + w);
    }
  }
  for (const std::string shape : {"(2, 2, 3)", "(2, 1, 2, 3)", "(2, 2, 3, 1)"}) {
    EXPECT_EQ(image(maps(npy("<i4", shape, c_order)), 1), second) << shape;
    EXPECT_EQ(image(maps(npy("<i4", shape, fortran, true)), 1), second) << shape;
  }
}

TEST_F(Npy, VectorsMayLieInEitherAxis) {
  // Two pixels: (1, 2, 3) and (4, 5, 6).
  const std::vector<float> planar{1, 4, 2, 5, 3, 6}, interleaved{1, 2, 3, 4, 5, 6};
  for (const auto& bytes :
       {npy("<f4", "(3, 1, 2)", planar), npy("<f4", "(1, 3, 1, 2)", planar),
        npy("<f4", "(1, 2, 3)", interleaved), npy("<f4", "(1, 1, 2, 3)", interleaved)}) {
    const auto images = NpyImages::open_vectors(file(bytes));
    EXPECT_EQ(images.count(), 1);
    EXPECT_EQ(image(images, 0, 0), (std::vector<double>{1, 4}));
    EXPECT_EQ(image(images, 0, 2), (std::vector<double>{3, 6}));
  }
}

TEST_F(Npy, PiecesOfAnyPlaceAreRead) {
  std::vector<double> elements;
  for (int i = 0; i < 60; ++i) elements.push_back(i);
  for (const bool is_fortran : {false, true}) {
    const auto images = maps(npy("<f8", "(3, 4, 5)", elements, is_fortran));
    const auto whole = image(images, 2);
    for (std::int64_t first = 0; first < 20; ++first) {
      for (std::int64_t size = 1; first + size <= 20; ++size) {
        std::vector<double> piece(static_cast<std::size_t>(size));
        images.read(2, first, 0, piece);
        for (std::int64_t i = 0; i < size; ++i) ASSERT_EQ(piece[i], whole[first + i]);
      }
    }
  }
}

// The pixels of an image lie 12 kB apart.
TEST_F(Npy, FortranOrderOfManyImagesGivesTheSamePixels) {
  std::vector<float> elements;
  for (int i = 0; i < 12000; ++i) elements.push_back(static_cast<float>(i));
  const auto images = maps(npy("<f4", "(3000, 2, 2)", elements, true));
  EXPECT_EQ(image(images, 7), (std::vector<double>{7, 6007, 3007, 9007}));
  EXPECT_EQ(image(images, 2999), (std::vector<double>{2999, 8999, 5999, 11999}));
}

TEST_F(Npy, EmptyArraysAreImagesToo) {
  EXPECT_EQ(maps(npy<float>("<f4", "(0, 4, 5)", {})).count(), 0);
}

TEST_F(Npy, BytesBehindTheArrayAreNotRead) {
  EXPECT_EQ(image(maps(npy<float>("<f4", "(1, 1)", {7}) + "more"), 0), std::vector<double>{7});
}

TEST_F(Npy, OtherElementTypesAreRefusedByNameAndWithTheRemedy) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {">f4", "element type big-endian float32, '>f4'"},
      {"<f2", "element type float16, '<f2'"},
      {"<f16", "element type float128, '<f16'"},
      {"<c8", "element type complex64, '<c8'"},
      {"|i1", "element type int8, '|i1'"},
      {"<u4", "element type uint32, '<u4'"},
      {"|O", "element type object, '|O'"},
      {"<U7", "element type '<U7'"},
      {"<M8[s]", "element type '<M8[s]'"},
      {"", "element type ''"}};
  for (const auto& [descr, name] : cases) {
    const auto message = refused(npy<float>(descr, "(1, 1)", {1}));
    EXPECT_THAT(message, HasSubstr(name));
    EXPECT_THAT(message, HasSubstr("metrics.111"));
    EXPECT_THAT(message, HasSubstr("array.astype('float32')"));
  }
  EXPECT_THAT(
      refused(npy_header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}")),
      HasSubstr("structured"));
}

TEST_F(Npy, OtherShapesAreRefused) {
  const std::vector<float> some(36);
  EXPECT_THAT(refused(npy("<f4", "(36,)", some)), HasSubstr("the array is a list of 36"));
  EXPECT_THAT(refused(npy("<f4", "()", some)), HasSubstr("a single number"));
  EXPECT_THAT(refused(npy("<f4", "(2, 2, 3, 3)", some)), HasSubstr("2 x 2 x 3 x 3"));
  EXPECT_THAT(refused(npy("<f4", "(2, 18)", some), true), HasSubstr("N x 3 x H x W"));
  EXPECT_THAT(refused(npy("<f4", "(4, 9, 1)", some), true), HasSubstr("4 x 9 x 1"));
}

TEST_F(Npy, ShortFilesAreRefusedWithBothSizes) {
  const auto message = refused(npy<float>("<f4", "(2, 2)", {1, 2, 3}));
  EXPECT_THAT(message, HasSubstr("12 bytes"));
  EXPECT_THAT(message, HasSubstr("expected 16"));
}

TEST_F(Npy, DamagedHeadersAreRefused) {
  for (const std::string dictionary :
       {"", "{", "{}", "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, x)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 2)}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (2, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), 'more': 1}"}) {
    refused(npy_header(dictionary));
  }
  EXPECT_THAT(refused(""), HasSubstr("does not start as a .npy file"));
  EXPECT_THAT(refused("PK\x03\x04 an npz archive"), HasSubstr("does not start as a .npy file"));
  EXPECT_THAT(refused(std::string("\x93NUMPY\x07\x00\x10\x00", 10) + std::string(99, ' ')),
              HasSubstr("version 7"));
  EXPECT_THAT(refused(std::string("\x93NUMPY\x01\x00\xff\xff", 10) + "{}"),
              HasSubstr("65535 bytes"));
}

TEST_F(Npy, ShapesThatOverflowAreRefused) {
  EXPECT_THAT(refused(npy<float>("<f4", "(4294967296, 4294967296, 4)", {})),
              HasSubstr("more elements"));
  EXPECT_THAT(refused(npy<float>("<f4", "(0, 4611686018427387904, 9)", {})),
              HasSubstr("more elements"));
}

TEST_F(Npy, FoldersAndAbsentFilesAreRefused) {
  EXPECT_THROW((void)NpyImages::open_maps(folder_), Error);
  EXPECT_THROW((void)NpyImages::open_maps(folder_ / "absent"), Error);
}

TEST_F(Npy, APipeIsRefusedInsteadOfWaitedFor) {
  const auto pipe = folder_ / "pipe.npy";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THROW((void)NpyImages::open_maps(pipe), Error);
}

// Each has statistics of its own, and a header of a hundred bytes may claim any number.
TEST_F(Npy, MoreThanAMillionImagesAreRefused) {
  EXPECT_EQ(maps(npy<float>("<f4", "(3, 0, 5)", {})).count(), 3);
  EXPECT_THAT(refused(npy<float>("<f4", "(100000000000, 0, 5)", {})),
              HasSubstr("expected at most 1048576"));
}

// ---- PNG
// ------------------------------------------------------------------------------------------

TEST(Png, AGreyImageGivesItsValues) {
  const auto image =
      read_png8(png(3, 2, 8, PNG_COLOR_TYPE_GRAY, {0, 1, 2, 253, 254, 255}), "a.png");
  EXPECT_EQ(image.width, 3);
  EXPECT_EQ(image.height, 2);
  EXPECT_EQ(image.pixels, (std::vector<std::uint8_t>{0, 1, 2, 253, 254, 255}));
}

TEST(Png, APaletteImageGivesItsIndices) {
  EXPECT_EQ(read_png8(png(4, 1, 8, PNG_COLOR_TYPE_PALETTE, {0, 7, 200, 255}), "a.png").pixels,
            (std::vector<std::uint8_t>{0, 7, 200, 255}));
  for (const int depth : {1, 2, 4}) {
    EXPECT_EQ(read_png8(png(3, 1, depth, PNG_COLOR_TYPE_PALETTE, {1, 0, 1}), "a.png").pixels,
              (std::vector<std::uint8_t>{1, 0, 1}))
        << depth;
  }
}

TEST(Png, InterlacedImagesAreTheSame) {
  std::vector<std::uint16_t> samples;
  for (int i = 0; i < 9 * 11; ++i) samples.push_back(i);
  EXPECT_EQ(read_png8(png(9, 11, 8, PNG_COLOR_TYPE_GRAY, samples, true), "a").pixels,
            read_png8(png(9, 11, 8, PNG_COLOR_TYPE_GRAY, samples), "a").pixels);
}

TEST(Png, SixteenBitsKeepTheirValue) {
  EXPECT_EQ(read_png16(png(3, 1, 16, PNG_COLOR_TYPE_GRAY, {26001, 255, 256}), "a").pixels,
            (std::vector<std::uint16_t>{26001, 255, 256}));
  EXPECT_EQ(read_png16(png(2, 2, 8, PNG_COLOR_TYPE_GRAY, {1, 2, 3, 255}), "a").pixels,
            (std::vector<std::uint16_t>{1, 2, 3, 255}));
}

std::string refused(const std::vector<std::uint8_t>& bytes) {
  try {
    (void)read_png8(bytes, "picture.png");
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("picture.png: "));
    return error.what();
  }
  ADD_FAILURE() << "was accepted";
  return "";
}

TEST(Png, OtherKindsAreRefusedByName) {
  EXPECT_THAT(refused(png(1, 1, 8, PNG_COLOR_TYPE_RGB, {1, 2, 3})), HasSubstr("RGB"));
  EXPECT_THAT(refused(png(1, 1, 8, PNG_COLOR_TYPE_RGBA, {1, 2, 3, 4})),
              HasSubstr("RGB with alpha"));
  EXPECT_THAT(refused(png(1, 1, 8, PNG_COLOR_TYPE_GRAY_ALPHA, {1, 2})),
              HasSubstr("grey with alpha"));
  EXPECT_THAT(refused(png(1, 1, 16, PNG_COLOR_TYPE_GRAY, {1})), HasSubstr("16 bits"));
}

TEST(Png, EveryTruncationIsRefused) {
  const auto whole = png(16, 16, 8, PNG_COLOR_TYPE_GRAY, std::vector<std::uint16_t>(256, 9));
  for (std::size_t size = 0; size + 12 < whole.size(); ++size) {
    refused({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
  }
}

TEST(Png, DamagedBytesNeverDoHarm) {
  const auto whole = png(16, 16, 8, PNG_COLOR_TYPE_GRAY, std::vector<std::uint16_t>(256, 9));
  int refusals = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto damaged = whole;
    damaged[at] ^= 0x55;
    try {
      (void)read_png8(damaged, "picture.png");
    } catch (const Error&) {
      ++refusals;
    }
  }
  EXPECT_GT(refusals, 20);
}

// 100000 x 100000 in the header of a tiny file: refused before memory is taken.
TEST(Png, HugeImagesAreRefusedFromTheirHeader) {
  auto bytes = png(1, 1, 8, PNG_COLOR_TYPE_GRAY, {0});
  const std::array<std::uint8_t, 8> size{0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0};
  std::copy(size.begin(), size.end(), bytes.begin() + 16);
  // The checksum of the header chunk must be right for the size to be looked at.
  std::uint32_t crc = 0xffffffff;
  for (int i = 12; i < 29; ++i) {
    crc ^= bytes[i];
    for (int k = 0; k < 8; ++k) crc = crc & 1 ? 0xedb88320 ^ (crc >> 1) : crc >> 1;
  }
  crc ^= 0xffffffff;
  for (int i = 0; i < 4; ++i) bytes[29 + i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
  EXPECT_THAT(refused(bytes), HasSubstr("100000 x 100000"));
}

TEST(Png, AbsentFilesAreNamed) {
  EXPECT_THROW((void)read_png8(std::filesystem::path("/absent/picture.png")), Error);
}

}  // namespace
}  // namespace triptych::metrics
