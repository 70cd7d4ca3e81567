#include "triptych/train/checkpoint.h"

#include <gmock/gmock.h>
#include <torch/nn.h>
#include <unistd.h>

#include <fstream>

#include <triptych/core/hash.h>
#include <triptych/error.h>

#include "triptych/train/digest.h"
#include "triptych/train/safetensors.h"
#include "triptych/train/weights.h"

namespace triptych::train {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class CheckpointTest : public testing::Test {
 protected:
  CheckpointTest()
      : folder_(fs::temp_directory_path() / ("checkpoint." + std::to_string(getpid()))) {}
  ~CheckpointTest() override { fs::remove_all(folder_); }

  Checkpoint at(std::int64_t step) const {
    return {.step = step,
            .tensors = {{"model/w", torch::full({4}, static_cast<float>(step))},
                        {"rng/forward", torch::arange(8, torch::kByte)}},
            .facts = {{"identity", "abc"}}};
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_))
      names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  /// Changes one byte near the end of a file: the header stays as it was.
  static void damage(const fs::path& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-3, std::ios::end);
    file.put('\x55');
  }

  fs::path folder_;
};

TEST_F(CheckpointTest, ComesBackBitByBit) {
  write_checkpoint(folder_, at(500));
  const auto found = newest_checkpoint(folder_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->checkpoint.step, 500);
  EXPECT_EQ(found->checkpoint.facts.at("identity"), "abc");
  EXPECT_EQ(tensors_digest(found->checkpoint.tensors), tensors_digest(at(500).tensors));
  EXPECT_EQ(files(), std::vector<std::string>{"step-000500.safetensors"});
}

TEST_F(CheckpointTest, TwoGenerationsAreKept) {
  for (const auto step : {5, 10, 15, 1000000}) write_checkpoint(folder_, at(step));
  EXPECT_EQ(files(),
            (std::vector<std::string>{"step-000015.safetensors", "step-1000000.safetensors"}));
  EXPECT_EQ(newest_checkpoint(folder_)->checkpoint.step, 1000000);  // by number, not by text
}

TEST_F(CheckpointTest, DamagedNewestGivesThePreviousAndSaysSo) {
  write_checkpoint(folder_, at(5));
  damage(write_checkpoint(folder_, at(10)));
  const auto found = newest_checkpoint(folder_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->checkpoint.step, 5);
  ASSERT_EQ(found->damaged.size(), 1u);
  EXPECT_THAT(found->damaged[0], HasSubstr("step-000010"));
  EXPECT_THAT(found->damaged[0], HasSubstr("changed bytes"));
}

TEST_F(CheckpointTest, CutOffRenamedAndForeignFilesAreNotUsed) {
  const fs::path newest = write_checkpoint(folder_, at(10));
  fs::copy_file(newest, folder_ / "step-000020.safetensors");  // says step 10 inside
  fs::copy_file(newest, folder_ / "step-000030.safetensors");
  fs::resize_file(folder_ / "step-000030.safetensors", fs::file_size(newest) - 1);
  write_safetensors(folder_ / "step-000040.safetensors", {{"x", torch::zeros({1})}});
  std::ofstream(folder_ / "step-000050.safetensors") << "nonsense";
  const auto found = newest_checkpoint(folder_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->checkpoint.step, 10);
  EXPECT_EQ(found->damaged.size(), 4u);
}

TEST_F(CheckpointTest, LaterOnesThanAskedForAreLeftAside) {
  write_checkpoint(folder_, at(5));
  write_checkpoint(folder_, at(10));
  EXPECT_EQ(newest_checkpoint(folder_, 9)->checkpoint.step, 5);
  EXPECT_FALSE(newest_checkpoint(folder_, 4));
  EXPECT_FALSE(newest_checkpoint(folder_ / "missing"));
}

TEST_F(CheckpointTest, RemovalLeavesOtherFiles) {
  write_checkpoint(folder_, at(5));
  std::ofstream(folder_ / "weights.safetensors") << "w";
  remove_checkpoints(folder_);
  EXPECT_EQ(files(), std::vector<std::string>{"weights.safetensors"});
}

TEST_F(CheckpointTest, LeftoversOfADeadWriterAreRemoved) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "step-000005.safetensors.tmp-123") << "half";
  write_checkpoint(folder_, at(10));
  EXPECT_EQ(files(), std::vector<std::string>{"step-000010.safetensors"});
}

TEST_F(CheckpointTest, UnwritableFolderIsAnErrorThatNamesIt) {
  std::ofstream(folder_) << "a file where the folder should be";
  try {
    write_checkpoint(folder_, at(5));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "core.002");
    EXPECT_THAT(error.what(), HasSubstr(folder_.string()));
  }
}

TEST(Digest, IsTheHashOfNamesTypesShapesAndBytes) {
  // By hand: "a\0F32\0" "2\0" and the bytes of 1.0f and 2.0f.
  const std::string bytes(
      "a\0F32\0"
      "2\0\x00\x00\x80\x3f\x00\x00\x00\x40",
      16);
  EXPECT_EQ(tensors_digest({{"a", torch::tensor({1.0f, 2.0f})}}), core::sha256_hex(bytes));
}

TEST(Digest, SeesEveryPart) {
  const auto base = tensors_digest({{"a", torch::tensor({1.0f, 2.0f})}});
  EXPECT_NE(base, tensors_digest({{"b", torch::tensor({1.0f, 2.0f})}}));
  EXPECT_NE(base, tensors_digest({{"a", torch::tensor({1.0f, -2.0f})}}));
  EXPECT_NE(base, tensors_digest({{"a", torch::tensor({{1.0f, 2.0f}})}}));
  EXPECT_NE(base, tensors_digest({{"a", torch::tensor({1.0f, 2.0f}).view(torch::kInt)}}));
  EXPECT_NE(tensors_digest({{"a", torch::tensor({0.0f})}}),
            tensors_digest({{"a", torch::tensor({-0.0f})}}));
}

std::shared_ptr<torch::nn::LinearImpl> linear() {
  return std::make_shared<torch::nn::LinearImpl>(3, 2);
}

TEST(Weights, LoadByNameIsCompleteOrAnError) {
  const auto from = linear(), to = linear();
  EXPECT_TRUE(load_state(*to, state_of(*from), "w").is_complete());
  EXPECT_TRUE(torch::equal(to->weight, from->weight));

  auto state = state_of(*from);
  state.erase("bias");
  state["extra"] = torch::zeros({1});
  state["weight"] = torch::zeros({2, 4});
  const auto before = to->weight.clone();
  try {
    load_state(*to, state, "file.safetensors");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "train.020");
    EXPECT_THAT(error.what(), HasSubstr("1 missing: bias"));
    EXPECT_THAT(error.what(), HasSubstr("1 unexpected: extra"));
    EXPECT_THAT(error.what(), HasSubstr("weight [2, 4] instead of [2, 3]"));
  }
  EXPECT_TRUE(torch::equal(to->weight, before));
}

TEST(Weights, PartialLoadTakesWhatFits) {
  const auto to = linear();
  const LoadReport report =
      load_state(*to, {{"bias", torch::ones({2})}, {"extra", torch::ones({1})}}, "w", true);
  EXPECT_EQ(report.loaded, 1u);
  EXPECT_THAT(report.text(), HasSubstr("missing: weight"));
  EXPECT_TRUE(torch::equal(to->bias, torch::ones({2})));
  EXPECT_THROW(load_state(*to, {{"extra", torch::ones({1})}}, "w", true), Error);  // nothing fits
}

}  // namespace
}  // namespace triptych::train
