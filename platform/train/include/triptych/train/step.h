#pragma once

#include <ATen/core/Generator.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <triptych/balancer.h>
#include <triptych/compose/model.h>
#include <triptych/values.h>

#include "triptych/train/losses.h"
#include "triptych/train/optimizer.h"

namespace triptych::train {

/// Parameters of the model and of the balancer (`balancer.<name>`), for the optimiser.
[[nodiscard]] std::vector<NamedTensor> trainable(const compose::Model& model,
                                                 const Balancer& balancer);

/// What one update needs. Everything is borrowed but the generator's handle.
struct StepParts {
  compose::Model& model;
  Balancer& balancer;
  Optimizer& optimizer;
  const manifest::Recipe& recipe;
  c10::Device device;
  at::Generator rng;  ///< of the forward pass
};

/// One update: forward, loss terms, balancer, backward, clipping, optimiser at the schedule's rate.
/// `batches` (at least one) are the micro steps of the effective batch and lie on the device.
/// Adds the losses to `log`. Nothing in it waits for the device.
///
/// Losses are normalised over the whole effective batch, and the balancer sees those. With several
/// micro steps only the graph of one is alive at a time: a first pass without gradient finds sums
/// and weights, the second, with the same random numbers, adds up the gradients. That costs one
/// more forward pass per micro step. Statistics of normalisation layers move in the second pass
/// only.
///
/// A batch without any label changes nothing. Gradients of parts that only absent tasks use stay
/// undefined, and the optimiser skips them. Whatever parts throw passes through.
void update(const StepParts& parts, std::span<const Batch> batches, std::int64_t step,
            LossLog& log);

}  // namespace triptych::train
