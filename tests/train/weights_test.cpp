// Weights of one run in another, and predictions from weights.
#include "triptych/train/trainer.h"

#include <gmock/gmock.h>

#include <triptych/error.h>

#include "fixture.h"
#include "triptych/train/checkpoint.h"
#include "triptych/train/predict.h"
#include "triptych/train/safetensors.h"
#include "triptych/train/weights.h"

namespace triptych::train {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Training, StartsFromWeightsOfAnotherRun) {
  const Trained first(tiny(10));
  const manifest::Manifest manifest = tiny(1);
  Folder folder;
  Journal journal(folder.path());
  RunPlan plan = plan_of(manifest, folder.path());
  plan.init_weights = first.outcome.weights;
  ASSERT_EQ(run_training(plan, journal, never).status, RunStatus::kDone);
  EXPECT_LT(journal.curves.at("all loss train 1"), first.journal.curves.at("all loss train 4"));

  manifest::Manifest other = tiny(1);
  other.tasks.pop_back();  // semseg alone: the depth head is unexpected
  plan.manifest = &other;
  EXPECT_EQ(run_training(plan, journal, never).code, "train.020");
  other.recipe.init_from.is_partial = true;
  EXPECT_EQ(run_training(plan, journal, never).status, RunStatus::kDone);
  EXPECT_THAT(journal.warnings,
              Contains(testing::AllOf(testing::StartsWith("train.021"), HasSubstr("head.depth"))));
}

TEST(Training, StartsFromWeightsUnderOtherNames) {
  const Trained first(tiny(10));
  std::map<std::string, at::Tensor> foreign;
  for (const auto& [name, tensor] : read_weights(first.outcome.weights)) {
    const bool is_encoder = name.starts_with("encoder.");
    foreign.emplace(is_encoder ? "module.backbone." + name.substr(8) : "module." + name, tensor);
  }
  Folder folder;
  write_safetensors(folder.path() / "foreign.safetensors", foreign, {});
  manifest::Manifest manifest = tiny(1);
  Journal journal(folder.path());
  RunPlan plan = plan_of(manifest, folder.path());
  plan.init_weights = folder.path() / "foreign.safetensors";
  EXPECT_EQ(run_training(plan, journal, never).code, "train.020");
  manifest.recipe.init_from.rename = {{"module", ""}, {"module.backbone", "encoder"}};
  const auto outcome = run_training(plan, journal, never);
  ASSERT_EQ(outcome.status, RunStatus::kDone) << outcome.reason;
  EXPECT_LT(journal.curves.at("all loss train 1"), first.journal.curves.at("all loss train 4"));
}

TEST(Renamed, ReplacesWholePartsAndTheLongestBeginning) {
  const auto tensor = torch::zeros({1});
  const auto names = [](const std::map<std::string, at::Tensor>& tensors) {
    std::vector<std::string> names;
    for (const auto& [name, value] : tensors) names.push_back(name);
    return names;
  };
  const auto made =
      renamed({{"proj.weight", tensor}, {"projection.weight", tensor}, {"proj", tensor}},
              {{"proj", "global.proj"}}, "f");
  EXPECT_THAT(names(made),
              testing::ElementsAre("global.proj", "global.proj.weight", "projection.weight"));
  const auto nested = renamed({{"a.b.c", tensor}, {"a.d", tensor}, {"e", tensor}},
                              {{"", "all"}, {"a", "x"}, {"a.b", "y"}}, "f");
  EXPECT_THAT(names(nested), testing::ElementsAre("all.e", "x.d", "y.c"));
}

TEST(Renamed, RefusesTwoTensorsOfOneNameAndBeginningsThatMatchNothing) {
  const auto tensor = torch::zeros({1});
  const auto message = [&](const std::map<std::string, std::string>& rename) -> std::string {
    try {
      static_cast<void>(renamed({{"a.w", tensor}, {"b.w", tensor}}, rename, "f.safetensors"));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message({{"a", "b"}}), HasSubstr("[train.022]"));
  EXPECT_THAT(message({{"c", "d"}}), HasSubstr("no tensor's name begins with \"c\""));
}

TEST(Training, WeightsOfAnotherImageSizeAreNamedAsSuch) {
  const auto manifest_for = [](std::int64_t width) {
    manifest::Manifest made = tiny(1);
    made.protocol.width = width;
    made.slots.encoder = choice(
        "encoder", "swin",
        {{"depths", std::vector<std::int64_t>{1, 1}}, {"heads", std::vector<std::int64_t>{1, 2}}});
    made.slots.prompt = {
        choice("prompt", "spatial_channel",
               {{"channel", std::string("full")}, {"channel_dim", std::int64_t{4}}})};
    made.slots.fusion = {choice("fusion", "prompt_decode")};
    return made;
  };
  const Trained run(manifest_for(24));
  ASSERT_EQ(run.outcome.status, RunStatus::kDone) << run.outcome.reason;
  EXPECT_NO_THROW(Predictor(manifest_for(24), plugins(), run.outcome.weights, "cpu"));
  try {
    Predictor(manifest_for(48), plugins(), run.outcome.weights, "cpu");
    FAIL() << "weights of 16x24 fitted 16x48";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("weights made for images of 16x48: parameters of prompt.0"));
  }
}

