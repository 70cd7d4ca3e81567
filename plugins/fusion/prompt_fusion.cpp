/// Prompt fusion at each level: salient, trend and raw information of the image and of the tasks'
/// prompts decide where (A) and in which channels (R) a task looks at the features.
///
/// At level l with map x [B, C, H, W] and the tasks' prompts p [B, T, C'] of its stage, in a small
/// width E:
///
///   z = LN(W_z x) per cell   [B, E, H, W]           y = LN(W_y p)   [B, T, E]
///
///   image_salient   max       maximum of z over a window of 2 radius + 1 cells
///                   topk      mean of the top_k largest channels of z
///   image_trend     average   mean of z over that window
///                   low_pass  z averaged over a fixed grid, resized back
///   image_raw       identity, linear: z, W_r z
///   prompt_salient, prompt_trend, prompt_raw        max_t y, mean_t y, y (or W_r y)
///
///   K = fuse(descriptors of z; z)                   [B, N, E]
///   h = fuse(descriptors of y; y) + A(y)            [B, T, E]; with nothing on, h = y
///   dA_t = (W_q h_t) K^T / sqrt(E)   [B, 1, H, W]   dR_t = W_R h_t   [B, C, 1, 1]
///
/// dA is a T x N product: no map is copied per task for it. `on`: image = dA alone, prompt = dR
/// alone, both. With a_t and b_t learned per task and level:
///
///   features shared, maps kept and decoded later   the kept maps become A_t + a_t dA_t (all heads)
///                                                  and R_t + b_t dR_t: the decoder makes x (1 +
///                                                  A_t) of them, so no task's features are made
///                                                  here
///   else, update multiply                          F_t <- F_t (1 + a_t dA_t) (1 + b_t dR_t)
///   else, update add                               F_t <- F_t + a_t dA_t + b_t dR_t
///
/// With several prompts per task, p_t is their mean. Special values. gate_start = 0: exactly the
/// identity at step 0. T = 1: A is not built; max, mean and own prompt are one. A descriptor that
/// is off equals zeros in its place (fuse gate and concat_linear). Controls (same parameters):
/// plain has z and y in place of their descriptors, so that K is a 1x1 convolution of x; shuffled
/// lets each task ask as the next one; noise and zeros replace control_descriptor (noise in
/// evaluation too).
///
/// Source: the purpose is that of Geng et al. 2026 (prompt fusion: salient, trend and raw
/// information of image and task prompts), whose operators are not public; this is our reading. The
/// maps A and R are those of Ye and Xu 2023 (TaskPrompter), section 3.
#include <triptych/plugin.h>

#include <algorithm>

#include "../prompt_fusion/level_fusion.h"

