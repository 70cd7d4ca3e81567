#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <triptych/compose/model.h>
#include <triptych/core/events.h>
#include <triptych/host/plugin_host.h>
#include <triptych/manifest/manifest.h>

namespace triptych::train {

/// One run to be done. Manifest and host are borrowed for the length of the call.
struct RunPlan {
  const manifest::Manifest* manifest = nullptr;
  const host::PluginHost* host = nullptr;
  std::string run_id;
  std::filesystem::path
      folder;                   ///< of this run: `<dir>/<run_id>`; checkpoints and weights go there
  std::string device = "auto";  ///< "auto", "cpu", "cuda", "cuda:1"
  /// What a checkpoint must belong to (the point_id): one of another manifest is refused.
  std::string identity;
  /// Continue from the newest good checkpoint that is not later than this step (what the store
  /// knows); 0 where nothing was recorded: the run starts anew.
  std::int64_t resume_step = 0;
  /// The file that recipe.init_from names; "" = none. A run's name is for the caller to resolve.
  std::filesystem::path init_weights;
  /// Called after each update, and between batches of evaluations, with the updates done and a few
  /// words ("loss 0.52"). May be empty.
  std::function<void(std::int64_t step, const std::string& detail)> progress;
};

enum class RunStatus { kDone, kFailed, kInterrupted };
[[nodiscard]] std::string status_name(RunStatus status);  ///< "done" | "failed" | "interrupted"

struct TrainOutcome {
  RunStatus status = RunStatus::kFailed;
  std::string code;               ///< of a failed run: "train.040", "contract.241", ...; else ""
  std::string reason;             ///< one line; "" for done
  std::int64_t steps = 0;         ///< updates done
  std::string device;             ///< "cpu", "cuda:0 NVIDIA H200"
  std::filesystem::path weights;  ///< of a done run
  std::string tensors_digest;     ///< of a done run: final model and optimiser
  /// The trained model with the selected weights, in evaluation mode, on the run's device: for
  /// probes. Of a done run only.
  std::shared_ptr<compose::Model> model;
};

/// Asked after each update: true ends the run after a checkpoint, as interrupted.
using Stop = std::function<bool()>;

/// Trains one run from its start, or from its last checkpoint, to its end: updates, log rows,
/// evaluations, checkpoints; then the final metrics, per-image statistics, pictures of the first
/// four images, weights and the step-time probe. Everything is reported through `events`.
///
/// A run resumed from a checkpoint gives the same bits as one that never stopped (equal number of
/// threads, same LibTorch). What goes wrong in the run (a loss that is not finite, out of memory,
/// an exception in a plugin, bad data, a full disk) is its outcome: failed, with the reason. Errors
/// of `events` itself (codes `store.*`) pass through: the run is not over then.
///
/// Sets process-wide switches of LibTorch (set_numeric_flags, set_threads). Not to be called from
/// two threads at once.
[[nodiscard]] TrainOutcome run_training(const RunPlan& plan, core::RunEvents& events,
                                        const Stop& stop);

}  // namespace triptych::train
