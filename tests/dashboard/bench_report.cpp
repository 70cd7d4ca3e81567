// What comparing and writing the page cost.
//   ./dev bench report
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include <triptych/report/page.h>

#include "demo_study.h"

namespace {

namespace fs = std::filesystem;
using triptych::store::Mode;
using triptych::store::Store;

// A made-up study of about `num_runs` runs without pictures: 3 seeds, half as many labels as
// needed.
Store study_of(std::int64_t num_runs) {
  const auto folder = fs::temp_directory_path() / ("bench_report_" + std::to_string(getpid()));
  fs::remove_all(folder);
  fs::create_directories(folder);
  triptych::report::DemoOptions options;
  options.num_images = 0;
  options.labels.clear();
  for (std::int64_t i = 0; i < num_runs / 3 - 2; ++i) {
    options.labels.push_back("variant " + std::to_string(i));
  }
  auto store = Store::open(folder / "results.db", Mode::read_write);
  triptych::report::write_demo_study(store, options);
  return store;
}

void compare_study(benchmark::State& state) {
  const auto store = study_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(triptych::report::compare(store, {"streets"}));
}
BENCHMARK(compare_study)->Arg(12)->Arg(300)->Unit(benchmark::kMillisecond)->UseRealTime();

void write_page(benchmark::State& state) {
  const auto store = study_of(state.range(0));
  std::size_t size = 0;
  for (auto _ : state) {
    size = triptych::report::render_page(triptych::report::collect_page(store)).size();
  }
  state.counters["page_bytes"] = static_cast<double>(size);
}
BENCHMARK(write_page)->Arg(12)->Arg(300)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
