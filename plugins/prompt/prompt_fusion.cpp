/// Prompt fusion inside the encoder: after each block, salient, trend and raw information of the
/// image and of the prompts flows into the prompts, and from the prompts into the image.
///
/// With prompts p [B, P, C] and patches x [B, N, C] that leave a block, all in a small width E:
///
///   z = LN(W_z x)   [B, N, E]        y = LN(W_y p)   [B, P, E]        s = (W_q y) z^T / sqrt(E)
///
///   image_salient   max       max_n z_n, for each channel, shared by the prompts
///                   learned   softmax_n(s) z
///                   topk      the same over the top_k patches with the largest s of the prompt
///   image_trend     average   mean_n z_n
///                   weighted  sum_n sigmoid(s)_n z_n / sum_n sigmoid(s)_n
///                   low_pass  softmax_m((W_q y) c^T / sqrt(E)) c, c: z averaged over a fixed grid
///   image_raw       identity  (1/N) s z, the raw logits as weights: neither selected nor smoothed
///                   linear    the same through a matrix
///   prompt_salient, prompt_trend, prompt_raw        max_p y, mean_p y, y (or W_r y)
///
///   h = fuse(descriptors; y) + A(y)                 A: attention between the prompts
///   p <- p + gamma_p * W_p h                        gamma_p, gamma_x: one per channel
///   x_n <- x_n + (1/P) sum_p sigmoid(s_pn) gamma_x * W_x h_p
///
/// Everything between prompts and patches is a P x N product: no patch is copied per prompt.
///
/// Special values. gate_start = 0: exactly the identity at step 0. P = 1: A is not built and max,
/// mean and own prompt are one. topk with top_k >= N is learned. A descriptor that is off equals
/// zeros in its place (fuse gate and concat_linear). In the last block of the encoder prompts
/// change only where a fusion reads them; the image changes by the prompts that the block has.
/// Behind `vpt_deep`, whose rows end with each block, only on = image has an effect (contract.251).
/// Controls (same parameters): plain replaces each descriptor of the image by mean_n z_n and of the
/// prompts by y, and writes to all patches alike; shuffled lets each task's prompts ask as those of
/// the next task (rows of the first part that has prompts of the tasks, as at the levels; others
/// ask as themselves); noise and zeros replace control_descriptor (noise in evaluation too).
///
/// Source: the purpose is that of Geng et al. 2026 (prompt fusion: salient, trend and raw
/// information of image and task prompts), whose operators are not public; this is our reading.
/// Descriptors by products as in attention (Vaswani et al. 2017), gates from zero per channel as in
/// Touvron et al. 2021 (LayerScale).
#include <triptych/layers/linear.h>
#include <triptych/layers/resize.h>
#include <triptych/plugin.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "../prompt_fusion/fuse.h"
#include "../prompt_fusion/options.h"
#include "../prompt_fusion/prompt_side.h"

namespace {

using namespace triptych;
using prompt_fusion::Fuse;
using prompt_fusion::make_projection;
using prompt_fusion::Options;
using prompt_fusion::PromptRows;
using prompt_fusion::PromptSide;

/// What one block is built for.
struct BlockSize {
  std::int64_t channels = 0;
  PromptRows prompts;
  ImageSize low_pass_grid;
  bool changes_prompts = true;
};

class BlockFusion : public torch::nn::Module {
 public:
  BlockFusion(const Options& options, const BlockSize& size)
      : options_(options), pool_(size.low_pass_grid) {
    const auto width = options.width, channels = size.channels;
    if (options.is_on_image || !options.active("image").empty()) {
      reduce_ = register_module("reduce", make_projection(channels, width));
      norm_ = register_module("norm", layers::make_layer_norm(width));
    }
    if (asks(options)) query_ = register_module("query", make_projection(width, width));
    if (options.reading("image_raw") == "linear") {
      raw_ = register_module("raw", make_projection(width, width));
    }
    const bool asks_with_prompts = query_ || options.fuse != "concat_linear";
    prompts_ = register_module("prompts", std::make_shared<PromptSide>(
                                              options, channels, size.prompts, asks_with_prompts));
    auto names = options.active("image");
    for (const auto& name : prompts_->names()) names.push_back(name);
    if (!names.empty())
      fuse_ = register_module("fuse", std::make_shared<Fuse>(options.fuse, names, width));
    const auto gate = [&] { return torch::full({channels}, options.gate_start); };
    if (size.changes_prompts) {
      prompt_up_ = register_module("prompt_up", make_projection(width, channels));
      prompt_gate_ = register_parameter("prompt_gate", gate());
    }
    if (options.is_on_image) {
      patch_up_ = register_module("patch_up", make_projection(width, channels));
      patch_gate_ = register_parameter("patch_gate", gate());
    }
  }

