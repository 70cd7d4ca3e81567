/// Dense prompt decoding: the features of a task are the shared map weighed by the raw maps that
/// the task's prompt left.
///
/// At level l with map x [B, C, H, W], kept maps A [B, h, T, H, W] (prompt-to-patch logits per
/// head) and R [B, T, C, nh, nw] (prompt-to-channel logits), for task t:
///
///   s = decode_spa(concat_g x_g (1 + A_g,t))      x_g: the g-th of h groups of channels
///   c = decode_chan(x (1 + R_t))                  with several channel heads: each in its window
///   f = conv3x3(GELU(BN(conv3x3(resize(conv1x1([s, c]))))))
///
/// It decodes whichever of A and R the prompts keep: of one alone, [s, c] is [s] or [c] and the
/// other branch is not built. With R = 0 (A = 0) the missing branch would be a plain 1x1
/// convolution of x. Where prompts keep neither it is a contract error.
///
/// Tasks whose head wants one map: the levels are resized to the finest, summed, and go through one
/// 3x3 convolution (multi_scale_fuse). Tasks whose head wants levels get the list, without
/// up-sampling.
///
/// Source: Ye and Xu 2023 (TaskPrompter), section 3 and the authors' current Cityscapes-3D model;
/// its parameter names. We differ in order only: all 1x1 convolutions run before the up-sampling,
/// which is the same up to rounding (both are linear, and the resize's weights sum to one) and does
/// a quarter of the work. The maps are raw logits: this part stays in float32.
#include <triptych/layers/conv_norm.h>
#include <triptych/layers/resize.h>
#include <triptych/plugin.h>

#include <algorithm>

namespace {

using namespace triptych;

/// Decoding of one task at one level. `spatial` and `channel` are null for a map that is not kept.
struct Branch {
  torch::nn::Conv2d spatial{nullptr}, channel{nullptr};  // 1x1, C -> decode_width
  torch::nn::Conv2d join{nullptr};                       // 1x1, 1 or 2 decode_width -> width
  torch::nn::Conv2d first{nullptr}, second{nullptr};     // 3x3
  torch::nn::BatchNorm2d norm{nullptr};                  // between them, before GELU
};

class PromptDecode final : public Fusion {
 public:
  static Spec spec() {
    return Spec("prompt_decode",
                "Task features from the raw maps that spatial and channel prompts keep.")
        .param("decode_width", 256, "channels of the spatial and of the channel branch",
               at_least(1))
        .param("width", 450, "channels of the task features", at_least(1))
        .param("upsample", 2, "factor on the size of each level, for tasks with one map",
               between(1, 8))
        .input("levels", "L x [B C H W]")
        .output("features", "T x [B width 2H 2W]")
        .source("Ye and Xu 2023, section 3")
        .makes_task_features()
        .not_deterministic(layers::kResizeNote);
  }

  static Topology topology(const Params&) { return Topology::kAny; }

  static FusionPorts ports(const Params& params, const Dims& dims) {
    check(dims);
    FusionPorts ports;
    ports.reads_maps = decoded_maps(dims);
    const auto width = params.integer("width");
    const auto factor = params.integer("upsample");
    for (std::size_t t = 0; t < dims.tasks.size(); ++t) {
      auto levels = dims.features[t];
      for (auto& level : levels) level.channels = width;
      if (!dims.tasks[t].wants_levels) {
        levels.resize(1);
        auto& map = levels.front();
        map = {map.height * factor, map.width * factor, width,
               map.stride / static_cast<double>(factor), map.stage};
      }
      ports.features.push_back(std::move(levels));
    }
    return ports;
  }

  PromptDecode(const Params& params, const Dims& dims)
      : tasks_(dims.tasks), inputs_(dims.features), factor_(params.integer("upsample")) {
    const auto decode_width = params.integer("decode_width");
    const auto width = params.integer("width");
    std::size_t levels = 0;
    for (const auto& input : inputs_) levels = std::max(levels, input.size());
    const auto make_list = [&](const char* name) {
      auto list = register_module(name, torch::nn::ModuleList());
      for (std::size_t l = 0; l < levels; ++l)
        list->push_back(std::make_shared<torch::nn::Module>());
      return list;
    };
    const auto spatial = keeps(dims, "spatial") ? make_list("fea_decode_spa") : nullptr;
    const auto channel = keeps(dims, "channel") ? make_list("fea_decode_chan") : nullptr;
    const auto fuse = make_list("fea_fuse");
    const auto merge = register_module("multi_scale_fuse", std::make_shared<torch::nn::Module>());
    branches_.resize(tasks_.size());
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
      const auto& name = tasks_[t].name;
      for (std::size_t l = 0; l < inputs_[t].size(); ++l) {
        const auto branch = make_branch(dims, inputs_[t][l].channels, decode_width, width);
        // The numbers in the names are places in the authors' sequences; 3 is the GELU.
        if (spatial) (*spatial)[l]->register_module(name, torch::nn::Sequential(branch.spatial));
        if (channel) (*channel)[l]->register_module(name, torch::nn::Sequential(branch.channel));
        (*fuse)[l]->register_module(
            name, torch::nn::Sequential(branch.join, branch.first, branch.norm, torch::nn::GELU(),
                                        branch.second));
        branches_[t].push_back(branch);
      }
      merges_.push_back(tasks_[t].wants_levels ? nullptr : layers::make_conv(width, width));
      if (merges_[t]) merge->register_module(name, merges_[t]);
    }
  }

