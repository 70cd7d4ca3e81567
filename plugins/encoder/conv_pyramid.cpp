/// A small residual convolutional encoder.
///
///   block:  y = GELU(x + norm(conv3x3(GELU(norm(conv3x3(x))))))
///   merge:  norm(conv_{3x3, stride 2}(x)), widths[s] -> widths[s + 1]
///
/// One level per stage, taken before its merge. It hosts no prompts. Source: He et al. 2016
/// (basic block); we differ: GELU, and the down-sampling stands between the stages.
#include <triptych/layers/conv_norm.h>
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class ResidualBlock : public torch::nn::Module {
 public:
  ResidualBlock(std::int64_t channels, const std::string& norm)
      : first_(
            register_module("first", std::make_shared<layers::ConvNorm>(channels, channels, norm))),
        second_(register_module("second",
                                std::make_shared<layers::ConvNorm>(channels, channels, norm))) {}

  torch::Tensor forward(const torch::Tensor& x) {
    return torch::gelu(x + second_->forward(torch::gelu(first_->forward(x))));
  }

 private:
  std::shared_ptr<layers::ConvNorm> first_, second_;
};

class ConvPyramid final : public Encoder {
 public:
  static Spec spec() {
    return Spec("conv_pyramid", "Residual convolutions in stages; one level per stage.")
        .param("widths", std::vector<std::int64_t>{32, 64, 128, 256}, "channels of each stage",
               at_least(1))
        .param("blocks", std::vector<std::int64_t>{1, 1, 1, 1}, "residual blocks of each stage",
               at_least(1))
        .param("norm", "batch", "normalisation after each convolution",
               one_of(layers::norm_kinds()))
        .input("patches", "B H W C")
        .output("levels", "L x [B C H W]")
        .source("He et al. 2016");
  }

  static EncoderPorts ports(const Params& params, const Dims& dims) {
    const auto& widths = params.integers("widths");
    const auto& blocks = params.integers("blocks");
    if (widths.empty() || widths.size() != blocks.size()) {
      throw Error("module.110", "encoder 'conv_pyramid'",
                  "widths has " + std::to_string(widths.size()) + " entries and blocks has " +
                      std::to_string(blocks.size()),
                  "Give both one entry per stage.");
    }
    EncoderPorts ports;
    auto height = dims.grid.height, width = dims.grid.width;
    auto stride = dims.grid.stride;
    for (std::size_t s = 0; s < widths.size(); ++s) {
      const bool is_last = s + 1 == widths.size();
      const auto stage = static_cast<std::int64_t>(s);
      ports.stages.push_back({.height = height,
                              .width = width,
                              .channels = widths[s],
                              .heads = 1,
                              .blocks = blocks[s],
                              .merged_height = is_last ? height : (height + 1) / 2,
                              .merged_width = is_last ? width : (width + 1) / 2,
                              .merged_channels = is_last ? widths[s] : widths[s + 1]});
      ports.levels.push_back({height, width, widths[s], stride, stage});
      for (std::int64_t b = 0; b < blocks[s]; ++b) ports.taps.push_back(tap_name(stage, b));
      height = (height + 1) / 2;
      width = (width + 1) / 2;
      stride *= 2;
    }
    return ports;
  }

  ConvPyramid(const Params& params, const Dims& dims) : levels_(dims.levels) {
    const auto& widths = params.integers("widths");
    const auto& blocks = params.integers("blocks");
    const auto& norm = params.text("norm");
    if (dims.grid.channels != widths.front()) {
      entry_ =
          register_module("entry", std::make_shared<layers::ConvNorm>(
                                       dims.grid.channels, widths.front(), norm, /*kernel=*/1));
    }
    stages_ = register_module("stages", torch::nn::ModuleList());
    merges_ = register_module("merges", torch::nn::ModuleList());
    for (std::size_t s = 0; s < widths.size(); ++s) {
      torch::nn::ModuleList stage;
      for (std::int64_t b = 0; b < blocks[s]; ++b) {
        stage->push_back(std::make_shared<ResidualBlock>(widths[s], norm));
      }
      stages_->push_back(stage);
      if (s + 1 == widths.size()) break;
      merges_->push_back(std::make_shared<layers::ConvNorm>(widths[s], widths[s + 1], norm,
                                                            /*kernel=*/3, /*stride=*/2));
    }
  }

  State begin(const Grid& grid, PromptChain& prompts, Context& context) override {
    auto state = prompts.begin(grid, context);
    if (entry_) set(state, entry_->forward(map_of(state)));
    return state;
  }

  void blocks(std::int64_t stage, State& state) override {
    auto map = map_of(state).contiguous();
    const auto& list = *stages_[static_cast<std::size_t>(stage)]->as<torch::nn::ModuleList>();
    for (std::size_t b = 0; b < list.size(); ++b) {
      map = list[b]->as<ResidualBlock>()->forward(map);
      state.tap(tap_name(stage, static_cast<std::int64_t>(b)), map.permute({0, 2, 3, 1}));
    }
    set(state, map);
  }

  void merge(std::int64_t stage, State& state) override {
    record(stage, state);
    const auto index = static_cast<std::size_t>(stage);
    set(state, merges_[index]->as<layers::ConvNorm>()->forward(map_of(state)));
    state.chain->merge(stage, state);
  }

  Pyramid finish(State& state) override {
    record(static_cast<std::int64_t>(stages_->size()) - 1, state);
    state.chain->finish(state);
    return state.levels;
  }

 private:
  static std::string tap_name(std::int64_t stage, std::int64_t block) {
    return "stage" + std::to_string(stage) + "/block" + std::to_string(block);
  }
  // State holds [B, H, W, C]; the memory stays [B, C, H, W], so these are views.
  static torch::Tensor map_of(const State& state) { return state.patches.permute({0, 3, 1, 2}); }
  static void set(State& state, const torch::Tensor& map) {
    state.patches = map.permute({0, 2, 3, 1});
  }
  void record(std::int64_t stage, State& state) const {
    state.levels.push_back({map_of(state), levels_[static_cast<std::size_t>(stage)].stride});
  }

  std::vector<LevelDims> levels_;
  std::shared_ptr<layers::ConvNorm> entry_;
  torch::nn::ModuleList stages_{nullptr}, merges_{nullptr};
};

}  // namespace

TRIPTYCH_PLUGIN(ConvPyramid)
