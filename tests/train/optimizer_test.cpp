#include "triptych/train/optimizer.h"

#include <gmock/gmock.h>
#include <torch/nn.h>
#include <torch/optim.h>

#include <triptych/error.h>

namespace triptych::train {
namespace {

using testing::HasSubstr;

constexpr double kTolerance = 1e-6;  // float32, 25 steps of rate 0.05; measured: 2.4e-7

std::vector<NamedTensor> parameters(std::uint64_t seed) {
  torch::manual_seed(seed);
  std::vector<NamedTensor> made;
  for (const auto& name : {"encoder.weight", "encoder.bias", "head.semseg.weight"}) {
    made.push_back({name, torch::randn({5, 7}).requires_grad_()});
  }
  return made;
}

manifest::Optimizer options(const std::string& use) {
  manifest::Optimizer made;
  made.use = use;
  made.lr = 0.05;
  made.weight_decay = 0.1;
  return made;
}

void set_gradients(const std::vector<NamedTensor>& list, int step) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    at::Tensor tensor = list[i].tensor;
    // Of the step alone: a gradient of the parameter would amplify differences of the last bit.
    tensor.mutable_grad() = torch::sin(torch::arange(35, torch::kFloat).view({5, 7}) *
                                       (static_cast<double>(step) + 0.5 * static_cast<double>(i)));
  }
}

std::vector<at::Tensor> tensors(const std::vector<NamedTensor>& list) {
  std::vector<at::Tensor> plain;
  for (const NamedTensor& item : list) plain.push_back(item.tensor);
  return plain;
}

void expect_equal_to(torch::optim::Optimizer& oracle, const std::vector<NamedTensor>& theirs,
                     const manifest::Optimizer& options) {
  const std::vector<NamedTensor> ours = parameters(7);
  Optimizer optimizer(ours, options);
  for (int step = 0; step < 25; ++step) {
    set_gradients(ours, step);
    set_gradients(theirs, step);
    optimizer.step(0.05);
    oracle.step();
  }
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_LT((ours[i].tensor - theirs[i].tensor).abs().max().item<double>(), kTolerance);
    EXPECT_GT((ours[i].tensor - parameters(7)[i].tensor).abs().max().item<double>(), 0.1);
  }
}

TEST(Optimizer, AdamWAgreesWithTorch) {
  const auto theirs = parameters(7);
  torch::optim::AdamW oracle(tensors(theirs), torch::optim::AdamWOptions(0.05).weight_decay(0.1));
  expect_equal_to(oracle, theirs, options("adamw"));
}

TEST(Optimizer, AdamAgreesWithTorch) {
  const auto theirs = parameters(7);
  torch::optim::Adam oracle(tensors(theirs), torch::optim::AdamOptions(0.05).weight_decay(0.1));
  expect_equal_to(oracle, theirs, options("adam"));
}

TEST(Optimizer, SgdAgreesWithTorch) {
  const auto theirs = parameters(7);
  torch::optim::SGD oracle(tensors(theirs),
                           torch::optim::SGDOptions(0.05).momentum(0.9).weight_decay(0.1));
  expect_equal_to(oracle, theirs, options("sgd"));
}

TEST(Optimizer, SgdWithoutMomentumAgreesWithTorch) {
  const auto theirs = parameters(7);
  torch::optim::SGD oracle(tensors(theirs), torch::optim::SGDOptions(0.05).weight_decay(0.1));
  manifest::Optimizer plain = options("sgd");
  plain.momentum = 0;
  expect_equal_to(oracle, theirs, plain);
}

TEST(Optimizer, ParameterWithoutGradientIsSkippedWhole) {
  // The oracle sees only the steps in which the head had a gradient; the head must not notice the
  // others: no decay, no decay of its moments, no step counted.
  const auto ours = parameters(3);
  const auto theirs = parameters(3);
  Optimizer optimizer(ours, options("adamw"));
  torch::optim::AdamW oracle({theirs[2].tensor},
                             torch::optim::AdamWOptions(0.05).weight_decay(0.1));
  for (int step = 0; step < 10; ++step) {
    set_gradients(ours, step);
    set_gradients(theirs, step);
    at::Tensor head = ours[2].tensor;
    if (step % 3 == 0) {
      head.mutable_grad() = at::Tensor();
    } else {
      oracle.step();
    }
    optimizer.step(0.05);
  }
  EXPECT_LT((ours[2].tensor - theirs[2].tensor).abs().max().item<double>(), kTolerance);
  EXPECT_EQ(optimizer.state().at("optimizer/head.semseg.weight/step").item<double>(), 6);
  EXPECT_EQ(optimizer.state().at("optimizer/encoder.bias/step").item<double>(), 10);
}

