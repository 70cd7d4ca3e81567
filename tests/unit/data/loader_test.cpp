#include "triptych/data/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "numbers_dataset.h"
#include "triptych/data/transform.h"
#include "triptych/error.h"

namespace triptych::data {
namespace {

using testing::HasSubstr;

LoaderOptions training(int workers) {
  return {.split = "train",
          .batch = 3,
          .seed = 5,
          .augment = {"flip", "crop"},
          .labels = {"semseg", "depth"},
          .workers = workers};
}

/// Everything of some batches as text, to compare streams.
std::string stream(Loader& loader, int batches) {
  std::string out;
  for (int i = 0; i < batches; ++i) {
    const Batch batch = loader.next().value();
    for (const auto& id : batch.ids) out += id + " ";
    out += std::to_string(batch.images.rgb.sum().item<double>()) + " " +
           std::to_string(
               (batch.images.rgb * at::arange(batch.images.rgb.numel()).view_as(batch.images.rgb))
                   .sum()
                   .item<double>());
    for (const auto& [name, target] : batch.targets)
      out += " " + name +
             std::to_string((target.map * at::arange(target.map.numel()).view_as(target.map))
                                .sum()
                                .item<double>());
    for (const auto& camera : batch.images.cameras) out += " " + std::to_string(camera.cx);
    out += "\n";
  }
  return out;
}

TEST(Loader, GivesTheSameStreamForAnyNumberOfWorkers) {
  const auto dataset = std::make_shared<NumbersDataset>();
  Loader alone(dataset, training(0));
  const auto expected = stream(alone, 12);
  for (const int workers : {1, 2, 5}) {
    Loader loader(dataset, training(workers));
    EXPECT_EQ(stream(loader, 12), expected) << workers << " workers";
  }
}

TEST(Loader, VisitsEachSampleOncePerEpochInAnotherOrderEachTime) {
  Loader loader(std::make_shared<NumbersDataset>(), training(2));
  std::vector<std::string> ids;
  while (ids.size() < 30)
    for (const Batch batch = loader.next().value(); const auto& id : batch.ids) ids.push_back(id);
  const std::vector<std::string> first(ids.begin(), ids.begin() + 10),
      second(ids.begin() + 10, ids.begin() + 20);
  EXPECT_EQ(std::set<std::string>(first.begin(), first.end()).size(), 10u);
  EXPECT_EQ(std::set<std::string>(second.begin(), second.end()).size(), 10u);
  EXPECT_NE(first, second);
}

TEST(Loader, GoesOnFromAnyPosition) {
  const auto dataset = std::make_shared<NumbersDataset>();
  Loader whole(dataset, training(2));
  (void)stream(whole, 5);
  const Position position = whole.position();
  EXPECT_EQ(position, (Position{1, 5}));  // 5 batches of 3 = 15 samples of 10 per epoch
  const auto expected = stream(whole, 4);
  Loader resumed(dataset, training(3));
  resumed.seek(position);
  EXPECT_EQ(stream(resumed, 4), expected);
}

TEST(Loader, NormalizesWithTheMeanAndDeviationOfImageNet) {
  Loader loader(std::make_shared<NumbersDataset>(),
                {.split = "train", .batch = 1, .is_training = false, .labels = {}});
  const Batch batch = loader.next().value();
  // Sample 0 holds 0, 1, 2, ...: channel 1 begins at 24, (24/255 - 0.456)/0.224.
  EXPECT_FLOAT_EQ(batch.images.rgb[0][0][0][1].item<float>(), (1 / 255.0f - 0.485f) / 0.229f);
  EXPECT_FLOAT_EQ(batch.images.rgb[0][1][0][0].item<float>(), (24 / 255.0f - 0.456f) / 0.224f);
  EXPECT_FLOAT_EQ(batch.images.rgb[0][2][0][0].item<float>(), (48 / 255.0f - 0.406f) / 0.225f);
}

TEST(Loader, DeliversClassesAsInt64AndMeasurementsAsFloat) {
  Loader loader(
      std::make_shared<NumbersDataset>(),
      {.split = "train", .batch = 2, .is_training = false, .labels = {"semseg", "depth", "edges"}});
  const Batch batch = loader.next().value();
  EXPECT_EQ(batch.targets.at("semseg").map.sizes(), (std::vector<std::int64_t>{2, 4, 6}));
  EXPECT_EQ(batch.targets.at("semseg").map.scalar_type(), at::kLong);
  EXPECT_EQ(batch.targets.at("depth").map.sizes(), (std::vector<std::int64_t>{2, 1, 4, 6}));
  EXPECT_EQ(batch.targets.at("depth").map.scalar_type(), at::kFloat);
  EXPECT_EQ(batch.targets.at("edges").map.scalar_type(), at::kFloat);
  EXPECT_EQ(batch.targets.count("normals"), 0u);
  EXPECT_EQ(batch.images.cameras.size(), 2u);
}

TEST(Loader, EvaluationVisitsTheSplitOnceInOrderWithAShortLastBatch) {
  for (const int workers : {0, 2}) {
    Loader loader(std::make_shared<NumbersDataset>(), {.split = "train",
                                                       .batch = 4,
                                                       .is_training = false,
                                                       .labels = {"depth"},
                                                       .workers = workers});
    for (int round = 0; round < 2; ++round) {
      std::vector<std::string> ids;
      std::int64_t last = 0;
      while (auto batch = loader.next()) {
        ids.insert(ids.end(), batch->ids.begin(), batch->ids.end());
        last = batch->images.rgb.size(0);
        EXPECT_EQ(batch->targets.at("depth").map.size(0), last);
      }
      EXPECT_EQ(ids.size(), 10u);
      EXPECT_EQ(ids.back(), "train9");
      EXPECT_EQ(last, 2);  // 10 = 4 + 4 + 2
      EXPECT_FALSE(loader.next().has_value());
      loader.rewind();
    }
  }
}

TEST(Loader, RanksShareTheStreamWithoutOverlap) {
  const auto dataset = std::make_shared<NumbersDataset>();
  auto options = training(1);
  Loader whole(dataset, options);
  std::vector<std::string> expected, found;
  for (int i = 0; i < 4; ++i)
    for (const Batch batch = whole.next().value(); const auto& id : batch.ids)
      expected.push_back(id);
  options.world = 2;
  Loader first(dataset, options);
  options.rank = 1;
  Loader second(dataset, options);
  for (int i = 0; i < 2; ++i)
    for (auto* loader : {&first, &second})
      for (const Batch batch = loader->next().value(); const auto& id : batch.ids)
        found.push_back(id);
  EXPECT_EQ(found, expected);
}

TEST(Loader, MarksWhichSamplesLackALabelAndZeroesTheirRows) {
  auto dataset = std::make_shared<NumbersDataset>();
  dataset->is_partial = true;
  Loader loader(
      dataset, {.split = "train", .batch = 4, .is_training = false, .labels = {"semseg", "depth"}});
  const Batch batch = loader.next().value();
  const Target& depth = batch.targets.at("depth");
  EXPECT_EQ(depth.present, (std::vector<bool>{true, false, true, false}));
  EXPECT_EQ(depth.map[1].abs().sum().item<float>(), 0);
  EXPECT_GT(depth.map[2].min().item<float>(), 0);
  EXPECT_TRUE(batch.targets.at("semseg").any_present());
}

TEST(Loader, LeavesTheMapUndefinedWhereNoSampleHasTheLabel) {
  auto dataset = std::make_shared<NumbersDataset>();
  dataset->is_partial = true;
  Loader loader(dataset, {.split = "train", .batch = 1, .is_training = false, .labels = {"depth"}});
  (void)loader.next();
  const Batch second = loader.next().value();
  EXPECT_FALSE(second.targets.at("depth").map.defined());
  EXPECT_FALSE(second.targets.at("depth").any_present());
}

TEST(Loader, NeverWritesIntoMemoryThatTheConsumerHolds) {
  Loader loader(std::make_shared<NumbersDataset>(), training(2));
  std::vector<Batch> held;
  std::vector<at::Tensor> copies;
  for (int i = 0; i < 12; ++i) {
    held.push_back(loader.next().value());
    copies.push_back(held.back().images.rgb.clone());
  }
  for (std::size_t i = 0; i < held.size(); ++i)
    EXPECT_TRUE(at::equal(held[i].images.rgb, copies[i]));
}

TEST(Loader, ReusesTheMemoryThatTheConsumerGaveBack) {
  auto options = training(0);
  options.ring = 1;
  Loader loader(std::make_shared<NumbersDataset>(), options);
  const void* first = loader.next()->images.rgb.const_data_ptr();
  EXPECT_EQ(loader.next()->images.rgb.const_data_ptr(), first);
}

TEST(Loader, CarriesAnExceptionToTheConsumerWithTheSample) {
  for (const int workers : {0, 2}) {
    auto dataset = std::make_shared<NumbersDataset>();
    dataset->broken = 4;
    Loader loader(
        dataset,
        {.split = "train", .batch = 3, .is_training = false, .labels = {}, .workers = workers});
    EXPECT_EQ(loader.next()->ids.back(), "train2");
    for (int again = 0; again < 2; ++again) {
      try {
        (void)loader.next();
        FAIL() << "sample 4 is broken";
      } catch (const Error& error) {
        EXPECT_EQ(error.problem().code, "data.020");
        EXPECT_THAT(error.what(), HasSubstr("sample 4 of split 'train'"));
        EXPECT_THAT(error.what(), HasSubstr("the disk caught fire"));
      }
    }
  }
}

TEST(Loader, CountsTheTimeThatItsConsumerWaits) {
  auto dataset = std::make_shared<NumbersDataset>();
  dataset->delay = std::chrono::milliseconds(5);
  Loader loader(dataset, training(0));
  for (int i = 0; i < 4; ++i) (void)loader.next();
  const auto statistics = loader.statistics();
  EXPECT_EQ(statistics.batches, 4);
  EXPECT_GE(statistics.waiting_s, 4 * 3 * 0.005);  // 4 batches of 3 samples of 5 ms
  EXPECT_LE(statistics.waiting_s, statistics.total_s);
}

TEST(Loader, StopsWhileWorkersAreBusy) {
  auto dataset = std::make_shared<NumbersDataset>();
  dataset->delay = std::chrono::milliseconds(2);
  for (int i = 0; i < 5; ++i) {
    Loader loader(dataset, training(3));
    (void)loader.next();
  }
  SUCCEED();
}

std::string code_of(const std::shared_ptr<const Dataset>& dataset, const LoaderOptions& options) {
  try {
    Loader loader(dataset, options);
  } catch (const Error& error) {
    return error.problem().code;
  }
  return "";
}

TEST(Loader, RefusesUnknownAugmentationsLabelsAndEmptySplits) {
  auto dataset = std::make_shared<NumbersDataset>();
  EXPECT_EQ(code_of(dataset, {.augment = {"filp"}}), "data.021");
  EXPECT_EQ(code_of(dataset, {.batch = 0}), "data.022");
  EXPECT_EQ(code_of(dataset, {.labels = {"dept"}}), "data.024");
  dataset->count = 0;
  EXPECT_EQ(code_of(dataset, {}), "data.022");
}

TEST(Collated, RefusesSamplesOfDifferentSizes) {
  NumbersDataset dataset;
  std::vector<Sample> samples{dataset.sample("train", 0)};
  dataset.width = 7;
  samples.push_back(dataset.sample("train", 1));
  try {
    (void)collated(samples, {"semseg"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "data.023");
    EXPECT_THAT(error.what(), HasSubstr("train1"));
    EXPECT_THAT(error.what(), HasSubstr("3 x 4 x 7"));
  }
}

TEST(Shuffled, IsAPermutationThatDependsOnSeedAndEpoch) {
  auto order = shuffled(1, 0, 100);
  EXPECT_EQ(order, shuffled(1, 0, 100));
  EXPECT_NE(order, shuffled(1, 1, 100));
  EXPECT_NE(order, shuffled(2, 0, 100));
  std::sort(order.begin(), order.end());
  for (std::int64_t i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

// Each of 4 elements should stand first in a quarter of 8000 orders: 2000 +- 5 standard deviations
// (39).
TEST(Shuffled, IsUniform) {
  std::array<int, 4> first{};
  for (std::uint64_t seed = 0; seed < 8000; ++seed)
    ++first[static_cast<std::size_t>(shuffled(seed, 0, 4)[0])];
  for (const int count : first) EXPECT_NEAR(count, 2000, 195);
}

}  // namespace
}  // namespace triptych::data