  void forward(State& state) {
    const auto x = state.patches.flatten(1, 2);      // [B, N, C]
    const auto y = prompts_->reduce(state.prompts);  // [B, P, E]
    at::Tensor z, query, scores;                     // [B, N, E], [B, P, E], [B, P, N]
    if (reduce_) z = norm_->forward(reduce_->forward(x));
    if (query_) query = query_->forward(y) / std::sqrt(static_cast<double>(options_.width));
    if (query_ && !options_.is_plain()) scores = torch::matmul(query, z.transpose(1, 2));
    auto values = image_values(scores, query, z, state);
    const auto own = prompts_->values(y, *state.context);
    values.insert(values.end(), own.begin(), own.end());
    auto change = fuse_ ? fuse_->forward(values, y) : at::Tensor();
    change = prompts_->with_attention(change, y);  // [B, P, E]
    if (options_.is_plain()) change = plainly(change, query, z);
    if (prompt_up_) state.prompts = state.prompts + prompt_gate_ * prompt_up_->forward(change);
    if (!patch_up_) return;
    const auto update = patch_gate_ * patch_up_->forward(change) / y.size(1);  // [B, P, C]
    const auto spread = scores.defined()
                            ? torch::matmul(torch::sigmoid(scores).transpose(1, 2), update)
                            : update.sum(1, /*keepdim=*/true);
    state.patches = (x + spread).view_as(state.patches);
  }

 private:
  /// Does anything compare prompts with patches?
  static bool asks(const Options& options) {
    const auto is_one_for_all = [&](const std::string& name) {
      return options.reading(name) == "max" || options.reading(name) == "average";
    };
    const auto names = options.active("image");
    return options.is_on_image || !std::all_of(names.begin(), names.end(), is_one_for_all);
  }

  /// The control compares nothing, so that these are two more plain vectors.
  static at::Tensor plainly(at::Tensor change, const at::Tensor& query, const at::Tensor& z) {
    if (query.defined()) change = change + query;
    return z.defined() ? change + z.mean(1, /*keepdim=*/true) : change;
  }

  /// The image's descriptors that are on, each [B, P, E] or [B, 1, E].
  std::vector<at::Tensor> image_values(const at::Tensor& scores, const at::Tensor& query,
                                       const at::Tensor& z, State& state) {
    std::vector<at::Tensor> values;
    for (const auto& name : options_.active("image")) {
      auto value = options_.is_plain() ? z.mean(1, /*keepdim=*/true)
                                       : descriptor(name, scores, query, z, state.patches);
      value = options_.controlled(name, value, *state.context);
      values.push_back(name == "image_raw" && raw_ ? raw_->forward(value) : value);
    }
    return values;
  }

  at::Tensor descriptor(const std::string& name, const at::Tensor& scores, const at::Tensor& query,
                        const at::Tensor& z, const at::Tensor& patches) {
    const auto& reading = options_.reading(name);
    if (name == "image_raw") return torch::matmul(scores, z) / z.size(1);
    if (reading == "max") return z.amax(1, /*keepdim=*/true);
    if (reading == "average") return z.mean(1, /*keepdim=*/true);
    if (reading == "learned") return torch::matmul(scores.softmax(-1), z);
    if (reading == "topk") return torch::matmul(largest(scores).softmax(-1), z);
    if (reading == "weighted") {
      const auto weights = torch::sigmoid(scores);
      return torch::matmul(weights, z) / weights.sum(-1, /*keepdim=*/true);
    }
    const auto grid = z.view({z.size(0), patches.size(1), patches.size(2), z.size(2)});
    const auto cells = pool_.forward(grid).flatten(1, 2);  // [B, M, E]
    return torch::matmul(torch::matmul(query, cells.transpose(1, 2)).softmax(-1), cells);
  }

  /// All but the top_k largest scores of each prompt set to -inf: a mask instead of copies of
  /// patches. Ties with the smallest of them stay in.
  [[nodiscard]] at::Tensor largest(const at::Tensor& scores) const {
    const auto count = std::min(options_.top_k, scores.size(-1));
    const auto least = std::get<0>(scores.detach().topk(count, -1)).narrow(-1, count - 1, 1);
    return scores.masked_fill(scores < least, -std::numeric_limits<double>::infinity());
  }