TEST(Optimizer, GroupsScaleRatesDecayAndFreeze) {
  auto ours = parameters(5);
  const at::Tensor frozen = ours[1].tensor.detach().clone();
  const at::Tensor before = ours[0].tensor.detach().clone();
  Optimizer optimizer(
      ours, options("sgd"),
      {{.match = "encoder.b*", .lr_scale = 1, .weight_decay = {}, .is_frozen = true},
       {.match = "encoder.*", .lr_scale = 0.1, .weight_decay = 0.0},
       {.match = "*", .lr_scale = 5}});
  EXPECT_FALSE(ours[1].tensor.requires_grad());
  set_gradients(ours, 0);
  const at::Tensor gradient = ours[0].tensor.grad().clone();
  optimizer.step(0.05);
  EXPECT_TRUE(torch::equal(ours[1].tensor, frozen));
  // First step of SGD: w - (0.05 * 0.1) * gradient, without decay.
  EXPECT_TRUE(torch::allclose(ours[0].tensor, before - 0.005 * gradient, 1e-6, 1e-7));
  EXPECT_EQ(optimizer.state().count("optimizer/encoder.bias/momentum"), 0u);
}

TEST(Optimizer, StateGoesThroughSaveAndLoadBitByBit) {
  const auto first = parameters(9);
  Optimizer whole(first, options("adamw"));
  std::map<std::string, at::Tensor> saved;
  std::vector<at::Tensor> values;
  for (int step = 0; step < 8; ++step) {
    if (step == 4) {
      for (const auto& [name, tensor] : whole.state()) saved[name] = tensor.clone();
      for (const auto& item : first) values.push_back(item.tensor.detach().clone());
    }
    set_gradients(first, step);
    whole.step(0.05);
  }
  const auto second = parameters(1);
  for (std::size_t i = 0; i < second.size(); ++i) second[i].tensor.data().copy_(values[i]);
  Optimizer resumed(second, options("adamw"));
  resumed.load(saved);
  for (int step = 4; step < 8; ++step) {
    set_gradients(second, step);
    resumed.step(0.05);
  }
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_TRUE(torch::equal(first[i].tensor, second[i].tensor));
  }
}

TEST(Optimizer, ForeignStateIsAnError) {
  Optimizer optimizer(parameters(1), options("adamw"));
  auto state = optimizer.state();
  state.erase("optimizer/encoder.bias/v");
  try {
    optimizer.load(state);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "train.032");
    EXPECT_THAT(error.what(), HasSubstr("encoder.bias/v"));
  }
}

TEST(Grouping, PatternThatMatchesNothingNamesTheNearest) {
  try {
    (void)group_parameters(parameters(1), {{.match = "encodr.weight"}, {.match = "backbone.*"}}, 0);
    FAIL();
  } catch (const Error& error) {
    ASSERT_EQ(error.problems().size(), 2u);  // both at once
    EXPECT_EQ(error.problem().code, "train.010");
    EXPECT_EQ(error.problem().pointer, "/recipe/groups/0/match");
    EXPECT_THAT(error.problems()[0].suggestion, HasSubstr("encoder.weight"));
    EXPECT_THAT(error.problems()[1].suggestion, HasSubstr("encoder, head"));
  }
}

TEST(Grouping, PatternForAnEmptySlotIsAWarning) {
  const Grouping grouping = group_parameters(parameters(1), {{.match = "prompt.*"}}, 0);
  ASSERT_EQ(grouping.warnings.size(), 1u);
  EXPECT_THAT(grouping.warnings[0], HasSubstr("prompt.*"));
}

TEST(Grouping, LearnedTaskWeightsDoNotDecay) {
  const std::vector<NamedTensor> list{{"balancer.log_variance", torch::zeros({2})},
                                      {"encoder.weight", torch::zeros({2})}};
  const Grouping grouping = group_parameters(list, {}, 0.3);
  EXPECT_EQ(grouping.rules[0].weight_decay, 0.0);
  EXPECT_EQ(grouping.rules[1].weight_decay, 0.3);
}

TEST(Grouping, StarMatchesDotsToo) {
  EXPECT_TRUE(matches("encoder.*", "encoder.stage.0.weight"));
  EXPECT_TRUE(matches("*norm*", "encoder.norm1.weight"));
  EXPECT_TRUE(matches("prompt.?.*", "prompt.0.tokens"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("a*b*c", "aXbXbXc"));
  EXPECT_FALSE(matches("encoder.*", "encoders.x"));
  EXPECT_FALSE(matches("a*b", "aXbX"));
  EXPECT_FALSE(matches("", "x"));
}

}  // namespace
}  // namespace triptych::train
