// Speed of the evaluators. Each benchmark is one whole evaluation; the command line is run in this
// process with its table thrown away.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <ctime>
#include <iostream>
#include <sstream>
#include <string>

#include "bench_files.h"
#include "naive_edges.h"
#include "triptych/cli/evaluate.h"
#include "triptych/metrics/edges.h"
#include "triptych/metrics/parallel.h"
#include "triptych/metrics/png.h"

namespace triptych::metrics {
namespace {

constexpr int kImages = 500;
constexpr int kBoundaryImages = 96;
constexpr int kNaiveImages = 4;  // of the same set: the plain version takes minutes for all
constexpr double kMaxDistance = 0.0075;

void evaluate(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "evaluate");
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  std::ostringstream out, err;
  auto* before_out = std::cout.rdbuf(out.rdbuf());
  auto* before_err = std::cerr.rdbuf(err.rdbuf());
  const int code = cli::run_evaluate(static_cast<int>(argv.size()), argv.data());
  std::cout.rdbuf(before_out);
  std::cerr.rdbuf(before_err);
  if (code != 0) throw std::runtime_error(err.str());
}

std::string below(const char* name) { return (bench::folder() / name).string(); }

void detection3d(benchmark::State& state) {
  bench::write_detections(kImages);
  for (auto _ : state) {
    evaluate({"detection3d", "--layout", "cityscapes3d", "--truth", below("gt"), "--prediction",
              below("boxes")});
  }
  state.counters["images"] = kImages;
}
BENCHMARK(detection3d)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Iterations(3);

void semseg_png(benchmark::State& state) {
  bench::write_labels(kImages);
  for (auto _ : state) {
    evaluate({"semseg", "--layout", "cityscapes", "--truth", below("gtFine"), "--prediction",
              below("labels")});
  }
  state.counters["images"] = kImages;
}
BENCHMARK(semseg_png)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Iterations(1);

// The same files, decoded and nothing else.
void semseg_png_decoding_only(benchmark::State& state) {
  std::vector<std::filesystem::path> files;
  for (const auto* name : {"gtFine", "labels"}) {
    for (const auto& entry : std::filesystem::directory_iterator(below(name)))
      files.push_back(entry.path());
  }
  for (auto _ : state) {
    parallel_for(static_cast<std::int64_t>(files.size()), 0, [&](std::int64_t i) {
      benchmark::DoNotOptimize(read_png8(files[static_cast<std::size_t>(i)]).pixels.data());
    });
  }
}
BENCHMARK(semseg_png_decoding_only)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Iterations(1);

EdgeImage measured(const bench::BoundaryPair& pair) {
  const std::vector<ByteMap> truths{{pair.width, pair.height, pair.labels}};
  return measure_edges({pair.width, pair.height, pair.prediction}, truths, EdgeReading::kSeism,
                       kMaxDistance);
}

// 96 images of 321 x 481 at 101 thresholds, all cores.
void edges(benchmark::State& state) {
  std::vector<bench::BoundaryPair> pairs;
  for (int i = 0; i < kBoundaryImages; ++i) pairs.push_back(bench::boundary_pair(481, 321, i));
  for (auto _ : state) {
    std::vector<EdgeImage> images(pairs.size());
    parallel_for(kBoundaryImages, 0, [&](std::int64_t i) { images[i] = measured(pairs[i]); });
    benchmark::DoNotOptimize(score_edges(images));
  }
  state.counters["images"] = kBoundaryImages;
}
BENCHMARK(edges)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Iterations(1);

// The plain version against the fast one on one thread, image by image: a ratio in one run.
void edges_against_plain(benchmark::State& state) {
  double plain_s = 0;
  double fast_s = 0;
  const auto seconds = [](const auto& work) {  // of the processor: other programs do not count
    const auto start = std::clock();
    work();
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  };
  for (auto _ : state) {
    for (int i = 0; i < kNaiveImages; ++i) {
      const auto pair = bench::boundary_pair(481, 321, i);
      EdgeImage plain, fast;
      plain_s += seconds([&] {
        plain = naive::measured({pair.width, pair.height, pair.prediction},
                                {pair.width, pair.height, pair.labels}, kMaxDistance);
      });
      fast_s += seconds([&] { fast = measured(pair); });
      for (std::size_t t = 0; t < fast.counts.size(); ++t) {
        if (fast.counts[t].matched_truth != plain.counts[t].matched_truth)
          state.SkipWithError("counts differ");
      }
    }
  }
  state.counters["plain_ms_per_image"] = 1000 * plain_s / kNaiveImages;
  state.counters["fast_ms_per_image"] = 1000 * fast_s / kNaiveImages;
  state.counters["times_faster_one_thread"] = plain_s / fast_s;
}
BENCHMARK(edges_against_plain)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Iterations(1);

// 2 x 5 GB of float32; the peak of the whole process so far, with everything above in it.
void depth_npy_5gb(benchmark::State& state) {
  constexpr int kMaps = 600;
  const auto truth = bench::write_depth("depth.npy", kMaps);
  const auto prediction = bench::write_depth("predicted_depth.npy", kMaps);
  for (auto _ : state) {
    evaluate({"depth", "--truth", truth.string(), "--prediction", prediction.string()});
  }
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["gigabytes"] = 2.0 * static_cast<double>(std::filesystem::file_size(truth)) / 1e9;
  state.counters["peak_memory_mb"] = static_cast<double>(usage.ru_maxrss) / 1024;
}
BENCHMARK(depth_npy_5gb)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Iterations(1);

}  // namespace
}  // namespace triptych::metrics

BENCHMARK_MAIN();
