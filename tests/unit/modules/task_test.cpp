#include <gtest/gtest.h>

#include <triptych/metrics/columns.h>
#include <triptych/metrics/depth.h>
#include <triptych/metrics/edges.h>

#include "open_plugin.h"

namespace modules_test {
namespace {

std::shared_ptr<Task> make_task(const std::string& name,
                                const std::map<std::string, ParamValue>& values = {}) {
  const auto& factory = open_factory<TaskFactory>("task", name);
  const auto params = params_of(factory.spec(), values);
  (void)factory.info(params);
  return factory.build(params);
}

std::map<std::string, double> metrics_of(Task& task, const Decoded& decoded, const Target& target) {
  const auto rows = task.statistics(decoded, target).contiguous();
  return task.finish({rows.data_ptr<double>(), static_cast<std::size_t>(rows.numel())},
                     rows.size(0));
}

double value(const LossTerm& term) {
  return term.scale * term.sum.item<double>() / term.weight.item<double>();
}

TEST(Semseg, LossIsTheMeanLogLossOverValidPixels) {
  const auto task = make_task("semseg", {{"classes", std::int64_t{3}}});
  const auto logits = torch::tensor({1.0, 2.0, 0.5, 0.0, -1.0, 3.0}).view({1, 3, 1, 2});
  const Target target{.map = torch::tensor({{{1, 255}}}), .present = {true}, .lists = {}};
  const auto terms = task->loss({logits, {}}, target);
  ASSERT_EQ(terms.size(), 1U);
  // Pixel 0 has logits 1.0, 0.5, -1.0; its class is 1.
  const double expected = std::log(std::exp(1.0) + std::exp(0.5) + std::exp(-1.0)) - 0.5;
  EXPECT_NEAR(value(terms[0]), expected, 1e-6);
  EXPECT_EQ(terms[0].weight.item<double>(), 1.0);
}

TEST(Semseg, AbsentSamplesHaveNeitherLossNorStatistics) {
  const auto task = make_task("semseg", {{"classes", std::int64_t{2}}});
  const auto logits = torch::randn({2, 2, 3, 4});
  const auto labels = torch::randint(0, 2, {2, 3, 4}, torch::kLong);
  const Target both{.map = labels, .present = {true, false}, .lists = {}};
  const Target first{.map = labels.slice(0, 0, 1), .present = {true}, .lists = {}};
  EXPECT_EQ(task->loss({logits, {}}, both)[0].sum.item<float>(),
            task->loss({logits.slice(0, 0, 1), {}}, first)[0].sum.item<float>());
  const auto rows = task->statistics(task->decode({logits, {}}, {}, {3, 4}), both);
  EXPECT_EQ(rows[1].sum().item<double>(), 0.0);
}

TEST(Semseg, MeanIouOfAHandComputedCase) {
  const auto task = make_task("semseg", {{"classes", std::int64_t{3}}});
  // truth 0 0 1 1 255, prediction 0 1 1 1 2: class 0: tp 1, fn 1; class 1: tp 2, fp 1.
  const Target target{.map = torch::tensor({{{0, 0, 1, 1, 255}}}), .present = {true}, .lists = {}};
  const auto metrics = metrics_of(*task, {torch::tensor({{{0, 1, 1, 1, 2}}}), {}}, target);
  EXPECT_DOUBLE_EQ(metrics.at("mIoU"), (1.0 / 2 + 2.0 / 3) / 2);  // class 2 never occurs
  EXPECT_DOUBLE_EQ(metrics.at("pixel_accuracy"), 3.0 / 4);
}

TEST(Semseg, PalettesOfTheWrongLengthAreRefused) {
  try {
    (void)make_task(
        "semseg", {{"classes", std::int64_t{3}}, {"palette", std::vector<std::int64_t>{1, 2, 3}}});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "module.150");
  }
}

TEST(Semseg, ATruthThatIsNoClassIsNamed) {
  const auto task = make_task("semseg", {{"classes", std::int64_t{2}}});
  const Target target{.map = torch::tensor({{{0, 7}}}), .present = {true}, .lists = {}};
  try {
    (void)task->statistics({torch::tensor({{{0, 1}}}), {}}, target);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "metrics.011");
    EXPECT_NE(error.problem().message.find("truth label 7"), std::string::npos);
  }
}

