#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/nn.h>
#include <torch/types.h>

#include <map>
#include <string>
#include <vector>

#include "triptych/compose/contract.h"
#include "triptych/compose/model.h"
#include "triptych/host/plugin_host.h"

namespace triptych::testing {

/// The built plugins and the fixtures of this folder.
inline const host::PluginHost& plugins() {
  static const host::PluginHost host([] {
    at::set_num_threads(1);  // tensors are tiny: threads would only wait for each other
    host::HostOptions options;
    options.path.given = {TRIPTYCH_BINARY_DIR "/plugins", TRIPTYCH_BINARY_DIR "/tests/plugins"};
    options.probes_first = false;
    return options;
  }());
  return host;
}

using Values = std::map<std::string, ParamValue>;

/// A module with its defaults, but for `values`.
inline manifest::ModuleChoice module(const std::string& slot, const std::string& name,
                                     const Values& values = {}) {
  auto params = default_params(slot + " '" + name + "'", plugins().spec(slot, name));
  for (const auto& [key, value] : values) params = params.with(key, value);
  return {.use = name, .params = params};
}

/// A task of the fixtures: regression of the label of its own name.
inline compose::TaskRequest task(const std::string& name, std::int64_t outputs = 1,
                                 const std::string& head = "one_map") {
  return {.name = name,
          .task = module("task", "regress", {{"label", name}, {"outputs", outputs}}),
          .outputs = 0,
          .head = module("head", head)};
}

/// Tiles, a mixer, no prompts, hard sharing, on 16 x 32 images.
inline compose::Request small_request(const std::vector<std::string>& tasks) {
  compose::Request request{.image = {16, 32}, .tasks = {}, .slots = {}};
  for (const auto& name : tasks) request.tasks.push_back(task(name));
  request.slots.embedding = module("embedding", "tile");
  request.slots.encoder = module("encoder", "mixer");
  return request;
}

inline std::shared_ptr<compose::Model> composed(const compose::Request& request,
                                                std::uint64_t seed = 1) {
  return compose::compose(compose::check_contract(request, plugins()), seed);
}

inline Images random_images(const compose::Request& request, std::int64_t batch = 2,
                            std::uint64_t seed = 7) {
  auto generator = at::detail::createCPUGenerator(seed);
  return {.rgb = torch::randn({batch, 3, request.image.height, request.image.width}, generator),
          .cameras = {}};
}

inline Context context(bool is_training = false, std::uint64_t seed = 3) {
  return {at::detail::createCPUGenerator(seed), is_training};
}

/// The one problem that composing `request` runs into.
inline Problem problem_of(const compose::Request& request) {
  try {
    (void)compose::check_contract(request, plugins());
  } catch (const Error& error) {
    return error.problem();
  }
  ADD_FAILURE() << "the contract holds, although it should not";
  return {};
}

}  // namespace triptych::testing
