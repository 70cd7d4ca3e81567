#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataset_fixture.h"
#include "triptych/data/cache.h"
#include "triptych/data/loader.h"

namespace triptych::data {
namespace {

DataPlace place() {
  return {.root = "",
          .image = {64, 128},
          .splits = {{"train", {.count = 6, .seed = 1}}, {"val", {.count = 2, .seed = 2}}}};
}

TEST(StreetsPlugin, GivesEveryLabelThatItDeclaresInTheStatedTypeAndSize) {
  const auto dataset = open_dataset("streets", place());
  EXPECT_EQ(dataset->size("train"), 6);
  const Sample sample = dataset->sample("train", 3);
  EXPECT_EQ(sample.rgb.sizes(), (std::vector<std::int64_t>{3, 64, 128}));
  for (const auto& name : dataset->labels()) {
    const at::Tensor& label = sample.labels.at(name);
    EXPECT_EQ(label.size(-2), 64) << name;
    EXPECT_EQ(label.size(-1), 128) << name;
    const bool is_map = name == "semseg" || name == "instances";
    EXPECT_EQ(label.dim(), is_map ? 2 : 3) << name;
    const auto type = name == "semseg" || name == "edges" ? at::kByte
                      : name == "instances"               ? at::kInt
                                                          : at::kFloat;
    EXPECT_EQ(label.scalar_type(), type) << name;
  }
  EXPECT_EQ(sample.labels.at("normals").size(0), 3);
  EXPECT_NEAR(sample.camera.fx, 2262.52 / 2048 * 128, 1e-9);
  EXPECT_EQ(sample.camera.baseline_m, 0.22);
}

TEST(StreetsPlugin, EdgesFollowClassesAndInstances) {
  const Sample sample = open_dataset("streets", place())->sample("train", 0);
  const at::Tensor semseg = sample.labels.at("semseg").to(at::kLong),
                   instances = sample.labels.at("instances");
  const at::Tensor edges = sample.labels.at("edges")[0];
  // Written with whole-map comparisons, where labels and all three neighbours are known.
  const auto shifted = [](const at::Tensor& map, int down, int right) {
    return map.slice(0, down, 63 + down).slice(1, right, 127 + right);
  };
  at::Tensor differs = at::zeros({63, 127}, at::kBool), known = shifted(semseg, 0, 0) != 255;
  for (const auto& [down, right] : {std::pair{0, 1}, std::pair{1, 0}, std::pair{1, 1}}) {
    differs = differs | (shifted(semseg, 0, 0) != shifted(semseg, down, right)) |
              (shifted(instances, 0, 0) != shifted(instances, down, right));
    known = known & (shifted(semseg, down, right) != 255);
  }
  const at::Tensor inner = edges.slice(0, 0, 63).slice(1, 0, 127);
  EXPECT_TRUE(at::equal(inner.masked_select(known), differs.masked_select(known).to(at::kByte)));
  EXPECT_GT(inner.eq(1).sum().item<int>(), 300);
}

TEST(StreetsPlugin, SamplesAreTheSameBitsForAnyNumberOfWorkersAndFromTheCache) {
  const auto dataset = open_dataset("streets", place());
  const auto kept = cached(
      dataset, "train",
      {.identity = dataset->data_hash(), .folder = {}, .labels = {"semseg", "depth", "normals"}});
  for (std::int64_t i = 0; i < 6; ++i) {
    const Sample a = dataset->sample("train", i), b = kept->sample("train", i);
    EXPECT_TRUE(at::equal(a.rgb, b.rgb));
    EXPECT_TRUE(at::equal(a.labels.at("depth"), b.labels.at("depth")));
    EXPECT_TRUE(at::equal(a.labels.at("normals"), b.labels.at("normals")));
  }
  LoaderOptions options{.split = "train",
                        .batch = 4,
                        .seed = 3,
                        .augment = {"flip", "crop"},
                        .labels = {"semseg", "normals"},
                        .workers = 0};
  Loader alone(dataset, options);
  options.workers = 3;
  Loader many(kept, options);
  for (int i = 0; i < 4; ++i) {
    const Batch a = alone.next().value(), b = many.next().value();
    EXPECT_EQ(a.ids, b.ids);
    EXPECT_TRUE(at::equal(a.images.rgb, b.images.rgb));
    EXPECT_TRUE(at::equal(a.targets.at("normals").map, b.targets.at("normals").map));
  }
}

TEST(StreetsPlugin, ItsHashChangesWithSizeSeedAndCount) {
  const std::string base = open_dataset("streets", place())->data_hash();
  EXPECT_EQ(base.size(), 64u);
  EXPECT_EQ(open_dataset("streets", place())->data_hash(), base);
  DataPlace seed = place(), size = place(), count = place();
  seed.splits["train"].seed = 9;
  size.image.width = 160;
  count.splits["val"].count = 3;
  for (const auto& other : {seed, size, count})
    EXPECT_NE(open_dataset("streets", other)->data_hash(), base);
}

TEST(StreetsPlugin, UnknownSplitsAndImpossibleSizesAreRefused) {
  try {
    (void)open_dataset("streets", place())->sample("tran", 0);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "data.018");
    EXPECT_THAT(error.what(), testing::HasSubstr("Did you mean \"train\"?"));
  }
  DataPlace tiny = place();
  tiny.image.height = 8;
  try {
    (void)open_dataset("streets", tiny);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "data.017");
  }
}

}  // namespace
}  // namespace triptych::data
