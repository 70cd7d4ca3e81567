#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "triptych/data/sampler.h"
#include "triptych/dataset.h"
#include "triptych/values.h"

namespace triptych::data {

struct LoaderOptions {
  std::string split = "train";
  std::int64_t batch = 4;            ///< samples per batch of this rank
  bool is_training = true;           ///< shuffled, augmented, endless; else once, in order
  std::uint64_t seed = 1;            ///< of order and augmentation
  std::vector<std::string> augment;  ///< augmentations (training only), see transform.h
  std::vector<std::string> labels;   ///< labels to deliver; each must be one of the data set's
  int workers = 2;                   ///< threads; 0 = load inside `next`
  int ring = 4;                      ///< batches made ahead, the one in use included
  at::Device device = at::kCPU;      ///< where `next` puts the tensors
  std::int64_t rank = 0, world = 1;  ///< this process takes every `world`-th batch
};

/// Where the time of the consumer went.
struct LoaderStatistics {
  std::int64_t batches = 0;
  double waiting_s = 0;  ///< inside `next`, until the batch was complete
  double total_s = 0;    ///< since the first `next`
  [[nodiscard]] double waiting_share() const { return total_s > 0 ? waiting_s / total_s : 0; }
};

/// Makes batches ahead of their use. Batch k is a function of data set, options and k alone: sample
/// `index` of an epoch is augmented with Random{seed, epoch, index}, whatever the number of
/// workers.
///
/// Training is one endless stream: epoch after epoch, each sample once per epoch; a batch may
/// reach over the end of an epoch. Evaluation visits the split once, in order; its last batch may
/// be smaller.
///
/// A batch: rgb [B, 3, H, W] float (rgb / 255 - kMean) / kStd; targets by label name: labels of
/// two axes become [B, H, W] int64, those of three [B, C, H, W] float (edges: 0, 1, 255 = ignore).
/// Samples without a label have a row of zeros and `present` false; where no sample of the batch
/// has it, the map is undefined. `cameras` holds B entries.
///
/// Batches are written into a fixed ring; memory that the consumer still holds is never written
/// again. For a CUDA device the ring is pinned, 8-bit, and converted on the device. One consumer.
class Loader {
 public:
  /// Throws Error: data.021 unknown augmentation, data.022 empty split or bad option, data.024 a
  /// label that the data set lacks.
  Loader(std::shared_ptr<const Dataset> dataset, LoaderOptions options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// Training: goes on from here (resume). What was made ahead is thrown away.
  void seek(Position position);
  /// Evaluation: begins again at the first sample.
  void rewind();
  /// Place of the next batch's first sample (of rank 0).
  [[nodiscard]] Position position() const;

  /// The next batch; nothing at the end of an evaluation. An exception of the data set arrives here
  /// as Error, naming sample and split, and again at each later call until `seek` or `rewind`.
  [[nodiscard]] std::optional<Batch> next();

  [[nodiscard]] std::int64_t num_samples() const;  ///< of the split
  [[nodiscard]] LoaderStatistics statistics() const;
  void clear_statistics();

 private:
  class Ring;
  std::unique_ptr<Ring> ring_;
};

/// One batch of these samples, as the Loader makes it (predict, tests). Throws Error data.023 when
/// their sizes differ.
[[nodiscard]] Batch collated(const std::vector<Sample>& samples,
                             const std::vector<std::string>& labels);

}  // namespace triptych::data
