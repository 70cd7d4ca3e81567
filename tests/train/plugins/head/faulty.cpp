/// A 1x1 convolution that fails at its `at`-th training pass, for tests of training.
#include <triptych/plugin.h>

#include <limits>
#include <stdexcept>

namespace {

using namespace triptych;

class Faulty final : public Head {
 public:
  static Spec spec() {
    return Spec("faulty", "A 1x1 convolution that fails at one training pass.")
        .param("kind", "throw", "how it fails",
               one_of({"throw", "number", "memory", "nan", "backward", "warning"}))
        .param("at", 3, "training pass, from 1", at_least(1))
        .input("levels", "L x [B C H W]")
        .output("map", "B outputs H W");
  }

  Faulty(const Params& params, const Dims& dims)
      : kind_(params.text("kind")), at_(params.integer("at")) {
    project_ = register_module(
        "project", torch::nn::Conv2d(torch::nn::Conv2dOptions(
                       dims.levels.front().channels,
                       dims.tasks[static_cast<std::size_t>(dims.task_index)].outputs, 1)));
  }

  Prediction forward(const Pyramid& levels, Context& context) override {
    auto map = project_->forward(levels.front().map);
    if (context.training && ++passes_ == at_) {
      if (kind_ == "throw") throw std::runtime_error("this head gave up");
      if (kind_ == "number") throw 42;
      if (kind_ == "memory") map = map + torch::empty({std::int64_t{1} << 55});
      if (kind_ == "backward") map.register_hook(&give_up);
      if (kind_ == "warning") TORCH_WARN("this head has doubts");
      if (kind_ == "nan") map = map * std::numeric_limits<float>::quiet_NaN();
    }
    return {map, {}};
  }

 private:
  static void give_up(torch::Tensor) { throw std::runtime_error("this gradient gave up"); }

  std::string kind_;
  std::int64_t at_;
  std::int64_t passes_ = 0;
  torch::nn::Conv2d project_{nullptr};
};

}  // namespace

TRIPTYCH_PLUGIN(Faulty)
