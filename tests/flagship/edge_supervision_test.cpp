// The side edge output of the contour branch is supervised: it is part of its task's loss and
// learns.
#include <gtest/gtest.h>

#include "../train/fixture.h"
#include "triptych/compose/contract.h"
#include "triptych/compose/model.h"
#include "triptych/train/step.h"
#include "triptych/train/torch_compat.h"

namespace triptych::train {
namespace {

/// Bright squares on noise and their boundaries, 16 x 24.
Batch squares() {
  Batch batch;
  auto generator = at::detail::createCPUGenerator(9);
  batch.images.rgb = 0.1 * torch::randn({4, 3, 16, 24}, generator);
  auto edges = torch::zeros({4, 1, 16, 24}, torch::kLong);
  auto inside = torch::zeros({4, 16, 24}, torch::kLong);
  for (std::int64_t b = 0; b < 4; ++b) {
    const auto square = [&](torch::Tensor map, std::int64_t margin) {
      return map.narrow(-2, 3 + b - margin, 7 + 2 * margin)
          .narrow(-1, 4 + 3 * b - margin, 7 + 2 * margin);
    };
    square(batch.images.rgb[b], 0).add_(2);
    square(inside[b], 0).fill_(1);
    square(edges[b], 0).fill_(1);
    square(edges[b], -1).fill_(0);
    batch.ids.push_back(std::to_string(b));
  }
  batch.targets["edges"] = {edges, std::vector<bool>(4, true), {}};
  batch.targets["semseg"] = {inside, std::vector<bool>(4, true), {}};
  return batch;
}

manifest::Manifest with_edges(const std::string& embedding, double edge_weight) {
  auto made = tiny(/*steps=*/40);
  made.tasks[1] = {"edges", choice("task", "edges"),
                   choice("head", "conv", {{"width", std::int64_t{8}}})};
  made.slots.embedding = choice("embedding", embedding,
                                {{"stride", std::int64_t{4}},
                                 {"width", std::int64_t{16}},
                                 {"edge_task", "edges"},
                                 {"edge_weight", edge_weight}});
  return made;
}

class Model {
 public:
  Model(const std::string& embedding, double edge_weight)
      : manifest_(with_edges(embedding, edge_weight)),
        model_(compose::compose(compose::check_contract(manifest_, plugins()), 1)),
        balancer_(plugins().balancer("fixed").build(manifest_.recipe.balancer.module.params,
                                                    model_->contract().heads.front().dims, {1, 1})),
        optimizer_(trainable(*model_, *balancer_), manifest_.recipe.optimizer) {
    at::set_num_threads(1);
    model_->train();
  }

  /// The loss of the task `edges`: that of its head ("main"), of the side output, or both.
  double loss(const std::string& which = "both") {
    const torch::NoGradGuard no_grad;
    Context context(make_generator(at::kCPU, 1), /*is_training=*/true);
    const auto outputs = model_->forward(batch_.images, context);
    const auto tasks = compose::loss_terms(*model_, outputs, context.auxiliaries, batch_.targets);
    double sum = 0;
    for (const auto& term : tasks[1].terms) {
      const bool is_side = term.name == "contour/balanced_cross_entropy";
      if (which != "both" && is_side != (which == "side")) continue;
      const auto scale = which == "side" ? 1.0 : term.scale;
      sum += scale * term.sum.item<double>() / term.weight.item<double>();
    }
    return sum;
  }

  void train(std::int64_t steps) {
    auto rng = make_generator(at::kCPU, 1);
    for (std::int64_t step = 0; step < steps; ++step) {
      update({*model_, *balancer_, optimizer_, manifest_.recipe, at::kCPU, rng},
             std::span(&batch_, 1), step, log_);
    }
  }

 private:
  manifest::Manifest manifest_;
  std::shared_ptr<compose::Model> model_;
  std::shared_ptr<Balancer> balancer_;
  Optimizer optimizer_;
  Batch batch_ = squares();
  LossLog log_;
};

class EdgeSupervision : public ::testing::TestWithParam<const char*> {};

TEST_P(EdgeSupervision, JoinsTheLossOfItsTaskWithItsWeight) {
  Model model(GetParam(), 0.3);
  EXPECT_GT(model.loss("side"), 0.01);
  EXPECT_NEAR(model.loss(), model.loss("main") + 0.3 * model.loss("side"), 1e-6);
}

TEST_P(EdgeSupervision, TeachesTheBranchAndMovesTheLossOfTheTask) {
  Model with(GetParam(), 1.0), without(GetParam(), 0.0);
  const auto side = with.loss("side"), main = with.loss("main");
  ASSERT_EQ(without.loss("side"), side);  // the same start
  ASSERT_EQ(without.loss("main"), main);
  with.train(40);
  without.train(40);
  EXPECT_LT(with.loss("side"), 0.8 * side);
  EXPECT_LT(with.loss("side"), 0.9 * without.loss("side"));
  EXPECT_LT(with.loss("main"), main);
  EXPECT_NE(with.loss("main"), without.loss("main"));  // the head reads what the side taught
}

INSTANTIATE_TEST_SUITE_P(Embeddings, EdgeSupervision,
                         ::testing::Values("contour", "triple", "wide_stem"));

}  // namespace
}  // namespace triptych::train
