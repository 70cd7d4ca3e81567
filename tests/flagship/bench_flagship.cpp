// What the flagship and its parts cost in a training step, against TaskPrompter: the models of
// experiments/flagship/streets_first.json on random pictures (96 x 192, batch 4, one thread), each
// in turns with TaskPrompter within one benchmark, so that the ratio is of one run on one machine.
// The time is the process's CPU time, which other work on the machine hardly moves.
#include <benchmark/benchmark.h>
#include <triptych/manifest/manifest.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "../train/fixture.h"
#include "triptych/compose/spec_source.h"
#include "triptych/manifest/plan.h"
#include "triptych/train/step.h"
#include "triptych/train/torch_compat.h"
#include "triptych/train/weights.h"

namespace {

using namespace triptych;
using namespace triptych::train;

constexpr const char* kYardstick = "TaskPrompter";

Batch random_batch(const manifest::Manifest& manifest) {
  const auto batch = manifest.recipe.batch;
  const auto height = manifest.protocol.height;
  const auto width = manifest.protocol.width;
  Batch made;
  made.ids.assign(batch, "random");
  made.images.rgb = torch::randn({batch, 3, height, width});
  const std::vector<bool> all(batch, true);
  made.targets["semseg"] = {torch::randint(0, 19, {batch, height, width}, torch::kLong), all, {}};
  made.targets["depth"] = {torch::rand({batch, 1, height, width}) * 70 + 1, all, {}};
  return made;
}

// A model with everything that updates it.
class Training {
 public:
  explicit Training(manifest::Manifest manifest)
      : manifest_(std::move(manifest)),
        model_(compose::compose(compose::check_contract(manifest_, plugins()), 1)),
        balancer_(plugins().balancer("fixed").build(manifest_.recipe.balancer.module.params,
                                                    model_->contract().heads.front().dims, {1, 1})),
        optimizer_(trainable(*model_, *balancer_), manifest_.recipe.optimizer),
        batch_(random_batch(manifest_)) {
    model_->train();
  }

  // Milliseconds of CPU time of one update.
  double step() {
    const auto start = std::clock();
    update({*model_, *balancer_, optimizer_, manifest_.recipe, at::kCPU, rng_},
           std::span(&batch_, 1), step_++, log_);
    log_.clear();
    return 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }

  double parameters() const {
    std::int64_t count = 0;
    for (const auto& parameter : model_->parameters()) count += parameter.numel();
    return static_cast<double>(count);
  }

 private:
  manifest::Manifest manifest_;
  std::shared_ptr<compose::Model> model_;
  std::shared_ptr<Balancer> balancer_;
  Optimizer optimizer_;
  at::Generator rng_ = make_generator(at::kCPU, 1);
  Batch batch_;
  LossLog log_;
  std::int64_t step_ = 0;
};

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

void step_over_taskprompter(benchmark::State& state, const manifest::Manifest& manifest,
                            const manifest::Manifest& yardstick) {
  Training model(manifest);
  Training reference(yardstick);
  for (int i = 0; i < 3; ++i) (void)(model.step() + reference.step());  // allocations, kernels
  std::vector<double> model_ms;
  std::vector<double> reference_ms;
  for (auto _ : state) {
    model_ms.push_back(model.step());
    reference_ms.push_back(reference.step());
  }
  state.counters["step_ms"] = median(model_ms);
  state.counters["taskprompter_ms"] = median(reference_ms);
  state.counters["ratio"] = median(model_ms) / median(reference_ms);
  state.counters["parameters"] = model.parameters();
  state.counters["parameters_ratio"] = model.parameters() / reference.parameters();
}

// The models of the study that train both tasks, by label.
std::map<std::string, manifest::Manifest> models() {
  const compose::HostSpecs specs(plugins());
  const auto plan = manifest::load_plan(
      TRIPTYCH_SOURCE_DIR "/experiments/flagship/streets_first.json", {"seeds.count=1"}, specs);
  std::map<std::string, manifest::Manifest> made;
  for (const auto& point : plan.points) {
    auto manifest = manifest::from_canonical(point.manifest, specs);
    if (manifest.tasks.size() == 2) made.emplace(point.label, std::move(manifest));
  }
  return made;
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  at::set_num_threads(1);
  set_numeric_flags();
  const auto all = models();
  for (const auto& [label, manifest] : all) {
    if (label == kYardstick) continue;
    benchmark::RegisterBenchmark(("step_over_taskprompter/" + label).c_str(),
                                 step_over_taskprompter, manifest, all.at(kYardstick))
        ->Iterations(20)
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::RunSpecifiedBenchmarks();
}