TEST(Depth, LossIsTheMeanAbsoluteErrorOverMeasuredPixelsInRange) {
  const auto task = make_task("depth", {{"max_m", 10.0}, {"output_scale", 2.0}});
  const auto map = torch::tensor({1.0F, 3.0F, 5.0F, 2.0F}).view({1, 1, 1, 4});
  // Truth: 1 -> |2 - 1|; invalid; beyond the range; not a number.
  const auto truth = torch::tensor({1.0F, 0.0F, 20.0F, NAN}).view({1, 1, 1, 4});
  const auto prediction = map.clone().requires_grad_();
  const auto terms = task->loss({prediction, {}}, {.map = truth, .present = {true}, .lists = {}});
  EXPECT_FLOAT_EQ(static_cast<float>(value(terms[0])), 1.0F);
  terms[0].sum.backward();
  EXPECT_TRUE(torch::equal(prediction.grad().flatten(), torch::tensor({2.0F, 0.0F, 0.0F, 0.0F})));
}

TEST(Depth, OnAllPixelsLearnsTheMarkerOfThoseWithoutAMeasurement) {
  const auto task = make_task("depth", {{"max_m", 10.0}, {"trains_on", std::string("all")}});
  const auto prediction = torch::tensor({2.0F, 6.0F, 10.0F, 4.0F}).view({1, 1, 1, 4});
  // Truth: 1 -> |2 - 1|; invalid 0 -> |6 - 0|; beyond the range -> |10 - 20|; not a number.
  const auto truth = torch::tensor({1.0F, 0.0F, 20.0F, NAN}).view({1, 1, 1, 4});
  const auto terms = task->loss({prediction, {}}, {.map = truth, .present = {true}, .lists = {}});
  EXPECT_DOUBLE_EQ(terms[0].weight.item<double>(), 3.0);
  EXPECT_FLOAT_EQ(static_cast<float>(value(terms[0])), (1 + 6 + 10) / 3.0F);
  // Metrics are of the range all the same, and a sample without a label is not taught zeros.
  const Target target{.map = truth, .present = {true}, .lists = {}};
  EXPECT_DOUBLE_EQ(metrics_of(*task, {prediction, {}}, target).at("rmse"), 1.0);
  const Target absent{.map = truth, .present = {false}, .lists = {}};
  EXPECT_EQ(task->loss({prediction, {}}, absent)[0].weight.item<double>(), 0.0);
}

TEST(Depth, OnMeasuredPixelsLearnsThoseBeyondTheRangeToo) {
  const auto task = make_task("depth", {{"max_m", 10.0}, {"trains_on", std::string("measured")}});
  const auto prediction = torch::tensor({2.0F, 6.0F, 10.0F}).view({1, 1, 1, 3});
  const auto truth = torch::tensor({1.0F, 0.0F, 20.0F}).view({1, 1, 1, 3});
  const auto terms = task->loss({prediction, {}}, {.map = truth, .present = {true}, .lists = {}});
  EXPECT_FLOAT_EQ(static_cast<float>(value(terms[0])), (1 + 10) / 2.0F);
}

TEST(Depth, MetricsOfAHandComputedCase) {
  const auto task = make_task("depth", {{"max_m", 10.0}});
  const auto truth = torch::tensor({2.0F, 4.0F, 0.0F, 11.0F}).view({1, 1, 1, 4});
  const auto depth = torch::tensor({3.0F, 4.0F, 7.0F, 7.0F}).view({1, 1, 1, 4});
  const Target target{.map = truth, .present = {true}, .lists = {}};
  const auto metrics = metrics_of(*task, {depth, {}}, target);
  EXPECT_DOUBLE_EQ(metrics.at("rmse"), std::sqrt(0.5));
  EXPECT_DOUBLE_EQ(metrics.at("abs_rel"), 0.25);
  EXPECT_DOUBLE_EQ(metrics.at("abs_err"), 0.5);
  EXPECT_DOUBLE_EQ(metrics.at("delta1"), 0.5);
  EXPECT_DOUBLE_EQ(metrics.at("delta2"), 1.0);  // 3 / 2 < 1.25^2
}

