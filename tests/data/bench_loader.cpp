/// What the loader can deliver: samples per second rendered, from the cache, augmented; images of
/// streets-small/1 (96 x 192) with semseg and depth, batches of 8. Argument: worker threads.
#include <benchmark/benchmark.h>

#include "dataset_fixture.h"
#include "triptych/data/cache.h"
#include "triptych/data/loader.h"

namespace {

using namespace triptych;

constexpr std::int64_t kSamples = 128;

std::shared_ptr<const Dataset> rendered() {
  return data::open_dataset(
      "streets",
      {.root = "", .image = {96, 192}, .splits = {{"train", {.count = kSamples, .seed = 1}}}});
}

std::shared_ptr<const Dataset> kept() {
  const auto dataset = rendered();
  return data::cached(
      dataset, "train",
      {.identity = dataset->data_hash(), .folder = {}, .labels = {"semseg", "depth"}});
}

void deliver(benchmark::State& state, const std::shared_ptr<const Dataset>& dataset,
             std::vector<std::string> augment) {
  data::Loader loader(dataset, {.split = "train",
                                .batch = 8,
                                .augment = std::move(augment),
                                .labels = {"semseg", "depth"},
                                .workers = static_cast<int>(state.range(0))});
  for (auto _ : state) benchmark::DoNotOptimize(loader.next());
  state.counters["images/s"] = benchmark::Counter(8, benchmark::Counter::kIsIterationInvariantRate);
}

void loader_rendering(benchmark::State& state) { deliver(state, rendered(), {}); }
void loader_from_cache(benchmark::State& state) { deliver(state, kept(), {}); }
void loader_from_cache_augmented(benchmark::State& state) {
  deliver(state, kept(), {"flip", "crop"});
}

}  // namespace

BENCHMARK(loader_rendering)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(loader_from_cache)->Arg(0)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(loader_from_cache_augmented)
    ->Arg(0)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
