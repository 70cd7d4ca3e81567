/// A TorchScript file as fusion: `forward(map) -> map` on the finest level, same shape.
///
/// Its parameters are this module's, under their names with '_' for '.'. Source: fixture.
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>
#include <triptych/plugin.h>

#include <algorithm>

namespace {

using namespace triptych;

class Script final : public Fusion {
 public:
  static Spec spec() {
    return Spec("script", "Runs a TorchScript module on the finest level.")
        .required("file", ParamType::kText, "path of the TorchScript file")
        .input("features", "B C H W")
        .output("features", "B C H W")
        .source("fixture");
  }

  static Topology topology(const Params&) { return Topology::kAny; }

  static FusionPorts ports(const Params&, const Dims& dims) {
    FusionPorts ports;
    for (const auto& levels : dims.features) ports.features.push_back({levels.front()});
    return ports;
  }

  Script(const Params& params, const Dims& dims)
      : module_(torch::jit::load(params.text("file"))), is_shared_(dims.is_shared) {
    for (const auto& parameter : module_.named_parameters()) {
      auto name = parameter.name;
      std::replace(name.begin(), name.end(), '.', '_');
      register_parameter(name, parameter.value);
    }
  }

  TaskFeatures forward(const FusionIn& in, Context&) override {
    TaskFeatures features;
    for (std::size_t t = 0; t < in.features.size(); ++t) {
      const auto& finest = in.features[t].front();
      if (t > 0 && is_shared_) {
        features.push_back(features.front());
      } else {
        features.push_back({{module_.forward({finest.map}).toTensor(), finest.stride}});
      }
    }
    return features;
  }

 private:
  torch::jit::Module module_;
  bool is_shared_;
};

}  // namespace

TRIPTYCH_PLUGIN(Script)
