/// Time to make one street scene and cast its rays, on one core. Goal: 10 ms at 128 x 256.
#include <benchmark/benchmark.h>

#include "streets/render.h"

namespace {

void render_street(benchmark::State& state) {
  const int height = static_cast<int>(state.range(0)), width = 2 * height;
  std::int64_t index = 0;
  for (auto _ : state) {
    // Another scene each time: they differ in cost by a factor of two.
    auto rendering = triptych::streets::render_street(1, "bench", index++ % 64, height, width);
    benchmark::DoNotOptimize(rendering.rgb.data());
  }
  state.counters["pixels/s"] = benchmark::Counter(static_cast<double>(height) * width,
                                                  benchmark::Counter::kIsIterationInvariantRate);
}

void make_scene(benchmark::State& state) {
  std::int64_t index = 0;
  for (auto _ : state) {
    auto scene = triptych::streets::make_scene(1, "bench", index++ % 64, 128, 256);
    benchmark::DoNotOptimize(scene.primitives.data());
  }
}

}  // namespace

BENCHMARK(render_street)->Arg(96)->Arg(128)->Arg(256)->Unit(benchmark::kMillisecond);
BENCHMARK(make_scene)->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
