#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace triptych::train {

/// Everything that a run needs to go on as if nothing had happened.
///
/// Tensors by prefix: `model/` parameters and buffers, `optimizer/` moments and counts, `balancer/`
/// its parameters and buffers, `rng/` states of generators, `log/` losses since the last
/// log point, `best/` the selected weights so far. `facts`: step, epoch and cursor of the sampler,
/// hash of the manifest, versions and flags.
struct Checkpoint {
  std::int64_t step = 0;  ///< updates done
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, std::string> facts;
};

/// A checkpoint that was read, and what was wrong with newer ones.
struct FoundCheckpoint {
  Checkpoint checkpoint;
  std::filesystem::path path;
  std::vector<std::string> damaged;  ///< one sentence per newer file that could not be used
};

/// How many checkpoints of a run are kept: if the newest is damaged, the one before it is used.
inline constexpr std::size_t kGenerations = 2;

/// `<folder>/step-000500.safetensors`, with the facts and a SHA-256 of all tensors inside. Written
/// whole or not at all, then older generations are removed. Throws Error core.002 (disk full, no
/// permission); the earlier ones then stay.
std::filesystem::path write_checkpoint(const std::filesystem::path& folder,
                                       const Checkpoint& checkpoint);

/// The newest checkpoint that is complete and unchanged, not later than `last_step` when that is
/// given (a later one may have been written but never recorded). Nothing when there is none.
/// Its tensors lie in memory, not in the file.
[[nodiscard]] std::optional<FoundCheckpoint> newest_checkpoint(
    const std::filesystem::path& folder, std::optional<std::int64_t> last_step = {});

/// Removes all checkpoints of a run that is done; its weights stay.
void remove_checkpoints(const std::filesystem::path& folder);

/// The tensors under `prefix`, without it.
[[nodiscard]] std::map<std::string, at::Tensor> under(
    const std::map<std::string, at::Tensor>& tensors, const std::string& prefix);

}  // namespace triptych::train
