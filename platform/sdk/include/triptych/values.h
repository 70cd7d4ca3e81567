#pragma once

/// The named values that travel between slots. Fixed letters: B batch, T tasks, L level, N tokens,
/// P prompts, C channels, K classes, H W height and width of that tensor, S stride.

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "triptych/dims.h"

namespace triptych {

/// Pinhole camera of one image, in pixels of that image, and its pose on the vehicle.
struct Camera {
  double fx = 0, fy = 0, cx = 0, cy = 0;  ///< pixels; fx = 0: unknown
  double baseline_m = 0;                  ///< of the stereo pair; 0: none
  double height_m = 0;                    ///< above the ground
  double pitch_rad = 0;                   ///< positive looks down
};

/// A batch of network inputs.
struct Images {
  at::Tensor rgb;               ///< [B, 3, H, W] float, normalised with the protocol's mean and std
  std::vector<Camera> cameras;  ///< B entries, or empty where the data set knows none
};

/// What an embedding gives.
struct Grid {
  at::Tensor patches;  ///< [B, H/S, W/S, C]
};

/// One level of a pyramid.
struct Level {
  at::Tensor map;     ///< [B, C, H, W]
  double stride = 1;  ///< image pixels per cell, not always an integer
};
using Pyramid = std::vector<Level>;  ///< finest first

/// Features per task: T pyramids.
using TaskFeatures = std::vector<Pyramid>;

/// What a head gives: raw, before any up-sampling to label size, activation or argmax.
struct Prediction {
  at::Tensor map;  ///< [B, outputs, H, W]; undefined for heads that only have branches
  std::map<std::string, std::vector<at::Tensor>> branches;  ///< detection: branch -> per level
};

/// A prediction from inside the network (preliminary prediction, side edge) that a task's target
/// supervises: the loss of `task` on it, times `weight`, joins that task's loss before balancing.
struct Auxiliary {
  std::string task;
  std::string name;  ///< for logs: "preliminary", "contour"
  Prediction prediction;
  double weight = 1;
};

/// Surroundings of one forward pass: all its randomness and where side results go.
class Context {
 public:
  Context(at::Generator generator, bool is_training);

  at::Generator rng;  ///< on the device of the model; the only source of randomness in `forward`
  bool training;

  /// Hands in an auxiliary prediction; dropped outside training. Its map is also offered to
  /// `listener` as "<name>/<task>" ("preliminary/depth").
  void emit(Auxiliary auxiliary);
  /// Offers an inner tensor under a name such as "encoder/level0" or "maps/spatial/stage0". Costs
  /// nothing unless somebody listens.
  void observe(std::string_view name, const at::Tensor& tensor) const;

  std::vector<Auxiliary> auxiliaries;
  std::function<void(std::string_view, const at::Tensor&)>
      listener;  ///< for `observe`; may be empty
};

/// What the prompts of one stage left for decoding. Maps follow the patches through the merge.
struct StageTrace {
  at::Tensor prompts;  ///< [B, P, C] as they leave the stage's last block (before the merge)
  at::Tensor spatial;  ///< [B, heads, T, H, W] raw prompt-to-patch logits; may be undefined
  at::Tensor channel;  ///< [B, T, C, nh, nw] raw prompt-to-channel logits; may be undefined
  std::map<std::string, at::Tensor> other;  ///< maps of other names; the prompt states the axes
};

/// Per stage what the prompts kept.
struct Trace {
  std::vector<StageTrace> stages;
};

/// The ground truth of one task for a batch.
struct Target {
  at::Tensor map;  ///< [B, H, W] labels (int64), or [B, C, H, W] float; the task states which
  std::vector<bool> present;  ///< B entries on the host: has this sample a label for the task?
  std::map<std::string, std::vector<at::Tensor>> lists;  ///< per-sample lists (boxes)

  [[nodiscard]] bool any_present() const;
};

/// A batch as the loader gives it.
struct Batch {
  std::vector<std::string> ids;  ///< B sample names
  Images images;
  std::map<std::string, Target> targets;  ///< by label name of the data set ("semseg", "depth")

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(ids.size()); }
};

/// One term of a task's loss, normalised once over the whole effective batch:
///   loss = sum over terms of scale * (sum of `sum` over parts) / (sum of `weight` over parts).
/// Accumulation, several ranks and partial labels would be wrong with means.
struct LossTerm {
  std::string name;
  at::Tensor sum;     ///< scalar, carries the gradient
  at::Tensor weight;  ///< scalar, depends on targets only (pixels, positives); no gradient
  double scale = 1;
};

}  // namespace triptych
