#include "triptych/data/cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "numbers_dataset.h"

namespace triptych::data {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Cache : public testing::Test {
 protected:
  Cache() {
    std::string name = (fs::temp_directory_path() / "triptych-cache-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~Cache() override { fs::remove_all(folder_); }

  CacheOptions options(std::vector<std::string> labels) {
    return {.identity = "id",
            .folder = folder_,
            .labels = std::move(labels),
            .threads = 2,
            .warn = [this](std::string_view code, std::string_view text) {
              warnings_ += std::string(code) + ": " + std::string(text) + "\n";
            }};
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> out;
    for (const auto& entry : fs::recursive_directory_iterator(folder_))
      if (entry.path().extension() == ".bin") out.push_back(entry.path());
    return out;
  }

  static void expect_equal(const Dataset& found, const Dataset& expected,
                           const std::vector<std::string>& labels) {
    ASSERT_EQ(found.size("train"), expected.size("train"));
    for (std::int64_t i = 0; i < expected.size("train"); ++i) {
      const Sample a = found.sample("train", i), b = expected.sample("train", i);
      EXPECT_EQ(a.id, b.id);
      EXPECT_TRUE(at::equal(a.rgb, b.rgb));
      EXPECT_EQ(a.camera.cx, b.camera.cx);
      EXPECT_EQ(a.camera.pitch_rad, b.camera.pitch_rad);
      for (const auto& name : labels) {
        ASSERT_EQ(a.labels.count(name), b.labels.count(name)) << name << " of sample " << i;
        if (!b.labels.contains(name)) continue;
        EXPECT_EQ(a.labels.at(name).scalar_type(), b.labels.at(name).scalar_type());
        EXPECT_TRUE(at::equal(a.labels.at(name), b.labels.at(name)));
      }
    }
  }

  fs::path folder_;
  std::string warnings_;
};

TEST_F(Cache, GivesTheSameBitsAndMakesEachSampleOnce) {
  const auto dataset = std::make_shared<NumbersDataset>();
  const auto first = cached(dataset, "train", options({"semseg", "depth"}));
  expect_equal(*first, NumbersDataset(), {"semseg", "depth"});
  const int made = dataset->made;
  EXPECT_LE(made, 11);  // ten, and the first once more for its sizes
  const auto second = cached(dataset, "train", options({"semseg", "depth"}));
  expect_equal(*second, NumbersDataset(), {"semseg", "depth"});
  EXPECT_EQ(dataset->made, made);
  EXPECT_EQ(warnings_, "");
}

TEST_F(Cache, MakesOnlyTheLabelThatIsNew) {
  const auto dataset = std::make_shared<NumbersDataset>();
  (void)cached(dataset, "train", options({"semseg"}));
  const auto both = cached(dataset, "train", options({"semseg", "normals"}));
  expect_equal(*both, NumbersDataset(), {"semseg", "normals"});
  EXPECT_EQ(files().size(), 4u);  // rgb, semseg, normals, notes
}

TEST_F(Cache, KeepsPartialLabelsPartial) {
  auto dataset = std::make_shared<NumbersDataset>();
  dataset->is_partial = true;
  NumbersDataset expected;
  expected.is_partial = true;
  for (int i = 0; i < 2; ++i)
    expect_equal(*cached(dataset, "train", options({"depth"})), expected, {"depth"});
}

TEST_F(Cache, AnotherIdentityOrSplitNeverMeetsOldSamples) {
  auto dataset = std::make_shared<NumbersDataset>();
  (void)cached(dataset, "train", options({"semseg"}));
  const int made = dataset->made;
  auto other = options({"semseg"});
  other.identity = "changed renderer";
  (void)cached(dataset, "train", other);
  EXPECT_GE(dataset->made, made + 10);
  EXPECT_EQ(cached(dataset, "val", options({"semseg"}))->sample("val", 1).id, "val1");
}

TEST_F(Cache, DamagedFilesAreMadeAgainWithAWarning) {
  const auto dataset = std::make_shared<NumbersDataset>();
  (void)cached(dataset, "train", options({"semseg"}));
  for (const auto& file : files()) {
    warnings_.clear();
    {
      std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
      out.seekg(4100);
      const int old = out.get();
      out.seekp(4100);
      out.put(static_cast<char>(old ^ 1));
    }
    expect_equal(*cached(dataset, "train", options({"semseg"})), NumbersDataset(), {"semseg"});
    EXPECT_THAT(warnings_, HasSubstr("data.041"));
    EXPECT_THAT(warnings_, HasSubstr(file.string()));
    EXPECT_THAT(warnings_, HasSubstr("checksum"));
    warnings_.clear();
    expect_equal(*cached(dataset, "train", options({"semseg"})), NumbersDataset(), {"semseg"});
    EXPECT_EQ(warnings_, "") << "mended";
  }
}

TEST_F(Cache, CutOffAndForeignFilesAreMadeAgain) {
  const auto dataset = std::make_shared<NumbersDataset>();
  (void)cached(dataset, "train", options({"semseg"}));
  const auto all = files();
  fs::resize_file(all[0], 4200);
  fs::resize_file(all[1], 10);
  std::ofstream(all[2], std::ios::binary) << std::string(8000, 'x');
  expect_equal(*cached(dataset, "train", options({"semseg"})), NumbersDataset(), {"semseg"});
  EXPECT_THAT(warnings_, HasSubstr("cut off"));
  EXPECT_THAT(warnings_, HasSubstr("header"));
}

TEST_F(Cache, AFolderThatCannotBeWrittenIsAWarningAndSamplesStayInMemory) {
  const auto dataset = std::make_shared<NumbersDataset>();
  auto o = options({"semseg"});
  std::ofstream(folder_ / "file") << "x";
  o.folder = folder_ / "file" / "below";  // also for root, who may write anywhere
  const auto kept = cached(dataset, "train", o);
  EXPECT_THAT(warnings_, HasSubstr("data.040"));
  EXPECT_THAT(warnings_, HasSubstr("TRIPTYCH_CACHE"));
  const int made = dataset->made;
  expect_equal(*kept, NumbersDataset(), {"semseg"});
  EXPECT_EQ(dataset->made, made);
}

TEST_F(Cache, SplitsAboveTheLimitAreMadeAnewEachTime) {
  const auto dataset = std::make_shared<NumbersDataset>();
  auto o = options({"semseg"});
  o.most_bytes = 100;
  expect_equal(*cached(dataset, "train", o), NumbersDataset(), {"semseg"});
  EXPECT_THAT(warnings_, HasSubstr("data.040"));
  EXPECT_TRUE(files().empty());
}

TEST_F(Cache, AnExceptionLeavesNothingBehind) {
  auto dataset = std::make_shared<NumbersDataset>();
  dataset->broken = 7;
  EXPECT_THROW((void)cached(dataset, "train", options({"semseg"})), std::runtime_error);
  for (const auto& entry : fs::recursive_directory_iterator(folder_))
    EXPECT_TRUE(entry.is_directory() || entry.path().filename() == "lock") << entry.path();
}

TEST_F(Cache, RunsAtTheSameTimeMakeSamplesOnce) {
  const auto dataset = std::make_shared<NumbersDataset>();
  dataset->delay = std::chrono::milliseconds(3);
  {
    std::vector<std::jthread> runs;
    for (int i = 0; i < 4; ++i)
      runs.emplace_back([&] {
        auto o = options({"semseg"});
        o.warn = nullptr;
        expect_equal(*cached(dataset, "train", o), NumbersDataset(), {"semseg"});
      });
  }
  EXPECT_LE(dataset->made, 11);
}

TEST_F(Cache, ReportsProgressUpToTheEnd) {
  const auto dataset = std::make_shared<NumbersDataset>();
  auto o = options({"semseg"});
  std::int64_t last = 0;
  o.progress = [&](std::int64_t done, std::int64_t total) {
    EXPECT_EQ(total, 10);
    last = done;
  };
  (void)cached(dataset, "train", o);
  EXPECT_EQ(last, 10);
}

}  // namespace
}  // namespace triptych::data
