#include "stem_widths.h"

#include <cmath>
#include <limits>

#include "triptych/error.h"

namespace triptych::branches {

namespace {

constexpr double kTolerance = 0.01;  // relative difference in parameters

double relative_gap(std::int64_t found, std::int64_t wanted) {
  return std::abs(static_cast<double>(found - wanted)) / static_cast<double>(wanted);
}

/// a, ..., a, b.
std::vector<std::int64_t> channels_of(std::int64_t num_steps, std::int64_t a, std::int64_t b) {
  std::vector<std::int64_t> channels(static_cast<std::size_t>(num_steps), a);
  channels.back() = b;
  return channels;
}

/// The b that comes nearest to `parameters` beside `a`: the count is linear in b. Below 1 when `a`
/// alone is too wide.
std::int64_t nearest_b(const TripleOptions& options, std::int64_t num_steps, std::int64_t a,
                       std::int64_t parameters) {
  const auto count = [&](std::int64_t b) {
    return wide_stem_cost(options, channels_of(num_steps, a, b)).parameters;
  };
  const auto constant = count(0);
  const auto slope = static_cast<double>(count(1) - constant);
  return std::llround(static_cast<double>(parameters - constant) / slope);
}

}  // namespace

PatchOptions projection_options(const TripleOptions& options) {
  auto projection = options.patch;
  projection.stride = 1;
  return projection;
}

Cost wide_stem_cost(const TripleOptions& options, const std::vector<std::int64_t>& channels) {
  auto cost = LocalBranch::cost(channels);
  cost += PatchProjection::cost(channels.back(), projection_options(options));
  if (options.edge_task) cost += EdgeOutput::cost(options.patch.width, *options.edge_task);
  return cost;
}

std::vector<std::int64_t> matching_channels(const std::string& owner, TripleOptions options) {
  options.edge_task.reset();  // the same in both
  const auto num_steps = num_halvings(owner, options.patch.stride);
  if (num_steps < 2) {
    throw Error("module.106", owner,
                "a plain stem of one step has one width, which cannot match both "
                "parameters and multiply-adds",
                "Use a stride of 4 or more.");
  }
  const auto wanted = triple_cost(options);
  const auto pixels = options.patch.stride * options.patch.stride;  // of a cell
  std::vector<std::int64_t> best;
  double best_gap = std::numeric_limits<double>::infinity();
  for (std::int64_t a = 1;; ++a) {
    const auto b = nearest_b(options, num_steps, a, wanted.parameters);
    if (b < 1) break;
    if (b > pixels * a) continue;  // a narrow neck is no fair control
    const auto channels = channels_of(num_steps, a, b);
    const auto cost = wide_stem_cost(options, channels);
    const auto gap = relative_gap(cost.macs, wanted.macs);
    if (relative_gap(cost.parameters, wanted.parameters) <= kTolerance && gap < best_gap) {
      best_gap = gap;
      best = channels;
    }
  }
  if (!best.empty()) return best;
  throw Error("module.106", owner,
              "no plain stem comes within 1 % of the " + std::to_string(wanted.parameters) +
                  " parameters of 'triple' with these params",
              "Take a larger width, or compare with 'conv_stem' and report both counts.");
}

}  // namespace triptych::branches