TEST(Depth, RootsAreTakenAfterPoolingOverImages) {
  const auto task = make_task("depth");
  const auto truth = torch::tensor({1.0F, 1.0F}).view({2, 1, 1, 1});
  const auto depth = torch::tensor({2.0F, 8.0F}).view({2, 1, 1, 1});
  const Target target{.map = truth, .present = {true, true}, .lists = {}};
  EXPECT_DOUBLE_EQ(metrics_of(*task, {depth, {}}, target).at("rmse"), std::sqrt((1.0 + 49.0) / 2));
}

TEST(Depth, NoValidPixelGivesNoValue) {
  const auto task = make_task("depth");
  const Target target{.map = torch::zeros({1, 1, 2, 2}), .present = {true}, .lists = {}};
  EXPECT_TRUE(std::isnan(metrics_of(*task, {torch::ones({1, 1, 2, 2}), {}}, target).at("rmse")));
}

TEST(Depth, AMarkerInsideTheRangeIsRefused) {
  try {
    (void)make_task("depth", {{"max_m", 10.0}, {"invalid", 5.0}});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "module.152");
  }
}

// What is stored serves every variant of the metrics library, bit by bit.
TEST(Depth, StatisticsAreThoseOfTheMetricsLibrary) {
  const std::map<std::string, ParamValue> values{{"max_m", 10.0}, {"invalid", -1.0}};
  const auto task = make_task("depth", values);
  torch::manual_seed(3);
  const auto truth =
      (torch::rand({2, 1, 9, 11}) * 14 - 2).masked_fill(torch::rand({2, 1, 9, 11}) < 0.1, -1.0F);
  const auto depth = torch::rand({2, 1, 9, 11}) * 12;
  const auto rows =
      task->statistics({depth, {}}, {.map = truth, .present = {true, true}, .lists = {}});
  const metrics::Columns columns(metrics::depth_statistics());
  std::vector<metrics::DepthImage> stored(2), direct(2);
  for (std::int64_t i = 0; i < 2; ++i) {
    const auto* row = rows.const_data_ptr<double>() + i * rows.size(1);
    stored[i] = metrics::depth_image(columns.read({row, columns.names().size()}));
    const auto span_of = [&](const torch::Tensor& map) {
      return std::span<const float>(map.const_data_ptr<float>() + i * 99, 99);
    };
    add_depth(direct[i], span_of(truth), span_of(depth), {.min = 0, .max = 10, .ignore = -1.0});
  }
  for (const std::string variant :
       {"pooled", "per_image", "taskprompter", "taskprompter_legacy", "libmtl", "batch_mean(1)"}) {
    const auto a = score_depth(stored, variant), b = score_depth(direct, variant);
    EXPECT_EQ(a.rmse, b.rmse) << variant;
    EXPECT_EQ(a.abs_rel, b.abs_rel) << variant;
    EXPECT_EQ(a.silog, b.silog) << variant;
    EXPECT_EQ(a.n_valid, b.n_valid) << variant;
    EXPECT_GT(a.n_valid, 50u) << variant;
  }
}

TEST(Depth, DecodedDepthIsNeverNegative) {
  const auto task = make_task("depth");
  const auto decoded = task->decode({torch::full({1, 1, 2, 2}, -3.0F), {}}, {}, {4, 4});
  EXPECT_EQ(decoded.map.min().item<float>(), 0.0F);
  EXPECT_EQ(decoded.map.sizes(), (std::vector<std::int64_t>{1, 1, 4, 4}));
}

