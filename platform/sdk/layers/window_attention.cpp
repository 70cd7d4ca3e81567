#include "triptych/layers/window_attention.h"

#include <c10/core/InferenceMode.h>
#include <torch/types.h>

#include "triptych/layers/attention.h"
#include "triptych/layers/init.h"

namespace triptych::layers {

WindowAttention::WindowAttention(const Options& options) : options_(options) {
  const auto side = 2 * options.window - 1;
  table_ =
      register_parameter("relative_position_bias_table", at::empty({side * side, options.heads}));
  fill_truncated_normal(table_);
  qkv_ =
      register_module("qkv", make_linear(options.channels, 3 * options.channels, options.qkv_bias));
  proj_ = register_module("proj", make_linear(options.channels, options.channels));
}

const WindowAttention::Constants& WindowAttention::constants_of(const WindowGrid& grid,
                                                                std::int64_t prompts,
                                                                const at::Tensor& like) {
  const Key key{grid.height,
                grid.width,
                grid.is_shifted(),
                prompts,
                static_cast<int>(like.device().type()),
                static_cast<int>(like.device().index()),
                static_cast<int>(like.scalar_type())};
  const auto found = constants_.find(key);
  if (found != constants_.end()) return found->second;
  // Also the first pass may run in inference mode; the constants must serve training later.
  const c10::InferenceMode ordinary(false);
  Constants made{.positions = relative_positions(grid, options_.window).to(like.device()),
                 .mask = window_mask(grid, prompts)};
  if (made.mask.defined()) made.mask = made.mask.unsqueeze(1).to(like.options());
  return constants_.emplace(key, std::move(made)).first->second;
}

at::Tensor WindowAttention::bias_of(const WindowGrid& grid, std::int64_t prompts, bool asks_prompts,
                                    const at::Tensor& like) {
  const auto& constants = constants_of(grid, prompts, like);
  // embedding: its gradient is summed in a fixed order on every device.
  auto bias = at::embedding(table_, constants.positions).permute({2, 0, 1});  // [heads, N, N]
  const auto query_prompts = asks_prompts ? prompts : 0;
  if (prompts > 0) bias = at::constant_pad_nd(bias, {prompts, 0, query_prompts, 0});
  if (!constants.mask.defined()) return bias;
  const auto skipped = prompts - query_prompts;
  return bias + constants.mask.slice(/*dim=*/2, skipped);
}

WindowAttended WindowAttention::forward(const at::Tensor& patches, const at::Tensor& prompts,
                                        const WindowGrid& grid, bool asks_prompts) {
  const auto heads = options_.heads;
  const auto count = prompts.defined() ? prompts.size(1) : 0;
  asks_prompts = asks_prompts && count > 0;

  const auto placed = qkv_->forward(into_place(patches, grid));
  const auto cells = split_windows(placed, grid, 3, heads);  // [3, B, nW, heads, N, D]
  auto tokens = cells;
  at::Tensor own;  // [3, B, heads, P, D]
  if (count > 0) {
    own = qkv_->forward(prompts)
              .view({prompts.size(0), count, 3, heads, -1})
              .permute({2, 0, 3, 1, 4});
    const auto copies = own.unsqueeze(2).expand({-1, -1, grid.count(), -1, -1, -1});
    tokens = at::cat({copies, cells}, /*dim=*/4);
  }
  const auto queries = asks_prompts ? tokens[0] : cells[0];
  const auto out = attend(queries, tokens[1], tokens[2],
                          bias_of(grid, count, asks_prompts, queries));  // [B, nW, heads, M, D]

  WindowAttended attended;
  const auto patch_rows = asks_prompts ? out.slice(/*dim=*/3, count) : out;
  attended.patches = proj_->forward(out_of_place(join_windows(patch_rows, grid), grid));
  if (asks_prompts) {
    const auto mean = out.slice(/*dim=*/3, 0, count).mean(/*dim=*/1);  // [B, heads, P, D]
    attended.prompts = proj_->forward(mean.transpose(1, 2).flatten(2));
  }
  if (count > 0) {
    const auto q = own[0], k = own[1], keys = cells[1];
    attended.patch_logits = [q, keys, grid] {
      return join_maps(at::matmul(q.unsqueeze(1), keys.transpose(-2, -1)), grid);
    };
    attended.prompt_logits = [q, k] { return at::matmul(q, k.transpose(-2, -1)); };
  }
  return attended;
}

}  // namespace triptych::layers
