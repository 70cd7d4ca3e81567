#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "dataset_fixture.h"
#include "triptych/data/loader.h"
#include "triptych/data/pictures.h"

namespace triptych::data {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

/// A small CamVid: two photographs per split, 12 x 16, masks 0 left and 10 right of the middle, one
/// row unlabelled.
class Camvid : public testing::Test {
 protected:
  Camvid() {
    std::string name = (fs::temp_directory_path() / "triptych-camvid-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    for (const auto* split : {"train", "val"}) {
      fs::create_directories(root_ / split);
      fs::create_directories(root_ / (std::string(split) + "annot"));
      for (const auto* id : {"b", "a"}) write(split, id, 12, 16);
    }
  }
  ~Camvid() override { fs::remove_all(root_); }

  void write(const std::string& split, const std::string& id, int mask_height, int mask_width) {
    Picture photograph{12, 16, 3, std::vector<std::uint8_t>(12 * 16 * 3, id == "a" ? 100 : 200)};
    write_png(root_ / split / (id + ".png"), photograph);
    Picture mask{mask_height, mask_width, 1, {}};
    for (int row = 0; row < mask_height; ++row)
      for (int column = 0; column < mask_width; ++column)
        mask.pixels.push_back(row == mask_height - 1 ? 11 : column < mask_width / 2 ? 0 : 10);
    write_png(this->mask(split, id), mask);
  }
  fs::path mask(const std::string& split, const std::string& id) const {
    return root_ / (split + "annot") / (id + ".png");
  }
  DataPlace place() const {
    return {.root = root_.string(),
            .image = {12, 16},
            .splits = {{"train", {.count = 2, .seed = 0}}, {"val", {.count = 2, .seed = 0}}}};
  }
  static std::string message(const std::function<void()>& act) {
    try {
      act();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  std::string message_of_sample() const {
    return message([&] { (void)open_dataset("camvid", place())->sample("train", 0); });
  }
  fs::path root_;
};

TEST_F(Camvid, ReadsPhotographsAndMasksInTheOrderOfTheirNames) {
  const auto dataset = open_dataset("camvid", place());
  EXPECT_EQ(dataset->size("train"), 2);
  const Sample sample = dataset->sample("train", 0);
  EXPECT_EQ(sample.id, "train/a");
  EXPECT_TRUE(sample.rgb.eq(100).all().item<bool>());
  const at::Tensor& semseg = sample.labels.at("semseg");
  EXPECT_EQ(semseg[0][0].item<int>(), 0);
  EXPECT_EQ(semseg[0][15].item<int>(), 10);
  EXPECT_EQ(semseg[11][3].item<int>(), 255) << "unlabelled is ignored";
  EXPECT_EQ(sample.camera.fx, 0) << "unknown camera";
}

TEST_F(Camvid, EdgesAreTheClassBoundariesAndUnknownWhereLabelsAre) {
  const at::Tensor edges =
      open_dataset("camvid", place())->sample("train", 0).labels.at("edges")[0];
  for (int row = 0; row < 12; ++row)
    for (int column = 0; column < 16; ++column) {
      const int expected = row == 11 ? 255 : column == 7 ? 1 : row == 10 ? 255 : 0;
      EXPECT_EQ(edges[row][column].item<int>(), expected) << row << ' ' << column;
    }
}

TEST_F(Camvid, ResizesToTheProtocolsSize) {
  DataPlace half = place();
  half.image = {6, 8};
  const Sample sample = open_dataset("camvid", half)->sample("val", 1);
  EXPECT_EQ(sample.rgb.sizes(), (std::vector<std::int64_t>{3, 6, 8}));
  EXPECT_EQ(sample.labels.at("semseg")[0][3].item<int>(), 0);
  EXPECT_EQ(sample.labels.at("semseg")[0][4].item<int>(), 10);
}

TEST_F(Camvid, WithoutARootItSaysHowToGiveOne) {
  DataPlace none = place();
  none.root = "";
  EXPECT_THAT(message([&] { (void)open_dataset("camvid", none); }),
              AllOf(HasSubstr("data.016"), HasSubstr("data.root=PATH")));
}

TEST_F(Camvid, AMissingFolderIsNamed) {
  fs::remove_all(root_ / "valannot");
  EXPECT_THAT(message([&] { (void)open_dataset("camvid", place()); }),
              AllOf(HasSubstr("data.010"), HasSubstr((root_ / "valannot").string()),
                    HasSubstr("trainannot/")));
}

TEST_F(Camvid, AMissingMaskIsNamedWithItsPhotograph) {
  fs::remove(mask("train", "b"));
  EXPECT_THAT(message([&] { (void)open_dataset("camvid", place()); }),
              AllOf(HasSubstr("data.012"), HasSubstr(mask("train", "b").string()),
                    HasSubstr((root_ / "train/b.png").string())));
}

TEST_F(Camvid, AMaskOfAnotherSizeIsRefusedWithBothSizes) {
  write("train", "a", 12, 18);
  EXPECT_THAT(message_of_sample(),
              AllOf(HasSubstr("data.013"), HasSubstr(mask("train", "a").string()),
                    HasSubstr("18 x 12"), HasSubstr("16 x 12")));
}

TEST_F(Camvid, ALabelOutOfRangeIsRefusedWithItsPlace) {
  Picture labels{12, 16, 1, std::vector<std::uint8_t>(12 * 16, 3)};
  labels.pixels[5 * 16 + 7] = 12;
  write_png(mask("train", "a"), labels);
  EXPECT_THAT(message_of_sample(),
              AllOf(HasSubstr("data.014"), HasSubstr("label 12 at row 5, column 7"),
                    HasSubstr("0 to 10"), HasSubstr(mask("train", "a").string())));
}

TEST_F(Camvid, AnUnreadablePhotographIsNamed) {
  std::ofstream(root_ / "train/a.png") << "no picture";
  EXPECT_THAT(message_of_sample(),
              AllOf(HasSubstr("data.002"), HasSubstr((root_ / "train/a.png").string())));
}

TEST_F(Camvid, AnotherNumberOfPhotographsThanTheProtocolsIsRefused) {
  DataPlace more = place();
  more.splits["train"].count = 367;
  EXPECT_THAT(message([&] { (void)open_dataset("camvid", more); }),
              AllOf(HasSubstr("data.015"), HasSubstr("holds 2"), HasSubstr("367")));
}

TEST_F(Camvid, ItsHashChangesWithAFile) {
  const std::string before = open_dataset("camvid", place())->data_hash();
  EXPECT_EQ(open_dataset("camvid", place())->data_hash(), before);
  std::ofstream(root_ / "train/a.png", std::ios::app) << "x";
  EXPECT_NE(open_dataset("camvid", place())->data_hash(), before);
}

TEST_F(Camvid, TheLoaderNamesTheSampleOfABadFile) {
  write("train", "b", 10, 16);
  Loader loader(open_dataset("camvid", place()),
                {.split = "train", .batch = 2, .is_training = false, .labels = {"semseg"}});
  EXPECT_THAT(message([&] { (void)loader.next(); }),
              AllOf(HasSubstr("sample 1 of split 'train'"), HasSubstr("data.013")));
}

// The real set: class shares of the training masks, in percent of labelled pixels, as counted by
// an independent script over the original masks.
TEST(CamvidReal, HasThePublishedCountsAndClassShares) {
  const std::string root = camvid_root();
  if (root.empty())
    GTEST_SKIP() << "no CamVid at ../shared/data/camvid or $TRIPTYCH_SAMPLE_DATA/camvid";
  const auto dataset = open_dataset("camvid", {.root = root,
                                               .image = {360, 480},
                                               .splits = {{"train", {.count = 367, .seed = 0}},
                                                          {"val", {.count = 101, .seed = 0}},
                                                          {"test", {.count = 233, .seed = 0}}}});
  at::Tensor counts = at::zeros({256}, at::kLong);
  for (std::int64_t i = 0; i < 367; ++i)
    counts += at::bincount(dataset->sample("train", i).labels.at("semseg").flatten(), {}, 256);
  const double all = counts.sum().item<double>();
  const double expected[] = {16.85, 23.26, 0.98, 31.66, 4.49, 9.72, 1.17, 1.13, 5.87, 0.64, 0.29};
  for (int label = 0; label < 11; ++label)
    EXPECT_NEAR(100 * counts[label].item<double>() / all, expected[label], 0.006) << label;
  EXPECT_NEAR(100 * counts[255].item<double>() / all, 3.95, 0.006);
}

}  // namespace
}  // namespace triptych::data
