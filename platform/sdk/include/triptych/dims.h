#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace triptych {

/// Height and width in pixels (or cells).
struct ImageSize {
  std::int64_t height = 0;
  std::int64_t width = 0;
  bool operator==(const ImageSize&) const = default;
};

/// The patch grid that an embedding gives: [B, height, width, channels].
struct GridDims {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  double stride = 1;  ///< image pixels per cell
};

/// One stage of an encoder: `blocks` blocks on one grid, then (except in the last) a merge.
struct StageDims {
  std::int64_t height = 0;  ///< cells while the blocks run
  std::int64_t width = 0;
  std::int64_t channels = 0;
  std::int64_t heads = 1;  ///< attention heads; 1 where the encoder has no attention
  std::int64_t blocks = 1;
  std::int64_t merged_height = 0;  ///< cells after the merge; in the last stage as before
  std::int64_t merged_width = 0;
  std::int64_t merged_channels = 0;
};

/// One level of a pyramid: a map [B, channels, height, width].
struct LevelDims {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  double stride = 1;       ///< image pixels per cell, not always an integer
  std::int64_t stage = 0;  ///< the encoder stage whose kept prompt maps belong to this level
};

/// What is predicted: one entry per task, in the manifest's order.
struct TaskDims {
  std::string name;
  std::int64_t outputs = 1;   ///< channels of the head's last output; 0 where there is no one map
  bool wants_levels = false;  ///< its head takes a pyramid as it is (detection), not one fine map
};

/// The part of the prompt axis that one prompt part owns: rows [begin, begin + count).
struct Segment {
  std::int64_t begin = 0;
  std::int64_t count = 0;
  bool attends = true;  ///< the rows take part in the encoder's attention
};

/// Everything a module may know of its surroundings when its ports are computed and when it is
/// built. Filled from left to right (embedding, encoder, prompt, fusion, head): a module sees what
/// lies before it. A per-task copy of an embedding, encoder or prompt sees only its own task.
struct Dims {
  ImageSize image;
  std::vector<TaskDims> tasks;

  GridDims grid;                  ///< from the embedding on
  std::vector<StageDims> stages;  ///< from the encoder on
  std::vector<LevelDims> levels;  ///< from the encoder on its pyramid; in a head its task's levels

  std::int64_t prompts = 0;  ///< P: prompts of the whole chain (encoder, prompt, fusion)
  Segment segment;           ///< prompt: the rows of this part
  Segment task_prompts;      ///< rows of the first part whose prompts belong to the tasks (equally
                             ///< many each, in their order); none before that part
  /// A fusion decodes the maps that prompts keep. Where false, a prompt must not create the
  /// parameters that only decoding uses.
  bool decoded = false;
  /// Something reads the prompts that leave the last block; where false, the last block need not
  /// update them and no parameters for that are created.
  bool reads_final_prompts = false;
  std::vector<std::string> kept_maps;  ///< fusion: names of the maps that the prompts keep

  /// Fusion and head: features per task made so far. While `is_shared`, all tasks have the one
  /// shared pyramid.
  std::vector<std::vector<LevelDims>> features;
  bool is_shared = true;
  bool has_task_encoders = false;  ///< one encoder per task, in lockstep

  std::int64_t task_index = -1;  ///< head: which of `tasks`

  /// "T" tasks, "P" prompts, "H" "W" image size, "C" channels of the grid, "S" stages. Throws
  /// Error("plugin.021") for another letter.
  [[nodiscard]] std::int64_t operator[](const std::string& letter) const;
  /// Index of the task of that name, or -1. Modules use it to build auxiliary branches: one whose
  /// task is absent is not built, and the host warns (the name goes into `absent_tasks`).
  [[nodiscard]] std::int64_t find_task(const std::string& name) const;
  std::shared_ptr<std::set<std::string>> absent_tasks =  ///< copies share it
      std::make_shared<std::set<std::string>>();
};

}  // namespace triptych