TEST(Predict, RawOutputsAreThoseOfTheModelBeforeUpsampling) {
  const Trained run(tiny(4));
  Predictor predictor(tiny(4), plugins(), run.outcome.weights, "cpu");
  const at::Tensor rgb = torch::randint(0, 256, {2, 3, 16, 24}, torch::kByte);
  const auto raw = predictor.raw(rgb);
  ASSERT_EQ(raw.size(), 2u);
  EXPECT_EQ(raw.at("semseg").sizes(), (std::vector<std::int64_t>{2, 3, 8, 12}));
  EXPECT_EQ(raw.at("depth").sizes(), (std::vector<std::int64_t>{2, 1, 8, 12}));
  // Normalised by hand: the same network input.
  const at::Tensor mean = torch::tensor({0.485f, 0.456f, 0.406f}).view({3, 1, 1});
  const at::Tensor std = torch::tensor({0.229f, 0.224f, 0.225f}).view({3, 1, 1});
  const auto same = predictor.raw((rgb.to(torch::kFloat) / 255 - mean) / std);
  EXPECT_TRUE(torch::equal(same.at("depth"), raw.at("depth")));
  const auto inner = predictor.raw(rgb, "^encoder/level[01]$");
  EXPECT_EQ(inner.size(), 4u);
  EXPECT_EQ(inner.at("encoder/level1").sizes(), (std::vector<std::int64_t>{2, 12, 4, 6}));
}

TEST(Predict, BadInputIsAnErrorThatSaysWhatIsWanted) {
  const Trained run(tiny(1));
  Predictor predictor(tiny(1), plugins(), run.outcome.weights, "cpu");
  const auto code = [](const auto& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.problem().code;
    }
    return std::string("none");
  };
  EXPECT_EQ(code([&] { (void)predictor.raw(torch::zeros({1, 3, 16, 16})); }), "train.060");
  EXPECT_EQ(code([&] {
              (void)predictor.raw(torch::zeros({1, 3, 16, 24}, torch::kInt));
            }),
            "train.060");
  EXPECT_EQ(code([&] { (void)predictor.raw(torch::zeros({1, 3, 16, 24}), "("); }), "train.061");
  EXPECT_EQ(code([&] { (void)picture_files(run.folder.path()); }), "train.062");
  write_safetensors(run.folder.path() / "x", {{"image", torch::zeros({1, 3, 16, 24})}});
  EXPECT_EQ(code([&] { predictor.raw_file(run.folder.path() / "x", run.folder.path() / "y"); }),
            "train.060");
  EXPECT_EQ(code([&] { (void)predictor.raw(torch::zeros({1, 3, 16, 24}), "zzz"); }), "train.063");
  EXPECT_EQ(code([&] { Predictor(tiny(1), plugins(), run.folder.path() / "x", "cpu"); }),
            "train.020");
}

TEST(Predict, AnUnmatchedExpressionNamesTheTensorsThatThereAre) {
  const Trained run(tiny(1));
  Predictor predictor(tiny(1), plugins(), run.outcome.weights, "cpu");
  const at::Tensor rgb = torch::zeros({1, 3, 16, 24});
  try {
    (void)predictor.raw(rgb, "^encoder/levle1$");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("--tensors \"^encoder/levle1$\": matches no"));
    EXPECT_THAT(error.what(), testing::HasSubstr("encoder/level0, encoder/level1, "));
    EXPECT_THAT(error.what(), testing::EndsWith("Did you mean \"encoder/level1\"?"));
  }
}

TEST(Predict, InputOfAnotherShapeIsNamedWithItsFile) {
  const Trained run(tiny(1));
  Predictor predictor(tiny(1), plugins(), run.outcome.weights, "cpu");
  const auto input = run.folder.path() / "x.safetensors";
  write_safetensors(input, {{"rgb", torch::zeros({1, 3, 16, 16})}});
  try {
    predictor.raw_file(input, run.folder.path() / "y");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::StartsWith(input.string() + ": rgb: is [1, 3, 16, 16]"));
  }
}

}  // namespace
}  // namespace triptych::train
