#include "triptych/data/pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "triptych/data/boundaries.h"
#include "triptych/error.h"

namespace triptych::data {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Whether this process has OpenCV's decoders in memory.
bool has_decoders() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find("opencv_imgcodecs") != std::string::npos) return true;
  return false;
}

class Pictures : public testing::Test {
 protected:
  Pictures() {
    std::string name = (fs::temp_directory_path() / "triptych-pictures-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~Pictures() override { fs::remove_all(folder_); }
  static Picture gradient(int channels) {
    Picture out{5, 7, channels, {}};
    for (int i = 0; i < 5 * 7 * channels; ++i)
      out.pixels.push_back(static_cast<std::uint8_t>(i * 2));
    return out;
  }
  static std::string message(const std::function<void()>& act) {
    try {
      act();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  fs::path folder_;
};

TEST_F(Pictures, DecodersAreOpenedOnFirstUse) {
  EXPECT_FALSE(has_decoders());
  (void)encode_png(gradient(3));
  EXPECT_TRUE(has_decoders());
}

TEST_F(Pictures, PngKeepsEveryPixelAndTheOrderOfColours) {
  const std::string file = folder_ / "a.png";
  write_png(file, gradient(3));
  const Picture found = read_picture(file);
  EXPECT_EQ(found.height, 5);
  EXPECT_EQ(found.width, 7);
  EXPECT_EQ(found.pixels, gradient(3).pixels);
}

TEST_F(Pictures, LabelsKeepTheirValues) {
  const std::string file = folder_ / "a.png";
  write_png(file, gradient(1));
  EXPECT_EQ(read_labels(file).pixels, gradient(1).pixels);
}

TEST_F(Pictures, MissingAndDamagedFilesAreNamed) {
  const std::string missing = folder_ / "missing.jpg";
  EXPECT_THAT(message([&] { (void)read_picture(missing); }),
              testing::AllOf(HasSubstr(missing), HasSubstr("data.002"), HasSubstr("no such file")));
  EXPECT_THAT(message([&] { (void)read_picture(folder_); }), HasSubstr("not a file"));
  const std::string text = folder_ / "text.png";
  std::ofstream(text) << "this is no picture";
  EXPECT_THAT(message([&] { (void)read_picture(text); }),
              testing::AllOf(HasSubstr(text), HasSubstr("data.002"), HasSubstr("intact copy")));
}

// libjpeg itself fills such a picture up with grey and prints a line. A thumbnail among the headers
// has an end of its own, and what stands behind the picture's end is none of its business.
TEST_F(Pictures, JpegThatIsCutOffIsRefused) {
  std::ifstream in(TRIPTYCH_SOURCE_DIR "/tests/unit/data/colours.jpg", std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  const std::string thumbnail = "\xFF\xE1" + std::string("\x00\x06", 2) + "\xFF\xDA\xFF\xD9";
  const std::string file = folder_ / "a.jpg";
  const auto read = [&file](const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
    testing::internal::CaptureStderr();
    const auto found = message([&file] { EXPECT_EQ(read_picture(file).width, 16); });
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    return found;
  };
  EXPECT_EQ(read(whole), "");
  EXPECT_EQ(read(whole.substr(0, 2) + thumbnail + whole.substr(2)), "");
  EXPECT_EQ(read(whole + "\xFF\xDA and more"), "");
  for (const std::size_t missing : {2, 20}) {
    const auto cut = whole.substr(0, whole.size() - missing);
    for (const auto& bytes : {cut, cut.substr(0, 2) + thumbnail + cut.substr(2)}) {
      EXPECT_THAT(read(bytes),
                  testing::AllOf(HasSubstr(file), HasSubstr("data.002"), HasSubstr("cut off")));
    }
  }
}

// libpng itself prints a line about such a picture.
TEST_F(Pictures, PngThatIsCutOffOrDamagedIsRefusedInSilence) {
  const auto png = encode_png(gradient(3));
  const std::string whole(png.begin(), png.end());
  const std::string file = folder_ / "a.png";
  const auto read = [&file](const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
    testing::internal::CaptureStderr();
    const auto found = message([&file] { EXPECT_EQ(read_picture(file).width, 7); });
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    return found;
  };
  EXPECT_EQ(read(whole), "");
  EXPECT_EQ(read(whole + "and more"), "");
  for (std::size_t bytes = 8; bytes < whole.size(); ++bytes) {
    EXPECT_THAT(read(whole.substr(0, bytes)), HasSubstr("a.png: is cut off"));
  }
  auto damaged = whole;
  damaged[whole.find("IDAT") + 8] ^= 1;
  EXPECT_THAT(read(damaged), HasSubstr("the checksum of its IDAT chunk does not fit [data.002]"));
  damaged = whole;
  damaged[whole.find("IDAT") - 8] = '\x7F';  // a byte of IHDR's checksum
  EXPECT_THAT(read(damaged), HasSubstr("the checksum of its IHDR chunk does not fit [data.002]"));
}

TEST_F(Pictures, ColouredLabelsAreRefused) {
  const std::string file = folder_ / "colour.png";
  write_png(file, gradient(3));
  EXPECT_THAT(message([&] { (void)read_labels(file); }),
              testing::AllOf(HasSubstr("3 channels of 8 bits"), HasSubstr("one channel")));
}

TEST_F(Pictures, PalettesAreRefusedAsLabels) {
  // A 1 x 1 palette PNG: signature, IHDR with colour type 3.
  const std::string file = folder_ / "palette.png";
  const unsigned char head[] = {0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13, 'I', 'H', 'D',
                                'R',  0,   0,   0,   1,  0,  0,  0,  1, 8, 3, 0,  0,   0};
  std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(head), sizeof head);
  EXPECT_THAT(message([&] { (void)read_labels(file); }), HasSubstr("palette"));
}

TEST_F(Pictures, APictureWithoutPixelsCannotBeEncoded) {
  EXPECT_THAT(message([] { (void)encode_png({3, 3, 3, {}}); }), HasSubstr("data.003"));
}

TEST(Resize, AreaAveragesBlocks) {
  const Picture from{2, 4, 1, {0, 10, 100, 200, 20, 30, 100, 0}};
  const Picture to = resized_by_area(from, 1, 2);
  EXPECT_EQ(to.pixels, (std::vector<std::uint8_t>{15, 100}));  // (0+10+20+30)/4, (100+200+100+0)/4
}

TEST(Resize, AreaTakesSharesOfPixels) {
  // 3 -> 2: the first new pixel covers 1.5 old ones: (30 + 60/2) / 1.5 = 40.
  EXPECT_EQ(resized_by_area({1, 3, 1, {30, 60, 90}}, 1, 2).pixels,
            (std::vector<std::uint8_t>{40, 80}));
}

TEST(Resize, AreaKeepsAConstantPicture) {
  const Picture grey{360, 480, 3, std::vector<std::uint8_t>(360 * 480 * 3, 137)};
  EXPECT_THAT(resized_by_area(grey, 192, 256).pixels, testing::Each(137));
}

TEST(Resize, NearestTakesOldValuesOnly) {
  EXPECT_EQ(resized_by_nearest({1, 4, 1, {1, 2, 3, 4}}, 1, 2).pixels,
            (std::vector<std::uint8_t>{2, 4}));
  EXPECT_EQ(resized_by_nearest({1, 2, 1, {1, 2}}, 2, 4).pixels,
            (std::vector<std::uint8_t>{1, 1, 2, 2, 1, 1, 2, 2}));
}

// Labels 0 0 1      right and below of the corner (0,1) differ; (1,1) differs to the right;
//        0 0 1      (0,0) has only equal neighbours; the last corner has none.
//        0 0 1
TEST(ClassBoundaries, MarkPixelsThatDifferFromRightBelowOrDiagonal) {
  const std::vector<std::uint8_t> labels{0, 0, 1, 0, 0, 1, 0, 0, 1};
  EXPECT_EQ(class_boundaries(labels, {}, 3, 3),
            (std::vector<std::uint8_t>{0, 1, 0, 0, 1, 0, 0, 1, 0}));
}

TEST(ClassBoundaries, TheDiagonalCounts) {
  EXPECT_EQ(class_boundaries(std::vector<std::uint8_t>{0, 0, 0, 1}, {}, 2, 2),
            (std::vector<std::uint8_t>{1, 1, 1, 0}));
}

TEST(ClassBoundaries, UnknownNeighboursMakeTheAnswerUnknownUnlessABoundaryIsSeen) {
  // (0,0): right unknown, below equal -> 255. (1,0): right differs -> 1 although nothing is below.
  const std::vector<std::uint8_t> labels{0, 255, 0, 1};
  EXPECT_EQ(class_boundaries(labels, {}, 2, 2), (std::vector<std::uint8_t>{1, 255, 1, 0}));
  EXPECT_EQ(class_boundaries(std::vector<std::uint8_t>{0, 255, 0, 0}, {}, 2, 2),
            (std::vector<std::uint8_t>{255, 255, 0, 0}));
}

TEST(ClassBoundaries, InstancesOfOneClassHaveABoundary) {
  const std::vector<std::uint8_t> labels{13, 13};
  const std::vector<std::uint16_t> instances{1, 2};
  EXPECT_EQ(class_boundaries(labels, {}, 1, 2), (std::vector<std::uint8_t>{0, 0}));
  EXPECT_EQ(class_boundaries(labels, instances, 1, 2), (std::vector<std::uint8_t>{1, 0}));
}

}  // namespace
}  // namespace triptych::data
