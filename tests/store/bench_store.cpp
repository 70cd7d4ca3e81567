// Cost of watching: what a training step pays for its rows, and what a large study costs.
//   ./dev bench store
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include <triptych/store/store.h>

namespace {

namespace fs = std::filesystem;
using triptych::store::Mode;
using triptych::store::Plan;
using triptych::store::Store;

fs::path fresh_database() {
  const auto folder = fs::temp_directory_path() / ("bench_store_" + std::to_string(getpid()));
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder / "results.db";
}

Plan plan_of(int num_points) {
  Plan plan{.study = "bench", .protocol = "p/1", .manifest = "{}", .points = {}};
  for (int i = 0; i < num_points; ++i) {
    plan.points.push_back({.point_id = "point" + std::to_string(i),
                           .role = "variant",
                           .label = "variant " + std::to_string(i),
                           .seed = 1,
                           .manifest = std::string(4000, ' ') + "{}",  // as long as a real one
                           .serves_as = {}});
  }
  return plan;
}

// A step that logs the loss of two tasks, the total and the learning rate. Batches included.
void log_step(benchmark::State& state) {
  auto store = Store::open(fresh_database(), Mode::read_write);
  store.freeze(plan_of(1));
  const auto writer = store.writer(*store.claim_next("bench"));
  std::int64_t step = 0;
  for (auto _ : state) {
    ++step;
    for (const char* task : {"semseg", "depth", "all"}) {
      writer->curve({.step = step, .task = task, .metric = "loss", .split = "train", .value = 0.5});
    }
    writer->curve({.step = step, .task = "all", .metric = "lr", .split = "train", .value = 1e-3});
  }
  writer->finish("done", "", step);
}
BENCHMARK(log_step)->Unit(benchmark::kMicrosecond)->UseRealTime();

// Status of a study, of which half the points are done.
void study_status(benchmark::State& state) {
  auto store = Store::open(fresh_database(), Mode::read_write);
  store.freeze(plan_of(static_cast<int>(state.range(0))));
  for (std::int64_t i = 0; i < state.range(0) / 2; ++i) {
    store.writer(*store.claim_next("bench"))->finish("done", "", 1);
  }
  for (auto _ : state) benchmark::DoNotOptimize(store.studies());
}
BENCHMARK(study_status)->Arg(100)->Arg(2000)->Unit(benchmark::kMillisecond)->UseRealTime();

// The next point of a study whose points are all free.
void claim_and_finish(benchmark::State& state) {
  auto store = Store::open(fresh_database(), Mode::read_write);
  store.freeze(plan_of(20'000));
  for (auto _ : state) store.writer(*store.claim_next("bench"))->finish("done", "", 1);
}
BENCHMARK(claim_and_finish)->Iterations(200)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