  Options options_;
  layers::GridPool pool_;
  torch::nn::Linear reduce_{nullptr}, query_{nullptr}, raw_{nullptr};
  torch::nn::LayerNorm norm_{nullptr};
  std::shared_ptr<PromptSide> prompts_;
  std::shared_ptr<Fuse> fuse_;                                // null without descriptors
  torch::nn::Linear prompt_up_{nullptr}, patch_up_{nullptr};  // W_p, W_x
  at::Tensor prompt_gate_, patch_gate_;                       // [C], gamma_p and gamma_x
};

class PromptFusion final : public Prompt {
 public:
  static Spec spec() {
    Spec spec("prompt_fusion",
              "Fuses salient, trend and raw information of image and prompts after each block.");
    spec.param("image_salient", "learned", "what stands out in the image, for each prompt",
               one_of({"none", "max", "topk", "learned"}))
        .param("image_trend", "weighted", "how the image is on the whole, for each prompt",
               one_of({"none", "average", "weighted", "low_pass"}));
    prompt_fusion::add_params(spec);
    spec.param("on", "both", "what it changes", one_of({"image", "prompt", "both"}))
        .param("blocks", "every", "after which blocks of each stage it acts",
               one_of({"every", "last_of_stage"}))
        .param("low_pass_grid", std::vector<std::int64_t>{4, 8},
               "height and width of the grid of the reading low_pass, cells", at_least(1))
        .input("prompts", "B P C")
        .input("patches", "B H W C")
        .output("prompts", "B P C")
        .output("patches", "B H W C")
        .source("Geng et al. 2026, purpose only; our reading");
    return spec;
  }

  static PromptPorts ports(const Params& params, const Dims& dims) {
    const Options options(params);
    if (params.integers("low_pass_grid").size() != 2) {
      throw Error("module.120", params.owner(),
                  "low_pass_grid has " + std::to_string(params.integers("low_pass_grid").size()) +
                      " entries",
                  "Give two: height and width of the grid in cells.");
    }
    if (dims.prompts == 0) {
      throw Error("module.171", params.owner(), "no prompt part before it owns prompts",
                  "Put one before it in /slots/prompt, for example spatial_channel.");
    }
    const bool has_attention = options.prompts_attend && dims.prompts > 1;
    if (options.active("").empty() && !has_attention) {
      throw Error("module.172", params.owner(), "all six descriptors and prompt_attention are off",
                  "Switch one on, or take the part out of the chain.");
    }
    return {.prompts = 0, .keeps = {}};
  }

  PromptFusion(const Params& params, const Dims& dims) {
    const Options options(params);
    const auto& grid = params.integers("low_pass_grid");
    const auto& own = dims.task_prompts;
    const PromptRows rows{.all = dims.prompts,
                          .begin = own.begin,
                          .count = own.count,
                          .per_task = own.count > 0 ? own.count / dims["T"] : 1};
    const bool is_in_every = params.text("blocks") == "every";
    auto list = register_module("layers", torch::nn::ModuleList());
    for (std::size_t s = 0; s < dims.stages.size(); ++s) {
      const auto& stage = dims.stages[s];
      auto& blocks = layers_.emplace_back(static_cast<std::size_t>(stage.blocks));
      auto named = std::make_shared<torch::nn::Module>();
      list->push_back(named);
      for (std::int64_t b = 0; b < stage.blocks; ++b) {
        const bool is_last_of_stage = b + 1 == stage.blocks;
        const bool is_last = is_last_of_stage && s + 1 == dims.stages.size();
        const bool changes_prompts = options.is_on_prompt && (!is_last || dims.reads_final_prompts);
        if (!is_in_every && !is_last_of_stage) continue;
        if (!changes_prompts && !options.is_on_image) continue;
        blocks[static_cast<std::size_t>(b)] = named->register_module(
            std::to_string(b),
            std::make_shared<BlockFusion>(options, BlockSize{.channels = stage.channels,
                                                             .prompts = rows,
                                                             .low_pass_grid = {grid[0], grid[1]},
                                                             .changes_prompts = changes_prompts}));
      }
    }
  }

  void after_block(const BlockInfo& info, State& state) override {
    const auto& block =
        layers_[static_cast<std::size_t>(info.stage)][static_cast<std::size_t>(info.block)];
    if (block) block->forward(state);
  }

 private:
  std::vector<std::vector<std::shared_ptr<BlockFusion>>> layers_;  // null: it does not act there
};

}  // namespace

TRIPTYCH_PLUGIN(PromptFusion)
