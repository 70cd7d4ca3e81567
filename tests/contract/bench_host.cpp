// What composing costs at run time: the same layers composed from plugins and written down in one
// class, in turns within one benchmark, so that the ratio is of one run on one machine.
#include <benchmark/benchmark.h>

#include <chrono>

#include "hard_wired.h"

namespace triptych::testing {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void composed_over_hard_wired(benchmark::State& state) {
  const bool has_prompts = state.range(0) != 0;
  auto request = composed_request({"semseg", "depth"}, has_prompts);
  request.image = {state.range(1), 2 * state.range(1)};
  const auto model = composed(request);
  HardWired hard_wired(2, has_prompts);
  hard_wired.copy_from(*model);
  const torch::NoGradGuard no_grad;
  const auto images = random_images(request, /*batch=*/1);
  auto side = context();

  double composed_s = 0;
  double hard_wired_s = 0;
  const auto run_composed = [&] {
    const auto start = Clock::now();
    benchmark::DoNotOptimize(model->forward(images, side));
    return seconds_since(start);
  };
  const auto run_hard_wired = [&] {
    const auto start = Clock::now();
    benchmark::DoNotOptimize(hard_wired.forward(images.rgb));
    return seconds_since(start);
  };
  for (int i = 0; i < 20; ++i) (void)(run_composed() + run_hard_wired());  // warm-up
  bool is_composed_first = true;
  for (auto _ : state) {
    if (is_composed_first) composed_s += run_composed();
    hard_wired_s += run_hard_wired();
    if (!is_composed_first) composed_s += run_composed();
    is_composed_first = !is_composed_first;
  }
  const auto passes = static_cast<double>(state.iterations());
  state.counters["composed_us"] = 1e6 * composed_s / passes;
  state.counters["hard_wired_us"] = 1e6 * hard_wired_s / passes;
  state.counters["ratio"] = composed_s / hard_wired_s;
}

BENCHMARK(composed_over_hard_wired)
    ->ArgNames({"prompts", "height"})
    ->ArgsProduct({{0, 1}, {16, 96}})
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace triptych::testing

BENCHMARK_MAIN();
