/// Preliminary predictions with their losses, then distillation between the tasks.
///
///   F_t = relu(W_t x);  Y_t = V_t F_t (supervised)
///   F'_t = F_t + sum_{s != t} sigmoid(G_s F_s) * (D_s F_s)
///
/// on the finest level. T = 1: F' = F. Source: fixture, after Xu et al. 2018 (PAD-Net), eq. 1 to 3.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class Preliminary final : public Fusion {
 public:
  static Spec spec() {
    return Spec("preliminary", "Preliminary predictions and gated distillation between tasks.")
        .param("width", 8, "channels of each task's features", at_least(1))
        .param("weight", 0.5, "of the preliminary losses", at_least(0))
        .input("features", "T x L x [B C H W]")
        .output("features", "T x [B {width} H W]")
        .output("auxiliary preliminary", "B outputs H W")
        .makes_task_features()
        .source("fixture");
  }

  static Topology topology(const Params&) { return Topology::kAny; }

  static FusionPorts ports(const Params& params, const Dims& dims) {
    FusionPorts ports;
    for (const auto& levels : dims.features) {
      auto finest = levels.front();
      finest.channels = params.integer("width");
      ports.features.push_back({finest});
    }
    return ports;
  }

  Preliminary(const Params& params, const Dims& dims)
      : tasks_(dims.tasks), weight_(params.number("weight")) {
    const auto width = params.integer("width");
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
      enters_->push_back(conv(dims.features[t].front().channels, width));
      initials_->push_back(conv(width, std::max<std::int64_t>(tasks_[t].outputs, 1)));
      if (tasks_.size() == 1) break;
      gates_->push_back(conv(width, width));
      distils_->push_back(conv(width, width));
    }
    register_module("enters", enters_);
    register_module("initials", initials_);
    register_module("gates", gates_);
    register_module("distils", distils_);
  }

  TaskFeatures forward(const FusionIn& in, Context& context) override {
    std::vector<torch::Tensor> own, given;
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
      own.push_back(torch::relu(run(enters_, t, in.features[t].front().map)));
      const auto initial = run(initials_, t, own[t]);
      context.emit({tasks_[t].name, "preliminary", {initial, {}}, weight_});
      if (tasks_.size() == 1) break;
      given.push_back(torch::sigmoid(run(gates_, t, own[t])) * run(distils_, t, own[t]));
    }
    TaskFeatures features;
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
      auto sum = own[t];
      for (std::size_t s = 0; s < given.size(); ++s) sum = s == t ? sum : sum + given[s];
      features.push_back({{sum, in.features[t].front().stride}});
    }
    return features;
  }

 private:
  static torch::nn::Conv2d conv(std::int64_t from, std::int64_t to) {
    return torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, 1));
  }
  static torch::Tensor run(torch::nn::ModuleList& list, std::size_t t, const torch::Tensor& map) {
    return list[t]->as<torch::nn::Conv2d>()->forward(map);
  }

  std::vector<TaskDims> tasks_;
  double weight_;
  torch::nn::ModuleList enters_, initials_, gates_, distils_;
};

}  // namespace

TRIPTYCH_PLUGIN(Preliminary)
