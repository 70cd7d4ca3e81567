#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <triptych/compose/model.h>
#include <triptych/core/events.h>

#include "triptych/measure/percentiles.h"

namespace triptych::measure {

struct LatencyOptions {
  std::int64_t batch = 1;  ///< images per inference
  double budget_s = 2;     ///< for the samples of one series; the warm-up may take half more
  std::int64_t max_samples = 1000;  ///< per series
  bool has_parts = false;           ///< a second series with a clock around each part
};

/// Times of one series of inferences.
struct LatencySeries {
  std::vector<double> total_ms;                        ///< one per inference
  std::map<std::string, std::vector<double>> part_ms;  ///< by part; only of a series with parts
  Verdict verdict;
};

/// Runs the model's forward pass, on the device where its parameters lie, on random input of its
/// contract's size, in evaluation mode, under Google Benchmark with manual time: the host's steady
/// clock around each pass, the device synchronised before and after. Warm-up runs until the medians
/// of two groups of five differ by less than 5 %; a model that does not settle gets an INVALID
/// verdict that says so.
[[nodiscard]] LatencySeries measure_latency(compose::Model& model, const LatencyOptions& options);

/// Probe `latency`: part `total`, and each part when asked for (from a series of its own, since the
/// clocks cost time and synchronise).
void probe_latency(compose::Model& model, const LatencyOptions& options, core::RunEvents& events);

}  // namespace triptych::measure
