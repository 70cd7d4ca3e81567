#pragma once

#include <gtest/gtest.h>
#include <triptych/plugin.h>

#include <boost/dll/import.hpp>
#include <boost/dll/shared_library.hpp>
#include <string>

/// Opens plugins of the build folder as a host does, without its checks.
namespace modules_test {

using namespace triptych;

/// The factory that build/plugins/<slot>/<name>.so exports. The library stays open.
template <class Factory>
const Factory& open_factory(const std::string& slot, const std::string& name) {
  const std::string path =
      std::string(TRIPTYCH_BINARY_DIR) + "/plugins/" + slot + "/" + name + ".so";
  static std::map<std::string, boost::dll::shared_library> opened;
  auto& library = opened[path];
  if (!library.is_loaded()) {
    library.load(path, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  }
  return library.get_alias<const Factory>("triptych_factory");
}

/// Defaults of a spec with some values replaced.
inline Params params_of(const Spec& spec, const std::map<std::string, ParamValue>& values = {}) {
  auto params = default_params(spec.name(), spec);
  for (const auto& [name, value] : values) params = params.with(name, value);
  return params;
}

inline Context make_context(bool is_training = false, std::uint64_t seed = 1) {
  auto generator = at::detail::createCPUGenerator(seed);
  return Context(generator, is_training);
}

inline std::int64_t count_parameters(const torch::nn::Module& module) {
  std::int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

/// Largest absolute difference.
inline double distance(const torch::Tensor& a, const torch::Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a.detach() - b.detach()).abs().max().item<double>();
}

/// Compares the gradient that lies on `input` with central differences of `value()`, in double, at
/// about `entries` entries.
template <class Value>
void expect_finite_differences(const torch::Tensor& input, const Value& value,
                               std::int64_t entries = 8) {
  const torch::NoGradGuard no_grad;
  ASSERT_EQ(input.scalar_type(), torch::kDouble);
  ASSERT_TRUE(input.grad().defined());
  ASSERT_TRUE(input.is_contiguous());
  constexpr double kStep = 1e-5;  // errors: step^2 of the formula, 1e-16 / step of rounding
  const auto gradient = input.grad().contiguous();
  const auto stride = std::max<std::int64_t>(input.numel() / entries, 1);
  for (std::int64_t i = 0; i < input.numel(); i += stride) {
    double& entry = input.template data_ptr<double>()[i];
    const double before = entry;
    entry = before + kStep;
    const double above = value().template item<double>();
    entry = before - kStep;
    const double below = value().template item<double>();
    entry = before;
    const double slope = (above - below) / (2 * kStep);
    EXPECT_NEAR(gradient.template data_ptr<double>()[i], slope, 1e-6 * (1 + std::abs(slope)));
  }
}

}  // namespace modules_test