TEST(Edges, LossWeighsEdgesAndIgnoresWhatIsIgnored) {
  const auto task = make_task("edges");
  const auto logits = torch::tensor({1.0F, -2.0F, 7.0F}).view({1, 1, 1, 3});
  const auto truth = torch::tensor({1.0F, 0.0F, 255.0F}).view({1, 1, 1, 3});
  const auto terms = task->loss({logits, {}}, {.map = truth, .present = {true}, .lists = {}});
  const double expected =
      (0.95 * std::log1p(std::exp(-1.0)) + 0.05 * std::log1p(std::exp(-2.0))) / 2;
  EXPECT_NEAR(value(terms[0]), expected, 1e-6);
}

TEST(Edges, BestFOfAHandComputedCase) {
  const auto task = make_task("edges");
  // Edges at 0.9 and 0.3, no edges at 0.6 and 0.1, one pixel ignored. Above 0.6: TP 1, FP 0, FN 1,
  // F = 2/3. From 0.1 to below 0.3: TP 2, FP 1, F = 4/5.
  const auto probability = torch::tensor({0.9F, 0.3F, 0.6F, 0.1F, 0.95F}).view({1, 1, 1, 5});
  const auto truth = torch::tensor({1.0F, 1.0F, 0.0F, 0.0F, 255.0F}).view({1, 1, 1, 5});
  const Target target{.map = truth, .present = {true}, .lists = {}};
  EXPECT_DOUBLE_EQ(metrics_of(*task, {probability, {}}, target).at("pixelF"), 0.8);
}

TEST(Edges, StatisticsCountPixelsStrictlyAboveEachThreshold) {
  const auto task = make_task("edges");
  torch::manual_seed(2);
  // Probabilities on the thresholds themselves, in double.
  const auto steps = torch::randint(0, 101, {2, 1, 6, 7});
  const auto probability = steps.to(torch::kDouble) / 100.0;
  const auto truth = torch::randint(0, 2, {2, 1, 6, 7});
  const auto rows =
      task->statistics({probability, {}}, {.map = truth, .present = {true, true}, .lists = {}});
  for (std::int64_t b = 0; b < 2; ++b) {
    for (std::int64_t i = 1; i <= 99; ++i) {
      const auto is_above = steps[b] > i;
      EXPECT_EQ(rows[b][i].item<double>(), (is_above & (truth[b] == 1)).sum().item<double>());
      EXPECT_EQ(rows[b][99 + i].item<double>(), (is_above & (truth[b] == 0)).sum().item<double>());
    }
  }
}

TEST(Edges, PoolsCountsOverImagesAndHasNoValueWithoutAnEdge) {
  const auto task = make_task("edges");
  const auto probability = torch::tensor({0.8F, 0.8F, 0.2F, 0.2F}).view({2, 1, 1, 2});
  const auto truth = torch::tensor({1, 1, 1, 0}).view({2, 1, 1, 2});
  const Target target{.map = truth, .present = {true, true}, .lists = {}};
  // Above 0.2: TP 2, FN 1 -> 4/5; up to 0.2: TP 3, FP 1 -> 6/7. A mean over images would differ.
  EXPECT_DOUBLE_EQ(metrics_of(*task, {probability, {}}, target).at("pixelF"), 6.0 / 7);
  const Target none{.map = torch::zeros({2, 1, 1, 2}), .present = {true, true}, .lists = {}};
  EXPECT_TRUE(std::isnan(metrics_of(*task, {probability, {}}, none).at("pixelF")));
}

