/// Dense prompt decoding: the features of a task are the shared map weighed by the raw maps that
/// the task's prompt left.
///
/// At level l with map x [B, C, H, W], kept maps A [B, h, T, H, W] (prompt-to-patch logits per
/// head) and R [B, T, C, nh, nw] (prompt-to-channel logits), for task t:
///
///   s   = decode_spa(concat_g x_g (1 + A_g,t))    x_g: the g-th of h groups of channels
///   c   = decode_chan(x (1 + R_t))                with several channel heads: each in its window
///   f_l = conv3x3(GELU(BN(conv3x3(resize(conv1x1([s, c]))))))
///
/// It decodes whichever of A and R the prompts keep: of one alone, [s, c] is [s] or [c] and the
/// other branch is not built. With R = 0 (A = 0) the missing branch would be a plain 1x1
/// convolution of x. Where prompts keep neither it is a contract error.
///
/// Tasks whose head wants one map: the levels are resized to the finest and go through one 3x3
/// convolution to `width` channels (multi_scale_fuse), with `merge`
///
///   sum      conv3x3(sum_l resize(f_l))           all f_l have equally many channels
///   concat   conv3x3([resize(f_1), ..., resize(f_L)])
///
/// Tasks whose head wants levels get the list f_1 ... f_L, without up-sampling. `level_width`:
/// "given" has decode_width channels in s and c and `width` in f_l at every level; "own" has those
/// of the level's x in all of them, and decode_width is not used.
///
/// The two models that the authors made for Cityscapes-3D:
///
///   current        decode_width 256, width 450, upsample 2, given, sum; head deconv 450
///   of the paper   own, concat, width 512, upsample 1; head conv 512
///
/// Special values: of one level, concat is sum; concat whose weights repeat one block for every
/// level is sum; own is given where every level has decode_width = width channels.
///
/// Source: Ye and Xu 2023 (TaskPrompter), section 3 and the authors' two Cityscapes-3D models;
/// their parameter names. Of the older one we know widths, merge, up-sampling and heads, and take
/// the layers of a level, their order and their biases to be those of the current one. We differ in
/// order only: all 1x1 convolutions run before the up-sampling, which is the same up to rounding
/// (both are linear, and the resize's weights sum to one) and does a quarter of the work. The maps
/// are raw logits: this part stays in float32.
#include <triptych/layers/conv_norm.h>
#include <triptych/layers/resize.h>
#include <triptych/plugin.h>

#include <algorithm>

namespace {

using namespace triptych;

/// Decoding of one task at one level. `spatial` and `channel` are null for a map that is not kept.
struct Branch {
  torch::nn::Conv2d spatial{nullptr}, channel{nullptr};  // 1x1, C -> decoded
  torch::nn::Conv2d join{nullptr};                       // 1x1, 1 or 2 decoded -> given
  torch::nn::Conv2d first{nullptr}, second{nullptr};     // 3x3
  torch::nn::BatchNorm2d norm{nullptr};                  // between them, before GELU
};

/// Channels at one level.
struct Widths {
  std::int64_t decoded = 0;  // of s and of c
  std::int64_t given = 0;    // of f_l
};

class PromptDecode final : public Fusion {
 public:
  static Spec spec() {
    return Spec("prompt_decode",
                "Task features from the raw maps that spatial and channel prompts keep.")
        .param("decode_width", 256, "channels of the spatial and of the channel branch",
               at_least(1))
        .param("width", 450, "channels of the task features", at_least(1))
        .param("level_width", "given",
               "channels at each level: decode_width and width, or as many as the level has itself",
               one_of({"given", "own"}))
        .param("merge", "sum",
               "levels of tasks with one map: added, or joined along the channels before the 3x3 "
               "convolution to width",
               one_of({"sum", "concat"}))
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
    const auto factor = params.integer("upsample");
    for (std::size_t t = 0; t < dims.tasks.size(); ++t) {
      auto levels = dims.features[t];
      for (auto& level : levels) level.channels = widths_at(params, level).given;
      if (!dims.tasks[t].wants_levels) {
        (void)merged_channels(params, levels);  // refuses what cannot be merged
        levels.resize(1);
        auto& map = levels.front();
        map = {map.height * factor, map.width * factor, params.integer("width"),
               map.stride / static_cast<double>(factor), map.stage};
      }
      ports.features.push_back(std::move(levels));
    }
    return ports;
  }

