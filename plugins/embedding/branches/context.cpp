#include "context.h"

#include <torch/nn/init.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "triptych/error.h"
#include "triptych/layers/attention.h"
#include "triptych/layers/linear.h"
#include "triptych/layers/resize.h"

namespace triptych::branches {

namespace {

/// W of X + W f(X).
torch::nn::Linear zero_linear(std::int64_t width) {
  auto linear = layers::make_linear(width, width);
  torch::nn::init::zeros_(linear->weight);
  return linear;
}

torch::nn::Conv2d strip(std::int64_t width, std::int64_t height_cells, std::int64_t width_cells) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(width, width, {height_cells, width_cells})
                               .padding({height_cells / 2, width_cells / 2})
                               .groups(width));
}

class LargeKernel final : public WideContext {
 public:
  LargeKernel(std::int64_t width, std::int64_t size)
      : rows_(register_module("rows", strip(width, 1, size))),
        columns_(register_module("columns", strip(width, size, 1))),
        mix_(register_module("mix", zero_linear(width))) {}

  at::Tensor forward(const at::Tensor& patches) override {
    const auto map = patches.permute({0, 3, 1, 2});  // [B, C, H, W]
    const auto wide = torch::gelu(columns_->forward(rows_->forward(map)));
    return patches + mix_->forward(wide.permute({0, 2, 3, 1}));
  }

 private:
  torch::nn::Conv2d rows_, columns_;
  torch::nn::Linear mix_;
};

class PooledAttention final : public WideContext {
 public:
  PooledAttention(std::int64_t width, std::int64_t grid)
      : pool_({grid, grid}),
        query_(register_module("query", layers::make_linear(width, width))),
        key_value_(register_module("key_value", layers::make_linear(width, 2 * width))),
        mix_(register_module("mix", zero_linear(width))) {}

  at::Tensor forward(const at::Tensor& patches) override {
    const auto query = query_->forward(patches).flatten(1, 2);                      // [B, N, C]
    const auto pooled = key_value_->forward(pool_.forward(patches).flatten(1, 2));  // [B, g g, 2C]
    const auto parts = pooled.chunk(2, /*dim=*/-1);
    const auto seen = layers::attend(query, parts[0], parts[1], /*bias=*/{});
    return patches + mix_->forward(seen).view(patches.sizes());
  }

 private:
  layers::GridPool pool_;
  torch::nn::Linear query_, key_value_, mix_;
};

}  // namespace

WideContext::~WideContext() = default;

std::vector<std::string> context_kinds() { return {"none", "large_kernel", "pooled_attention"}; }

void add_context_size(Spec& spec) {
  spec.param("context_size", 11, "k of the large kernel, cells, odd", between(1, 255));
}

std::int64_t context_size(const Params& params) {
  const auto size = params.integer("context_size");
  if (size % 2 == 0) {
    throw Error("module.104", params.owner(),
                "context_size " + std::to_string(size) + " is even: the kernel has no centre",
                "Use an odd number of cells.");
  }
  return size;
}

std::shared_ptr<WideContext> make_context(std::int64_t width, const ContextOptions& options) {
  if (options.kind == "large_kernel") return std::make_shared<LargeKernel>(width, options.size);
  if (options.kind == "pooled_attention") {
    return std::make_shared<PooledAttention>(width, options.grid);
  }
  return nullptr;
}

Cost context_cost(std::int64_t width, const ContextOptions& options) {
  const auto square = width * width;
  if (options.kind == "large_kernel") {
    const auto strips = 2 * options.size * width;
    return {.parameters = strips + square + 3 * width, .macs = strips + square};
  }
  if (options.kind == "pooled_attention") {
    const auto cells = options.grid * options.grid;
    return {.parameters = 4 * square + 4 * width,
            .macs = 2 * square + 2 * cells * width + options.grid * width};
  }
  return {};
}

}  // namespace triptych::branches
