#pragma once

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

}  // namespace modules_test