  TaskFeatures forward(const FusionIn& in, Context&) override {
    TaskFeatures features(tasks_.size());
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
      const auto& trace = in.stream(t).trace;
      // A stream of one task has one row of maps; the shared stream has one per task.
      const auto row = in.streams.size() == 1 ? static_cast<std::int64_t>(t) : 0;
      const auto factor = tasks_[t].wants_levels ? 1 : factor_;
      Pyramid decoded;
      for (std::size_t l = 0; l < in.features[t].size(); ++l) {
        const auto stage = static_cast<std::size_t>(inputs_[t][l].stage);
        const auto& level = in.features[t][l];
        decoded.push_back({decode(branches_[t][l], level.map, trace.stages[stage], row, factor),
                           level.stride / static_cast<double>(factor)});
      }
      features[t] = tasks_[t].wants_levels ? std::move(decoded) : merged(decoded, merges_[t]);
    }
    return features;
  }

 private:
  static bool keeps(const Dims& dims, const char* map) {
    return std::count(dims.kept_maps.begin(), dims.kept_maps.end(), map) > 0;
  }

  /// Those of the two maps that the prompts keep.
  static std::vector<std::string> decoded_maps(const Dims& dims) {
    std::vector<std::string> maps;
    for (const auto* map : {"spatial", "channel"}) {
      if (keeps(dims, map)) maps.emplace_back(map);
    }
    if (!maps.empty()) return maps;
    throw Error(
        "contract.206", "fusion 'prompt_decode'",
        "it decodes the prompts' maps 'spatial' and 'channel', and no prompt part keeps one",
        "Put spatial_channel (both), spatial or channel into /slots/prompt.");
  }

  static void check(const Dims& dims) {
    for (const auto& levels : dims.features) {
      for (const auto& level : levels) {
        const auto heads = dims.stages[static_cast<std::size_t>(level.stage)].heads;
        if (level.channels % heads == 0) continue;
        throw Error("module.131", "fusion 'prompt_decode'",
                    "a level has " + std::to_string(level.channels) +
                        " channels, which do not divide into the " + std::to_string(heads) +
                        " attention heads of stage " + std::to_string(level.stage),
                    "Decode the encoder's own levels, before other fusions change their channels.");
      }
    }
  }

  static Branch make_branch(const Dims& dims, std::int64_t channels, std::int64_t decode_width,
                            std::int64_t width) {
    const auto decode = [&] { return layers::make_conv(channels, decode_width, {.kernel = 1}); };
    Branch branch;
    if (keeps(dims, "spatial")) branch.spatial = decode();
    if (keeps(dims, "channel")) branch.channel = decode();
    const auto maps = branch.spatial && branch.channel ? 2 : 1;
    branch.join = layers::make_conv(maps * decode_width, width, {.kernel = 1});
    branch.first = layers::make_conv(width, width);
    branch.norm = torch::nn::BatchNorm2d(width);
    branch.second = layers::make_conv(width, width);
    return branch;
  }

  static torch::Tensor decode(Branch& branch, const torch::Tensor& x, const StageTrace& kept,
                              std::int64_t row, std::int64_t factor) {
    std::vector<torch::Tensor> weighed;
    if (branch.spatial) {
      const auto spatial = kept.spatial.select(/*dim=*/2, row);  // [B, h, H, W]
      const auto heads = spatial.size(1);
      const auto grouped = x.unflatten(1, {heads, x.size(1) / heads});
      weighed.push_back(
          branch.spatial->forward((grouped * (1 + spatial.unsqueeze(2))).flatten(1, 2)));
    }
    if (branch.channel) {
      auto channel = kept.channel.select(/*dim=*/1, row);  // [B, C, nh, nw]
      if (channel.size(2) > 1 || channel.size(3) > 1) {
        channel = torch::upsample_nearest2d(channel, {x.size(2), x.size(3)});
      }
      weighed.push_back(branch.channel->forward(x * (1 + channel)));
    }
    const auto joined = weighed.size() == 1 ? weighed.front() : torch::cat(weighed, 1);
    // The 1x1 convolutions come first; only then is the map made larger.
    const auto map = layers::resize_bilinear(branch.join->forward(joined),
                                             {x.size(2) * factor, x.size(3) * factor});
    return branch.second->forward(torch::gelu(branch.norm->forward(branch.first->forward(map))));
  }

  static Pyramid merged(const Pyramid& levels, torch::nn::Conv2d conv) {
    const auto finest = layers::size_of(levels.front().map);
    auto sum = levels.front().map;
    for (std::size_t l = 1; l < levels.size(); ++l) {
      sum = sum + layers::resize_bilinear(levels[l].map, finest);
    }
    return {{conv->forward(sum), levels.front().stride}};
  }

  std::vector<TaskDims> tasks_;
  std::vector<std::vector<LevelDims>> inputs_;  // per task
  std::int64_t factor_;
  std::vector<std::vector<Branch>> branches_;  // per task and level
  std::vector<torch::nn::Conv2d> merges_;      // per task; null where levels are wanted
};

}  // namespace

TRIPTYCH_PLUGIN(PromptDecode)
