#include "triptych/train/losses.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/nn.h>

namespace triptych::train {
namespace {

using compose::TaskTerms;

/// Squared error of w * x over the pixels that count, as a task would give it.
TaskTerms terms(const std::string& task, const at::Tensor& w, const at::Tensor& x,
                const at::Tensor& counts) {
  return {task, true, {{"square", ((w * x).square() * counts).sum(), counts.sum(), 2.0}}};
}

TEST(Losses, NormaliserIsTheWholeEffectiveBatchNotTheMeanOfParts) {
  // Part 1 has one valid pixel, part 2 three: the mean of the parts' means would weigh them
  // equally.
  const at::Tensor w = torch::tensor(3.0f).requires_grad_();
  const at::Tensor x = torch::tensor({1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f});
  const at::Tensor valid = torch::tensor({1.0f, 0.0f, 0.0f, 1.0f, 1.0f, 1.0f});
  const std::vector<std::vector<TaskTerms>> whole{{terms("a", w, x, valid)}};
  const std::vector<std::vector<TaskTerms>> parts{
      {terms("a", w, x.narrow(0, 0, 3), valid.narrow(0, 0, 3))},
      {terms("a", w, x.narrow(0, 3, 3), valid.narrow(0, 3, 3))}};
  const auto one = normalise(whole).losses;
  const auto two = normalise(parts).losses;
  // 2 * 9 * (1 + 16 + 25 + 36) / 4 = 351
  EXPECT_FLOAT_EQ(one[0].item<float>(), 351.0f);
  EXPECT_FLOAT_EQ(two[0].item<float>(), 351.0f);
  const auto gradient = [&w](const at::Tensor& loss) {
    return torch::autograd::grad({loss.sum()}, {w})[0].item<float>();
  };
  EXPECT_FLOAT_EQ(gradient(two), gradient(one));
}

TEST(Losses, PartWithoutLabelsCountsForNothing) {
  const at::Tensor w = torch::tensor(1.0f).requires_grad_();
  const at::Tensor ones = torch::ones({2});
  const std::vector<std::vector<TaskTerms>> parts{{{"a", false, {}}}, {terms("a", w, ones, ones)}};
  const TaskLosses losses = normalise(parts);
  EXPECT_TRUE(losses.present[0]);
  EXPECT_FLOAT_EQ(losses.losses[0].item<float>(), 2.0f);
}

TEST(Losses, AbsentTaskIsInNoGraph) {
  const at::Tensor used = torch::tensor(1.0f).requires_grad_();
  const at::Tensor unused = torch::tensor(1.0f).requires_grad_();
  const std::vector<std::vector<TaskTerms>> parts{
      {terms("a", used, torch::ones({2}), torch::ones({2})), {"b", false, {}}}};
  const TaskLosses losses = normalise(parts);
  EXPECT_EQ(losses.present, (std::vector<bool>{true, false}));
  losses.losses.sum().backward();
  EXPECT_TRUE(used.grad().defined());
  EXPECT_FALSE(unused.grad().defined());
}

TEST(Losses, TermWhosePixelsAreAllIgnoredIsZeroWithZeroGradient) {
  const at::Tensor w = torch::tensor(1.0f).requires_grad_();
  const std::vector<std::vector<TaskTerms>> parts{
      {terms("a", w, torch::ones({2}), torch::zeros({2}))}};
  const TaskLosses losses = normalise(parts);
  EXPECT_EQ(losses.losses[0].item<float>(), 0.0f);
  losses.losses.sum().backward();
  EXPECT_EQ(w.grad().item<float>(), 0.0f);
}

TEST(LossLog, MeansAreOverTheStepsInWhichATaskWasThere) {
  LossLog log;
  std::int64_t number = 0;
  const auto step = [&](float a, bool has_b, float b) {
    TaskLosses losses;
    losses.tasks = {"a", "b"};
    losses.present = {true, has_b};
    losses.losses = torch::tensor({a, has_b ? b : 0.0f});
    log.add(++number, losses, torch::tensor(a), {});
  };
  step(1, true, 10);
  step(2, false, 0);
  step(3, true, 30);
  const auto means = log.read();
  ASSERT_EQ(means.size(), 3u);
  EXPECT_EQ(means[0].value, 2.0);  // a: (1 + 2 + 3) / 3
  EXPECT_EQ(means[1].task, "b");
  EXPECT_EQ(means[1].value, 20.0);  // (10 + 30) / 2
  EXPECT_EQ(means[2].value, 2.0);   // total
  log.clear();
  EXPECT_TRUE(log.read().empty());
}

TEST(LossLog, FirstStepThatIsNotFiniteIsKnown) {
  LossLog log;
  for (std::int64_t step = 11; step <= 14; ++step) {
    TaskLosses losses;
    losses.tasks = {"a"};
    losses.present = {true};
    losses.losses = torch::tensor({step == 13 ? NAN : 1.0f});
    log.add(step, losses, torch::tensor(1.0f), {});
  }
  EXPECT_EQ(log.read()[0].first_bad, 13);
  EXPECT_EQ(log.read()[1].first_bad, 0);
}

TEST(LossLog, StateComesBack) {
  TaskLosses losses;
  losses.tasks = {"a"};
  losses.present = {true};
  losses.losses = torch::tensor({0.1f});
  losses.terms = {{"a", "preliminary/l1", torch::tensor(0.3f), {}}};
  LossLog log, other;
  log.add(4, losses, torch::tensor(0.1f), torch::tensor(7.0f));
  log.add(5, losses, torch::tensor(0.7f), torch::tensor(8.0f));
  other.load(log.state());
  const auto first = log.read(), second = other.read();
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].task, second[i].task);
    EXPECT_EQ(first[i].name, second[i].name);
    EXPECT_EQ(first[i].value, second[i].value);
  }
  EXPECT_EQ(second[1].name, "loss/preliminary/l1");
  LossLog empty;
  empty.load(LossLog().state());
  EXPECT_TRUE(empty.read().empty());
}

}  // namespace
}  // namespace triptych::train
