#include "triptych/measure/latency.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <benchmark/benchmark.h>
#include <torch/cuda.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>

#include <triptych/core/clock.h>

namespace triptych::measure {
namespace {

constexpr std::size_t kGroup = 5;       // passes per group of the warm-up
constexpr double kSettled = 0.05;       // relative difference of two groups' medians
constexpr std::size_t kMaxWarmup = 60;  // passes
constexpr double kStretch = 3;          // budgets that may be spent to reach p90's samples

void synchronize(const c10::Device& device) {
  if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

c10::Device device_of(const compose::Model& model) {
  const auto parameters = model.parameters();
  return parameters.empty() ? c10::Device(c10::kCPU) : parameters.front().device();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Takes results without printing them.
class Silent final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.error_occurred) problem_ = run.error_message;
    }
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  std::string problem_;
};

/// One inference of a model on fixed input.
class Inference {
 public:
  Inference(compose::Model& model, const c10::Device& device, std::int64_t batch)
      : model_(model), device_(device) {
    const ImageSize size = model.contract().image();
    at::Generator generator = at::detail::createCPUGenerator(/*seed_val=*/1);
    images_.rgb = at::randn({batch, 3, size.height, size.width}, generator).to(device);
    rng_ = device.is_cpu() ? generator : at::detail::getCUDAHooks().getNewGenerator(device.index());
  }

  /// Seconds of one pass.
  [[nodiscard]] double run() {
    const at::NoGradGuard no_grad;
    Context context(rng_, /*is_training=*/false);
    synchronize(device_);
    const double started = core::steady_seconds();
    const compose::Outputs outputs = model_.forward(images_, context);
    synchronize(device_);
    return core::steady_seconds() - started;
  }

 private:
  compose::Model& model_;
  c10::Device device_;
  Images images_;
  at::Generator rng_;
};

/// Adds up the time of each part over one pass. On a GPU it synchronises at every border.
class PartClock {
 public:
  PartClock(compose::Model& model, const c10::Device& device) : model_(model) {
    model.watcher = [this, device](std::string_view part, bool is_start) {
      synchronize(device);
      const double now = core::steady_seconds();
      double& time = times_[std::string(part)];
      time += is_start ? -now : now;
    };
  }
  ~PartClock() { model_.watcher = {}; }
  PartClock(const PartClock&) = delete;
  PartClock& operator=(const PartClock&) = delete;

  /// Moves the times of the pass that ended to `series`.
  void take(std::map<std::string, std::vector<double>>& series) {
    for (auto& [part, time] : times_) {
      series[part].push_back(1e3 * time);
      time = 0;
    }
  }

 private:
  compose::Model& model_;
  std::map<std::string, double> times_;  ///< seconds
};

/// Passes until two groups agree. Gives the seconds of one pass; writes a verdict if they never do.
double warm_up(Inference& inference, double limit_s, Verdict& verdict) {
  const double started = core::steady_seconds();
  std::vector<double> before;
  double difference = 1;
  for (std::size_t passes = 0; passes < kMaxWarmup; passes += kGroup) {
    std::vector<double> group;
    for (std::size_t i = 0; i < kGroup; ++i) group.push_back(inference.run());
    if (!before.empty()) {
      difference = std::abs(median(group) / median(before) - 1);
      if (difference < kSettled) return median(group);
    }
    before = std::move(group);
    if (passes >= kGroup && core::steady_seconds() - started > limit_s) break;
  }
  verdict = {false, "did not settle in the warm-up: the last two groups of " +
                        std::to_string(kGroup) + " differ by " +
                        std::to_string(static_cast<int>(std::lround(100 * difference))) +
                        " %; close other programs or give it more time"};
  return median(before);
}

/// As many passes as the budget holds; at least those of p90 if three budgets hold them, else of
/// p50.
std::int64_t num_samples(double pass_s, const LatencyOptions& options) {
  const auto affordable = [&](double budgets) {
    return static_cast<std::int64_t>(budgets * options.budget_s / std::max(pass_s, 1e-9));
  };
  const auto p90 = static_cast<std::int64_t>(least_samples(0.9));
  const auto p50 = static_cast<std::int64_t>(least_samples(0.5));
  const std::int64_t least = affordable(kStretch) >= p90 ? p90 : p50;
  return std::min(std::max(affordable(1), least), options.max_samples);
}

LatencySeries measure_series(compose::Model& model, const c10::Device& device,
                             const LatencyOptions& options, bool has_parts) {
  LatencySeries series;
  Inference inference(model, device, options.batch);
  const double pass_s = warm_up(inference, options.budget_s / 2, series.verdict);
  const std::int64_t samples = num_samples(pass_s, options);
  std::unique_ptr<PartClock> clock;
  if (has_parts) clock = std::make_unique<PartClock>(model, device);
  benchmark::RegisterBenchmark("latency",
                               [&](benchmark::State& state) {
                                 for ([[maybe_unused]] auto _ : state) {
                                   const double seconds = inference.run();
                                   state.SetIterationTime(seconds);
                                   series.total_ms.push_back(1e3 * seconds);
                                   if (clock) clock->take(series.part_ms);
                                 }
                               })
      ->UseManualTime()
      ->Iterations(samples);
  Silent silent;
  try {
    benchmark::RunSpecifiedBenchmarks(&silent, nullptr, "^latency/");
  } catch (...) {
    benchmark::ClearRegisteredBenchmarks();
    throw;
  }
  benchmark::ClearRegisteredBenchmarks();
  return series;
}

/// Evaluation mode while it lives.
class EvaluationMode {
 public:
  explicit EvaluationMode(compose::Model& model)
      : model_(model), was_training_(model.is_training()) {
    model.eval();
  }
  ~EvaluationMode() { model_.train(was_training_); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  compose::Model& model_;
  bool was_training_;
};

}  // namespace

LatencySeries measure_latency(compose::Model& model, const LatencyOptions& options) {
  const c10::Device device = device_of(model);
  const EvaluationMode mode(model);
  LatencySeries series = measure_series(model, device, options, /*has_parts=*/false);
  if (options.has_parts) {
    series.part_ms = measure_series(model, device, options, /*has_parts=*/true).part_ms;
  }
  return series;
}

void probe_latency(compose::Model& model, const LatencyOptions& options, core::RunEvents& events) {
  const LatencySeries series = measure_latency(model, options);
  report_times("latency", "total", series.total_ms, series.verdict, events);
  for (const auto& [part, times_ms] : series.part_ms) {
    report_times("latency", part, times_ms, series.verdict, events);
  }
}

}  // namespace triptych::measure
