// What every task plugin must keep. Targets are made from the label that the task reads, in the
// form in which data sets give it.
#include "fixture.h"
#include "triptych/compose/surroundings.h"
#include "triptych/host/check.h"

namespace triptych::testing {
namespace {

using ::testing::IsEmpty;

constexpr std::int64_t kSide = 8;  // pixels of the label
constexpr std::int64_t kClasses = 4;

class TaskPlugin : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    Values values;
    for (const auto& param : plugins().spec("task", GetParam()).params()) {
      if (!param.is_required) continue;
      if (param.type == triptych::ParamType::kText) values[param.name] = "depth";
      if (param.type == triptych::ParamType::kInteger) values[param.name] = kClasses;
      if (param.type == triptych::ParamType::kNumber) values[param.name] = 1.0;
    }
    params_ = module("task", GetParam(), values).params;
    info_ = plugins().task(GetParam()).info(params_);
    task_ = plugins().task(GetParam()).build(params_);
  }

  // A label of each kind that triptych/dataset.h knows; sample b is there where present[b].
  [[nodiscard]] Target target(const std::vector<bool>& present, std::uint64_t seed = 3) const {
    auto generator = at::detail::createCPUGenerator(seed);
    const auto batch = static_cast<std::int64_t>(present.size());
    Target target{.map = {}, .present = present, .lists = {}};
    if (info_.label == "semseg") {
      target.map = torch::randint(0, info_.outputs, {batch, kSide, kSide}, generator, torch::kLong);
    } else if (info_.label == "edges") {
      target.map =
          torch::randint(0, 2, {batch, 1, kSide, kSide}, generator, torch::kLong).to(torch::kFloat);
    } else {
      target.map = torch::rand({batch, info_.outputs, kSide, kSide}, generator) + 0.5;
    }
    return target;
  }

  [[nodiscard]] Prediction prediction(std::int64_t batch, std::uint64_t seed = 5) const {
    auto generator = at::detail::createCPUGenerator(seed);
    return {torch::randn({batch, info_.outputs, kSide / 2, kSide / 2}, generator), {}};
  }

  [[nodiscard]] double loss(const Prediction& predicted, const Target& wanted) const {
    double sum = 0;
    for (const auto& term : task_->loss(predicted, wanted)) {
      sum += term.scale * (term.sum / term.weight).item<double>();
    }
    return sum;
  }

  Params params_;
  TaskInfo info_;
  std::shared_ptr<Task> task_;
};

TEST_P(TaskPlugin, has_a_complete_spec_and_passes_the_check) {
  const auto& info = plugins().info("task", GetParam());
  std::vector<std::string> texts;
  for (const auto& problem : host::spec_problems(info, plugins().spec("task", GetParam()))) {
    texts.push_back(problem.text());
  }
  for (const auto& problem : compose::check_plugin(plugins(), info))
    texts.push_back(problem.text());
  EXPECT_THAT(texts, IsEmpty());
}

TEST_P(TaskPlugin, consumes_every_param) {
  for (const auto& name : plugins().spec("task", GetParam()).param_names()) {
    EXPECT_TRUE(params_.consumed().contains(name)) << name;
  }
}

TEST_P(TaskPlugin, has_finite_terms_whose_weights_depend_on_the_target_only) {
  const auto wanted = target({true, true});
  const auto first = task_->loss(prediction(2, /*seed=*/5), wanted);
  const auto second = task_->loss(prediction(2, /*seed=*/6), wanted);
  ASSERT_FALSE(first.empty());
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_TRUE(std::isfinite(first[i].sum.item<double>()));
    EXPECT_GT(first[i].weight.item<double>(), 0);
    EXPECT_EQ(first[i].weight.item<double>(), second[i].weight.item<double>());
    EXPECT_NE(first[i].sum.item<double>(), second[i].sum.item<double>());
  }
}

TEST_P(TaskPlugin, gives_absent_samples_no_weight) {
  const auto predicted = prediction(2);
  const auto both = target({true, false});
  const Prediction alone{predicted.map.slice(0, 0, 1), {}};
  const Target first{.map = both.map.slice(0, 0, 1), .present = {true}, .lists = {}};
  EXPECT_NEAR(loss(predicted, both), loss(alone, first), 1e-5);  // float sums of 64 pixels
}

TEST_P(TaskPlugin, has_the_gradient_of_finite_differences) {
  auto wanted = target({true, true});
  if (wanted.map.is_floating_point()) wanted.map = wanted.map.to(torch::kDouble);
  auto predicted = prediction(2);
  predicted.map = predicted.map.to(torch::kDouble).requires_grad_();
  for (const auto& term : task_->loss(predicted, wanted))
    (term.scale * term.sum / term.weight).backward();
  auto generator = at::detail::createCPUGenerator(9);
  const auto along = torch::randn(predicted.map.sizes(), generator, torch::kDouble);
  const auto expected = (predicted.map.grad() * along).sum().item<double>();
  const torch::NoGradGuard no_grad;
  const auto step = 1e-6 * along;  // central differences: error about 1e-12 but for kinks
  const auto found =
      (loss({predicted.map + step, {}}, wanted) - loss({predicted.map - step, {}}, wanted)) / 2e-6;
  EXPECT_NEAR(found, expected, 1e-6 * std::max(1.0, std::abs(expected)));
}

TEST_P(TaskPlugin, decodes_to_the_size_asked_for_and_reports_every_metric) {
  const auto wanted = target({true, true});
  const auto decoded = task_->decode(prediction(2), {}, {kSide, kSide});
  EXPECT_EQ(decoded.map.size(-2), kSide);
  EXPECT_EQ(decoded.map.size(-1), kSide);
  const auto rows = task_->statistics(decoded, wanted);
  const auto columns = static_cast<std::int64_t>(info_.statistics.size());
  ASSERT_EQ(rows.sizes(), (std::vector<std::int64_t>{2, columns}));
  ASSERT_EQ(rows.scalar_type(), torch::kDouble);
  const auto flat = rows.contiguous();
  const auto metrics =
      task_->finish({flat.data_ptr<double>(), static_cast<std::size_t>(flat.numel())}, 2);
  for (const auto& metric : info_.metrics) {
    ASSERT_TRUE(metrics.contains(metric.name)) << metric.name;
    EXPECT_TRUE(std::isfinite(metrics.at(metric.name))) << metric.name;
  }
}

TEST_P(TaskPlugin, draws_predictions_and_targets_as_pictures) {
  const auto decoded = task_->decode(prediction(1), {}, {kSide, kSide});
  for (const auto& picture : {task_->picture(decoded, 0), task_->picture(target({true}), 0)}) {
    EXPECT_EQ(picture.sizes(), (std::vector<std::int64_t>{kSide, kSide, 3}));
    EXPECT_EQ(picture.scalar_type(), torch::kByte);
  }
}

INSTANTIATE_TEST_SUITE_P(Plugins, TaskPlugin, ::testing::ValuesIn(plugins().names("task")),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace triptych::testing