// The target is a label map of two regions; its boundary is predicted, and a second line that is
// not there. The ignored corner is neither truth nor prediction.
TEST(Edges, OdsFIsThatOfTheEvaluatorOnEightBitMaps) {
  const std::map<std::string, ParamValue> values{{"variant", std::string("seism")},
                                                 {"max_distance", 0.02}};
  const auto task = make_task("edges", values);
  auto truth = torch::zeros({1, 1, 24, 30}, torch::kLong);
  truth.narrow(3, 12, 18).fill_(1);
  auto probability = torch::zeros({1, 1, 24, 30});
  probability.select(3, 11).fill_(0.9F);
  probability.select(3, 22).fill_(0.4F);
  const auto found =
      metrics_of(*task, {probability, {}}, {.map = truth, .present = {true}, .lists = {}});
  std::vector<std::uint8_t> labels(24 * 30), predicted(24 * 30);
  for (int i = 0; i < 24 * 30; ++i) {
    labels[i] = i % 30 >= 12;
    predicted[i] = i % 30 == 11 ? 229 : i % 30 == 22 ? 102 : 0;  // trunc(255 * 0.9), (255 * 0.4)
  }
  const metrics::ByteMap map{30, 24, labels};
  const std::vector images{
      metrics::measure_edges({30, 24, predicted}, {&map, 1}, metrics::EdgeReading::kSeism, 0.02)};
  const auto score = metrics::score_edges(images);
  EXPECT_EQ(found.at("odsF"), *score.ods_f);
  EXPECT_EQ(found.at("oisF"), *score.ois_f);
  EXPECT_EQ(found.at("AP"), *score.ap);
  EXPECT_GT(found.at("odsF"), 0.5);
}

TEST(Edges, IgnoredPixelsAreNeitherEdgeNorPredictedWhenMatched) {
  const auto task = make_task("edges", {{"variant", std::string("pdollar")}});
  auto truth = torch::zeros({1, 1, 20, 20}, torch::kLong);
  truth.select(3, 5).fill_(1);
  auto probability = truth.to(torch::kFloat);
  const auto score = [&] {
    return metrics_of(*task, {probability, {}}, {.map = truth, .present = {true}, .lists = {}})
        .at("odsF");
  };
  EXPECT_EQ(score(), 1.0);
  truth.select(3, 15).fill_(255);
  probability.select(3, 15).fill_(0.9F);
  EXPECT_EQ(score(), 1.0);
  probability.select(3, 15).fill_(std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(score(), 1.0);
}

TEST(Tasks, PicturesAreByteImagesAndBlackWhereNothingIsKnown) {
  const auto depth = make_task("depth");
  const Target invalid{.map = torch::zeros({1, 1, 2, 3}), .present = {true}, .lists = {}};
  const auto picture = depth->picture(invalid, 0);
  EXPECT_EQ(picture.sizes(), (std::vector<std::int64_t>{2, 3, 3}));
  EXPECT_EQ(picture.scalar_type(), torch::kByte);
  EXPECT_EQ(picture.max().item<int>(), 0);
  const auto semseg = make_task(
      "semseg",
      {{"classes", std::int64_t{2}}, {"palette", std::vector<std::int64_t>{9, 8, 7, 6, 5, 4}}});
  const Target labels{.map = torch::tensor({{{1, 255}}}), .present = {true}, .lists = {}};
  EXPECT_TRUE(torch::equal(semseg->picture(labels, 0).flatten(),
                           torch::tensor({6, 5, 4, 0, 0, 0}, torch::kByte)));
}

TEST(Fixed, AbsentTasksDoNotCount) {
  const auto& factory = open_factory<BalancerFactory>("balancer", "fixed");
  Dims dims;
  dims.tasks = {{"semseg", 19, false}, {"depth", 1, false}};
  const auto balancer = factory.build(params_of(factory.spec()), dims, {100.0, 2.0});
  BalancerIn in;
  in.losses = torch::tensor({0.5F, 3.0F});
  in.present = {true, true};
  EXPECT_FLOAT_EQ(balancer->weigh(in).total.item<float>(), 56.0F);
  in.present = {false, true};
  EXPECT_FLOAT_EQ(balancer->weigh(in).total.item<float>(), 6.0F);
  EXPECT_FLOAT_EQ(balancer->weigh(in).weights[0].item<float>(), 0.0F);
}

}  // namespace
}  // namespace modules_test
