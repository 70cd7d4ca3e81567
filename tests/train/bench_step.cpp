/// What an update costs, and what of it is logging, clipping, the optimiser, a checkpoint.
///
/// The model is the size of the quickstart's: 96 x 192 images, batch 4, two tasks, four convolution
/// stages. Data are random and at hand: loading is another benchmark.
#include <benchmark/benchmark.h>

#include <triptych/core/hash.h>

#include "fixture.h"
#include "triptych/train/checkpoint.h"
#include "triptych/train/clip.h"
#include "triptych/train/step.h"
#include "triptych/train/torch_compat.h"
#include "triptych/train/weights.h"

namespace {

using namespace triptych;
using namespace triptych::train;

/// A model with everything that updates it.
struct Bench {
  manifest::Manifest manifest = quickstart();
  std::shared_ptr<compose::Model> model =
      compose::compose(compose::check_contract(manifest, plugins()), 1);
  std::shared_ptr<Balancer> balancer = plugins().balancer("fixed").build(
      manifest.recipe.balancer.module.params, model->contract().heads.front().dims, {1, 1});
  Optimizer optimizer{trainable(*model, *balancer), manifest.recipe.optimizer};
  at::Generator rng = make_generator(at::kCPU, 1);
  LossLog log;
  Batch batch = random_batch();
  std::int64_t step = 0;

  Bench() {
    set_numeric_flags();
    model->train();
    for (int i = 0; i < 3; ++i) run();  // allocations and kernel choices
  }
  void run() {
    update({*model, *balancer, optimizer, manifest.recipe, at::kCPU, rng}, {&batch, 1},
           step++ % 1000, log);
    if (step % 10 == 0) log.clear();
  }

  static manifest::Manifest quickstart() {
    manifest::Manifest made = tiny(1000);
    made.protocol.height = 96;
    made.protocol.width = 192;
    made.tasks[0].task = choice("task", "semseg", {{"classes", std::int64_t{19}}});
    for (auto& task : made.tasks) task.head = choice("head", "conv");
    made.slots.embedding = choice("embedding", "patch", {{"width", std::int64_t{32}}});
    made.slots.encoder = choice("encoder", "conv_pyramid");
    made.recipe.clip_norm = 10;
    return made;
  }
  static Batch random_batch() {
    Batch made;
    made.ids = {"a", "b", "c", "d"};
    made.images.rgb = torch::randn({4, 3, 96, 192});
    made.targets["semseg"] = {
        torch::randint(0, 19, {4, 96, 192}, torch::kLong), std::vector<bool>(4, true), {}};
    made.targets["depth"] = {torch::rand({4, 1, 96, 192}) * 70 + 1, std::vector<bool>(4, true), {}};
    return made;
  }
};

Bench& bench() {
  static Bench made;
  return made;
}

void step_update(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) bench().run();
  state.counters["images_per_s"] = benchmark::Counter(4.0 * static_cast<double>(state.iterations()),
                                                      benchmark::Counter::kIsRate);
}
BENCHMARK(step_update)->Unit(benchmark::kMillisecond)->UseRealTime();

/// What every step pays for its losses to be logged later.
void step_add_losses(benchmark::State& state) {
  TaskLosses losses;
  losses.tasks = {"semseg", "depth"};
  losses.present = {true, true};
  losses.losses = torch::rand({2});
  losses.terms = {{"semseg", "cross_entropy", torch::rand({}), {}},
                  {"depth", "l1", torch::rand({}), {}}};
  const at::Tensor total = torch::rand({}), norm = torch::rand({});
  LossLog log;
  for ([[maybe_unused]] auto _ : state) log.add(1, losses, total, norm);
}
BENCHMARK(step_add_losses)->Unit(benchmark::kMicrosecond);

/// What a log point pays, once per log_every steps; without the store.
void step_log_point(benchmark::State& state) {
  core::NoEvents events;
  for ([[maybe_unused]] auto _ : state) {
    for (const auto& mean : bench().log.read()) {
      events.curve({1, mean.task, mean.name, "train", mean.value});
    }
  }
}
BENCHMARK(step_log_point)->Unit(benchmark::kMicrosecond);

void step_clip(benchmark::State& state) {
  const auto gradients = bench().optimizer.gradients();
  for ([[maybe_unused]] auto _ : state) clip_by_global_norm(gradients, 10);
}
BENCHMARK(step_clip)->Unit(benchmark::kMicrosecond);

void step_optimizer(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) bench().optimizer.step(1e-6);
}
BENCHMARK(step_optimizer)->Unit(benchmark::kMicrosecond);

void step_checkpoint(benchmark::State& state) {
  const Folder folder;
  Checkpoint checkpoint{.step = 0, .tensors = bench().optimizer.state(), .facts = {}};
  for (const auto& [name, tensor] : state_of(*bench().model)) {
    checkpoint.tensors["model/" + name] = tensor;
  }
  for ([[maybe_unused]] auto _ : state) {
    ++checkpoint.step;
    write_checkpoint(folder.path(), checkpoint);
  }
  std::int64_t bytes = 0;
  for (const auto& [name, tensor] : checkpoint.tensors)
    bytes += static_cast<std::int64_t>(tensor.nbytes());
  state.counters["MB"] = static_cast<double>(bytes) / 1e6;
}
BENCHMARK(step_checkpoint)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