namespace {

using namespace triptych;
using prompt_fusion::LevelFusion;
using prompt_fusion::Options;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class PromptFusion final : public Fusion {
 public:
  static Spec spec() {
    Spec spec("prompt_fusion",
              "Fuses salient, trend and raw information of image and prompts at each level.");
    spec.param("image_salient", "max", "what stands out at a cell", one_of({"none", "max", "topk"}))
        .param("image_trend", "average", "how it is around a cell",
               one_of({"none", "average", "low_pass"}));
    prompt_fusion::add_params(spec);
    spec.param("on", "both", "image: where a task looks; prompt: in which channels",
               one_of({"image", "prompt", "both"}))
        .param("radius", 1, "of the window of max and average, cells", at_least(1))
        .param("low_pass_grid", std::vector<std::int64_t>{4, 8},
               "height and width of the grid of the reading low_pass, cells", at_least(1))
        .param("update", "multiply", "how features that are already per task change",
               one_of({"multiply", "add"}))
        .input("prompts", "S x [B P C]")
        .input("levels", "L x [B C H W]")
        .output("levels", "T x L x [B C H W]")
        .source("Geng et al. 2026, purpose only; our reading; Ye and Xu 2023, section 3")
        .makes_task_features()
        .not_deterministic(
            "the backward passes of max pooling and of the bilinear resize add in no "
            "fixed order on CUDA");
    return spec;
  }

  static Topology topology(const Params&) { return Topology::kAny; }

  static FusionPorts ports(const Params& params, const Dims& dims) {
    const Options options(params);
    if (params.integers("low_pass_grid").size() != 2) {
      throw Error("module.120", params.owner(),
                  "low_pass_grid has " + std::to_string(params.integers("low_pass_grid").size()) +
                      " entries",
                  "Give two: height and width of the grid in cells.");
    }
    options.check_control_acts(params, options.is_on_image);
    if (options.is_on_image && options.active("image").empty()) {
      throw Error("module.172", params.owner(),
                  "it acts on the image, but image_salient, image_trend and image_raw are off",
                  "Switch one on, or let it act on = \"prompt\" alone.");
    }
    if (dims.task_prompts.count == 0) {
      throw Error("module.171", params.owner(), "no prompt part owns prompts of the tasks",
                  "Put one into /slots/prompt, for example spatial_channel or task_tokens.");
    }
    check_levels(params, dims);
    const auto& levels = longest(dims);
    const bool reads_last = std::any_of(levels.begin(), levels.end(), [&](const auto& level) {
      return level.stage + 1 == static_cast<std::int64_t>(dims.stages.size());
    });
    return {
        .features = dims.features, .reads_maps = {}, .reads_taps = {}, .reads_prompts = reads_last};
  }

  PromptFusion(const Params& params, const Dims& dims)
      : dims_(dims),
        // While the features are one shared pyramid, a later part that decodes maps makes them.
        changes_maps_(dims.is_shared && dims.decoded),
        adds_(params.text("update") == "add") {
    const Options options(params);
    const auto& grid = params.integers("low_pass_grid");
    const auto changes = [&](const char* map) {
      return !changes_maps_ || contains(dims.kept_maps, map);
    };
    auto list = register_module("levels", torch::nn::ModuleList());
    for (const auto& level : longest(dims)) {
      const auto& stage = dims.stages[static_cast<std::size_t>(level.stage)];
      const prompt_fusion::LevelSize size{
          .channels = level.channels,
          .prompt_channels = stage.channels,
          .tasks = dims["T"],
          .radius = params.integer("radius"),
          .low_pass_grid = {grid[0], grid[1]},
          .has_spatial = options.is_on_image && changes("spatial"),
          .has_channel = options.is_on_prompt && changes("channel")};
      if (!size.has_spatial && !size.has_channel) {
        throw Error(
            "module.174", params.owner(),
            "on = \"" + params.text("on") + "\", but the prompts keep no map for that",
            "Let it act on both, or use a prompt that keeps the maps 'spatial' and 'channel'.");
      }
      levels_.push_back(std::make_shared<LevelFusion>(options, size));
      list->push_back(levels_.back());
    }
  }

  TaskFeatures forward(const FusionIn& in, Context& context) override {
    auto features = in.features;
    for (std::size_t l = 0; l < levels_.size(); ++l) {
      const auto stage = static_cast<std::size_t>(longest(dims_)[l].stage);
      const auto asked = levels_[l]->asked(prompts_of(in, stage), context);
      if (changes_maps_) {
        change_maps(*levels_[l], asked, features.front()[l].map,
                    in.streams.front().trace.stages[stage], context);
      } else {
        change_features(l, asked, features, context);
      }
    }
    return features;
  }

 private:
  /// The levels of the task that has most of them; others have the first of these.
  static const std::vector<LevelDims>& longest(const Dims& dims) {
    return *std::max_element(dims.features.begin(), dims.features.end(),
                             [](const auto& a, const auto& b) { return a.size() < b.size(); });
  }

  static void check_levels(const Params& params, const Dims& dims) {
    const auto& levels = longest(dims);
    for (const auto& own : dims.features) {
      for (std::size_t l = 0; l < own.size(); ++l) {
        if (own[l].channels == levels[l].channels && own[l].stage == levels[l].stage) continue;
        throw Error("module.173", params.owner(),
                    "the tasks' features differ at level " + std::to_string(l) + ": " +
                        std::to_string(own[l].channels) + " and " +
                        std::to_string(levels[l].channels) + " channels, stages " +
                        std::to_string(own[l].stage) + " and " + std::to_string(levels[l].stage),
                    "Put a fusion before it that gives every task the same channels.");
      }
    }
  }

  /// The tasks' prompts as they left a stage, [B, T, C].
  at::Tensor prompts_of(const FusionIn& in, std::size_t stage) const {
    const auto& rows = dims_.task_prompts;
    const auto tasks_here = in.streams.size() == 1 ? dims_["T"] : 1;
    std::vector<at::Tensor> all;
    for (const auto& stream : in.streams) {
      const auto own = stream.trace.stages[stage].prompts.narrow(1, rows.begin, rows.count);
      all.push_back(rows.count == tasks_here ? own : own.unflatten(1, {tasks_here, -1}).mean(2));
    }
    return all.size() == 1 ? all.front() : torch::cat(all, 1);
  }

  /// Before the decoder: the deltas join the maps that the prompts kept.
  static void change_maps(LevelFusion& level, const at::Tensor& asked, const at::Tensor& map,
                          StageTrace& kept, Context& context) {
    if (level.has_spatial()) {
      auto delta = level.spatial(asked, level.keys(map, context), layers::size_of(map), 0,
                                 asked.size(1));  // [B, T, H, W]
      delta = layers::resize_bilinear(delta, layers::size_of(kept.spatial));
      kept.spatial = kept.spatial + delta.unsqueeze(1);
    }
    if (level.has_channel()) {
      kept.channel = kept.channel + level.channel(asked).unsqueeze(-1).unsqueeze(-1);
    }
  }

  void change_features(std::size_t index, const at::Tensor& asked, TaskFeatures& features,
                       Context& context) {
    auto& level = *levels_[index];
    at::Tensor keys, channels;
    if (level.has_channel()) channels = level.channel(asked).unsqueeze(-1).unsqueeze(-1);
    for (std::size_t t = 0; t < features.size(); ++t) {
      if (index >= features[t].size()) continue;
      auto& map = features[t][index].map;  // [B, C, H, W]
      const auto row = static_cast<std::int64_t>(t);
      at::Tensor where;  // [B, 1, H, W]
      if (level.has_spatial()) {
        if (!keys.defined() || !dims_.is_shared) keys = level.keys(map, context);
        where = level.spatial(asked, keys, layers::size_of(map), row, 1);
      }
      if (where.defined()) map = adds_ ? map + where : map * (1 + where);
      if (!channels.defined()) continue;
      const auto own = channels.select(1, row);  // [B, C, 1, 1]
      map = adds_ ? map + own : map * (1 + own);
    }
  }

  Dims dims_;
  bool changes_maps_;
  bool adds_;
  std::vector<std::shared_ptr<LevelFusion>> levels_;
};

}  // namespace

TRIPTYCH_PLUGIN(PromptFusion)
