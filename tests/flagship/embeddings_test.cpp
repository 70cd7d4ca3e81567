// What the manuals of the embeddings state: which settings equal which plugin, and how branches
// fuse.
#include "embedding_fixture.h"

namespace flagship_test {
namespace {

using torch::indexing::Slice;

const Values kNoContext{{"context", "none"}};

TEST(Triple, IsPatchWithTheBareGlobalBranchAtTheSameSeed) {
  const auto patch = make("patch");
  const auto triple = make_triple({"global"}, kNoContext);
  EXPECT_EQ(count_parameters(*triple), count_parameters(*patch));
  EXPECT_TRUE(torch::equal(patches_of(*triple), patches_of(*patch)));
}

TEST(Triple, TakesTheWeightsOfPatchByName) {
  const auto patch = make("patch", {}, /*seed=*/1);
  const auto triple = make_triple({"global"}, kNoContext, /*seed=*/2);
  ASSERT_FALSE(torch::equal(patches_of(*triple), patches_of(*patch)));
  copy_weights(*patch, *triple, "global_branch.");
  EXPECT_TRUE(torch::equal(patches_of(*triple), patches_of(*patch)));
}

TEST(LargeKernel, TakesTheWeightsOfPatchByName) {
  const auto patch = make("patch", {}, /*seed=*/1);
  const auto wide = make("large_kernel", {}, /*seed=*/2);
  ASSERT_FALSE(torch::equal(patches_of(*wide), patches_of(*patch)));
  copy_weights(*patch, *wide, "");
  EXPECT_TRUE(torch::equal(patches_of(*wide), patches_of(*patch)));
}

TEST(Contour, GivesEqualPatchesOfAnImageOfOneColour) {
  const auto rgb = torch::full({1, 3, kImage.height, kImage.width}, 0.7);
  for (const char* kind :
       {"sobel_log", "pixel_difference", "pixel_difference_angular", "pixel_difference_radial"}) {
    const auto patches = patches_of(*make("contour", {{"contour_operator", kind}}), {rgb, {}});
    EXPECT_LT(distance(patches, patches.slice(1, 0, 1).slice(2, 0, 1).expand_as(patches)), 1e-5)
        << kind;
  }
}

TEST(Triple, StartsAsPatchWithAnyContext) {
  const auto patch = patches_of(*make("patch"));
  for (const char* context : {"large_kernel", "pooled_attention"}) {
    EXPECT_TRUE(torch::equal(patches_of(*make_triple({"global"}, {{"context", context}})), patch));
  }
  EXPECT_TRUE(torch::equal(patches_of(*make("large_kernel")), patch));
}

struct Alone {
  std::string branch;
  std::string plugin;
  Values values;  // of both
};

TEST(Triple, WithOneBranchGivesWhatThatPluginGives) {
  const std::vector<Alone> cases{
      {"global", "large_kernel", {{"context_size", std::int64_t{5}}}},
      {"local", "conv_stem", {}},
      {"contour", "contour", {}},
      {"contour", "contour", {{"contour_operator", "pixel_difference"}}},
      {"contour", "contour", {{"contour_operator", "pixel_difference_angular"}}},
      {"contour", "contour", {{"contour_operator", "pixel_difference_radial"}}}};
  for (const auto& [branch, name, values] : cases) {
    const auto plugin = make(name, values, /*seed=*/1);
    const auto triple = make_triple({branch}, values, /*seed=*/2);
    scatter(*plugin);
    copy_weights(*plugin, *triple, branch + "_branch.");
    EXPECT_EQ(count_parameters(*triple), count_parameters(*plugin)) << name;
    EXPECT_TRUE(torch::equal(patches_of(*triple), patches_of(*plugin))) << name;
  }
}

TEST(Triple, DrawsEachBranchFromTheSeedAlone) {
  const auto all = make_triple({"global", "local", "contour"});
  const auto reference = all->named_parameters();
  for (const std::set<std::string>& branches :
       std::vector<std::set<std::string>>{{"global"},
                                          {"local"},
                                          {"contour"},
                                          {"global", "local"},
                                          {"global", "contour"},
                                          {"local", "contour"}}) {
    for (const auto& entry : make_triple(branches)->named_parameters()) {
      if (entry.key().starts_with("fuse.")) continue;  // its size follows the branches
      EXPECT_TRUE(torch::equal(entry.value(), reference[entry.key()])) << entry.key();
    }
  }
  const auto other = make_triple({"local"}, {}, /*seed=*/2)->named_parameters();
  EXPECT_FALSE(torch::equal(other["local_branch.steps.0.conv.weight"],
                            reference["local_branch.steps.0.conv.weight"]));
}

/// Patches of each branch alone, with the weights that it has in `triple`.
std::vector<torch::Tensor> branches_of(const Embedding& triple) {
  std::vector<torch::Tensor> features;
  for (const std::string branch : {"global", "local", "contour"}) {
    const auto alone = make_triple({branch});
    const torch::NoGradGuard no_grad;
    const auto weights = triple.named_parameters();
    for (const auto& entry : alone->named_parameters()) entry.value().copy_(weights[entry.key()]);
    features.push_back(patches_of(*alone));
  }
  return features;
}

TEST(Fuse, AddsTheBranches) {
  const auto triple = make("triple", {{"fuse", "sum"}});
  const auto x = branches_of(*triple);
  EXPECT_TRUE(torch::equal(patches_of(*triple), x[0] + x[1] + x[2]));
}

TEST(Fuse, OpensAGatePerCellAndChannel) {
  const auto triple = make("triple", {{"gates", "channel"}, {"gate_logit", -1.0}});
  scatter(*triple);
  const auto x = branches_of(*triple);
  const auto weights = triple->named_parameters();
  const auto a = torch::sigmoid(torch::matmul(torch::cat(x, -1), weights["fuse.gates.weight"].t()) +
                                weights["fuse.gates.bias"]);
  const auto expected =
      x[0] + a.index({"...", Slice(0, 12)}) * x[1] + a.index({"...", Slice(12, 24)}) * x[2];
  EXPECT_LT(distance(patches_of(*triple), expected), 1e-5);  // sums of float32 in another order
}

TEST(Fuse, OpensAGatePerCell) {
  const auto triple = make("triple", {{"fuse", "gate"}});
  scatter(*triple);
  const auto x = branches_of(*triple);
  const auto weights = triple->named_parameters();
  ASSERT_EQ(weights["fuse.gates.weight"].size(0), 2);
  const auto a = torch::sigmoid(torch::matmul(torch::cat(x, -1), weights["fuse.gates.weight"].t()) +
                                weights["fuse.gates.bias"]);
  const auto expected =
      x[0] + a.index({"...", Slice(0, 1)}) * x[1] + a.index({"...", Slice(1, 2)}) * x[2];
  EXPECT_LT(distance(patches_of(*triple), expected), 1e-5);
}

TEST(Fuse, MixesTheConcatenation) {
  const auto triple = make("triple", {{"fuse", "concat"}});
  const auto x = branches_of(*triple);
  const auto weights = triple->named_parameters();
  const auto mixed = torch::matmul(torch::cat(x, -1), weights["fuse.mix.weight"].t());
  const auto centred = mixed - mixed.mean(-1, /*keepdim=*/true);
  const auto expected = centred / (centred.square().mean(-1, /*keepdim=*/true) + 1e-5).sqrt();
  EXPECT_LT(distance(patches_of(*triple), expected), 1e-4);
}

TEST(Fuse, LeavesTheFirstBranchBehindClosedGates) {
  const Values closed{{"gate_logit", -1e4}};
  EXPECT_TRUE(torch::equal(patches_of(*make("triple", closed)), patches_of(*make("patch"))));
  const auto without_global = make_triple({"local", "contour"}, closed);
  EXPECT_TRUE(torch::equal(patches_of(*without_global), patches_of(*make_triple({"local"}))));
}

TEST(Fuse, AddsTheBranchesThroughOpenGates) {
  const auto open = make("triple", {{"gate_logit", 1e4}});
  EXPECT_LT(distance(patches_of(*open), patches_of(*make("triple", {{"fuse", "sum"}}))), 1e-5);
}

TEST(Triple, ResizesTheImageOnce) {
  Dims dims;
  dims.image = {32, 64};
  const Values values{{"image_scale", 0.75}};
  const auto grid = open_factory<EmbeddingFactory>("embedding", "triple")
                        .ports(embedding_params("triple", values), dims);
  EXPECT_EQ(grid.height, 6);
  EXPECT_EQ(grid.width, 12);
  EXPECT_NEAR(grid.stride, 16.0 / 3, 1e-12);
  const auto patches =
      patches_of(*make("triple", values, 1, dims), {torch::randn({1, 3, 32, 64}), {}});
  EXPECT_EQ(patches.sizes(), (std::vector<std::int64_t>{1, 6, 12, 12}));
}

TEST(Triple, RefusesSettingsThatMeanNothing) {
  EXPECT_EQ(code_of([] { (void)make_triple({}); }), "module.103");
  EXPECT_EQ(code_of([] {
              (void)make("triple", {{"context_size", std::int64_t{4}}});
            }),
            "module.104");
  EXPECT_EQ(code_of([] {
              (void)make("large_kernel", {{"context_size", std::int64_t{4}}});
            }),
            "module.104");
  EXPECT_EQ(code_of([] { (void)make("triple", {{"stride", std::int64_t{5}}}); }), "module.102");
  EXPECT_EQ(code_of([] { (void)make("triple", {{"stride", std::int64_t{32}}}); }), "module.101");
}

TEST(Triple, NeedsAPowerOfTwoForTheLocalBranchOnly) {
  Dims dims;
  dims.image = {12, 18};
  const Values values{{"stride", std::int64_t{6}}, {"local", false}};
  const auto patches =
      patches_of(*make("triple", values, 1, dims), {torch::randn({1, 3, 12, 18}), {}});
  EXPECT_EQ(patches.sizes(), (std::vector<std::int64_t>{1, 2, 3, 12}));
}

// Side output.

const Dims kTasks = dims_of({{"semseg", 5, false}, {"edges", 1, false}, {"detection", 0, true}});

TEST(EdgeOutput, IsAnAuxiliaryPredictionOfItsTask) {
  for (const std::string name : {"contour", "triple", "wide_stem"}) {
    const auto embedding = make(name, {{"edge_task", "semseg"}, {"edge_weight", 0.3}}, 1, kTasks);
    auto context = make_context(/*is_training=*/true);
    (void)embedding->forward(images_of(), context);
    ASSERT_EQ(context.auxiliaries.size(), 1u) << name;
    const auto& auxiliary = context.auxiliaries[0];
    EXPECT_EQ(auxiliary.task, "semseg");
    EXPECT_EQ(auxiliary.name, "contour");
    EXPECT_EQ(auxiliary.weight, 0.3);
    EXPECT_EQ(auxiliary.prediction.map.sizes(), (std::vector<std::int64_t>{2, 5, 4, 6}));
    auxiliary.prediction.map.sum().backward();  // reaches the branch that it supervises
    for (const auto& entry : embedding->named_parameters()) {
      if (entry.key() == (name == "triple" ? "contour_branch.proj.weight" : "proj.weight")) {
        EXPECT_TRUE(entry.value().grad().defined()) << name;
      }
    }
  }
}

TEST(EdgeOutput, ChangesNoOtherWeightAndNoPatch) {
  for (const std::string name : {"contour", "triple", "wide_stem"}) {
    const auto with = make(name, {{"edge_task", "edges"}}, 1, kTasks);
    const auto without = make(name, {}, 1, kTasks);
    EXPECT_EQ(count_parameters(*with), count_parameters(*without) + 12 + 1) << name;
    EXPECT_TRUE(torch::equal(patches_of(*with), patches_of(*without))) << name;
  }
}

TEST(EdgeOutput, IsNotBuiltWithoutItsTask) {
  for (const std::string name : {"contour", "triple", "wide_stem"}) {
    const auto dims = dims_of({{"depth", 1, false}});
    const auto embedding = make(name, {{"edge_task", "edges"}}, 1, dims);
    EXPECT_EQ(count_parameters(*embedding), count_parameters(*make(name)));
    EXPECT_TRUE(dims.absent_tasks->contains("edges"));
  }
}

TEST(EdgeOutput, GoesWithTheContourBranch) {
  const auto embedding = make("triple", {{"edge_task", "edges"}, {"contour", false}}, 1, kTasks);
  auto context = make_context(/*is_training=*/true);
  (void)embedding->forward(images_of(), context);
  EXPECT_TRUE(context.auxiliaries.empty());
}

TEST(EdgeOutput, CannotServeATaskWithoutAMap) {
  EXPECT_EQ(code_of([] {
              (void)make("contour", {{"edge_task", "detection"}}, 1, kTasks);
            }),
            "module.105");
}

// Gradients with every gate and residual away from its start.

TEST(Embeddings, HaveTheGradientsOfFiniteDifferences) {
  const Values edge{{"edge_task", "edges"}};
  const std::vector<std::pair<std::string, Values>> cases{
      {"triple", edge},
      {"triple",
       {{"context", "pooled_attention"},
        {"contour_operator", "pixel_difference"},
        {"fuse", "concat"},
        {"edge_task", "edges"}}},
      {"triple",
       {{"gates", "channel"},
        {"context_grid", std::int64_t{2}},
        {"context", "pooled_attention"},
        {"local_norm", "group"}}},
      {"large_kernel", {}},
      {"contour", {{"contour_operator", "pixel_difference"}}},
      {"wide_stem", edge}};
  for (const auto& [name, values] : cases) {
    SCOPED_TRACE(name);
    const auto embedding = make(name, values, 1, kTasks);
    embedding->to(torch::kDouble);
    scatter(*embedding);
    const auto rgb = images_of().rgb.to(torch::kDouble).requires_grad_();
    const auto value = [&] {
      auto context = make_context(/*is_training=*/true);
      auto sum = embedding->forward({rgb, {}}, context).patches.sin().sum();
      for (const auto& side : context.auxiliaries) sum = sum + side.prediction.map.sin().sum();
      return sum;
    };
    value().backward();
    expect_finite_differences(rgb, value, /*entries=*/4);
    for (const auto& parameter : embedding->parameters()) {
      expect_finite_differences(parameter, value, /*entries=*/2);
    }
  }
}

}  // namespace
}  // namespace flagship_test