  PromptDecode(const Params& params, const Dims& dims)
      : tasks_(dims.tasks),
        inputs_(dims.features),
        factor_(params.integer("upsample")),
        is_concatenated_(params.text("merge") == "concat") {
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
      auto given = inputs_[t];
      for (std::size_t l = 0; l < inputs_[t].size(); ++l) {
        const auto widths = widths_at(params, inputs_[t][l]);
        given[l].channels = widths.given;
        const auto branch = make_branch(dims, inputs_[t][l].channels, widths);
        // The numbers in the names are places in the authors' sequences; 3 is the GELU.
        if (spatial) (*spatial)[l]->register_module(name, torch::nn::Sequential(branch.spatial));
        if (channel) (*channel)[l]->register_module(name, torch::nn::Sequential(branch.channel));
        (*fuse)[l]->register_module(
            name, torch::nn::Sequential(branch.join, branch.first, branch.norm, torch::nn::GELU(),
                                        branch.second));
        branches_[t].push_back(branch);
      }
      if (tasks_[t].wants_levels) {
        merges_.emplace_back(nullptr);
        continue;
      }
      merges_.push_back(layers::make_conv(merged_channels(params, given), params.integer("width")));
      merge->register_module(name, merges_.back());
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

  static Widths widths_at(const Params& params, const LevelDims& level) {
    if (params.text("level_width") == "own") return {level.channels, level.channels};
    return {params.integer("decode_width"), params.integer("width")};
  }

  /// Channels that go into multi_scale_fuse, of levels that have been decoded.
  static std::int64_t merged_channels(const Params& params, const std::vector<LevelDims>& decoded) {
    std::int64_t sum = 0;
    for (const auto& level : decoded) {
      sum += level.channels;
      if (params.text("merge") == "concat" || level.channels == decoded.front().channels) continue;
      throw Error("module.132", params.owner(),
                  "levels of " + std::to_string(decoded.front().channels) + " and " +
                      std::to_string(level.channels) + " channels cannot be summed",
                  R"(Set "merge": "concat", or "level_width": "given".)");
    }
    return params.text("merge") == "concat" ? sum : decoded.front().channels;
  }

  static Branch make_branch(const Dims& dims, std::int64_t channels, const Widths& widths) {
    const auto decode = [&] { return layers::make_conv(channels, widths.decoded, {.kernel = 1}); };
    Branch branch;
    if (keeps(dims, "spatial")) branch.spatial = decode();
    if (keeps(dims, "channel")) branch.channel = decode();
    const auto maps = branch.spatial && branch.channel ? 2 : 1;
    branch.join = layers::make_conv(maps * widths.decoded, widths.given, {.kernel = 1});
    branch.first = layers::make_conv(widths.given, widths.given);
    branch.norm = torch::nn::BatchNorm2d(widths.given);
    branch.second = layers::make_conv(widths.given, widths.given);
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

  [[nodiscard]] Pyramid merged(const Pyramid& levels, torch::nn::Conv2d conv) const {
    return {{conv->forward(is_concatenated_ ? concatenated(levels) : summed(levels)),
             levels.front().stride}};
  }

  static torch::Tensor summed(const Pyramid& levels) {
    const auto finest = layers::size_of(levels.front().map);
    auto sum = levels.front().map;
    for (std::size_t l = 1; l < levels.size(); ++l) {
      sum = sum + layers::resize_bilinear(levels[l].map, finest);
    }
    return sum;
  }

  static torch::Tensor concatenated(const Pyramid& levels) {
    const auto finest = layers::size_of(levels.front().map);
    std::vector<torch::Tensor> maps;
    for (const auto& level : levels) maps.push_back(layers::resize_bilinear(level.map, finest));
    return torch::cat(maps, /*dim=*/1);
  }

  std::vector<TaskDims> tasks_;
  std::vector<std::vector<LevelDims>> inputs_;  // per task
  std::int64_t factor_;
  bool is_concatenated_;
  std::vector<std::vector<Branch>> branches_;  // per task and level
  std::vector<torch::nn::Conv2d> merges_;      // per task; null where levels are wanted
};

}  // namespace

TRIPTYCH_PLUGIN(PromptDecode)
