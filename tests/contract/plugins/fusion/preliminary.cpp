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
    const auto add = [this](std::int64_t from, std::int64_t to) {
      convs_->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, 1)));
    };
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
      add(dims.features[t].front().channels, width);
      add(width, std::max<std::int64_t>(tasks_[t].outputs, 1));
      for (int i = 0; i < 2 && tasks_.size() > 1; ++i) add(width, width);
    }
    register_module("convs", convs_);
  }

  TaskFeatures forward(const FusionIn& in, Context& context) override {
    std::vector<torch::Tensor> own, given;
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
      own.push_back(torch::relu(run(kEnter, t, in.features[t].front().map)));
      context.emit({tasks_[t].name, "preliminary", {run(kInitial, t, own[t]), {}}, weight_});
      if (tasks_.size() == 1) break;
      given.push_back(torch::sigmoid(run(kGate, t, own[t])) * run(kDistil, t, own[t]));
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
  enum Conv { kEnter, kInitial, kGate, kDistil };  // of each task, in this order
  torch::Tensor run(Conv conv, std::size_t t, const torch::Tensor& map) {
    return convs_[4 * t + conv]->as<torch::nn::Conv2d>()->forward(map);
  }

  std::vector<TaskDims> tasks_;
  double weight_;
  torch::nn::ModuleList convs_;
};

}  // namespace

TRIPTYCH_PLUGIN(Preliminary)
