#pragma once

#include "open_plugin.h"

/// Embeddings opened from their plugin files, on a small image.
namespace flagship_test {

using namespace modules_test;
using Values = std::map<std::string, ParamValue>;

inline constexpr ImageSize kImage{16, 24};  // pixels: a grid of 4 x 6 at stride 4

inline Dims dims_of(std::vector<TaskDims> tasks = {}) {
  Dims dims;
  dims.image = kImage;
  dims.tasks = std::move(tasks);
  return dims;
}

inline Params embedding_params(const std::string& name, const Values& values) {
  auto params = default_params("embedding '" + name + "'",
                               open_factory<EmbeddingFactory>("embedding", name).spec())
                    .with("width", std::int64_t{12});
  for (const auto& [key, value] : values) params = params.with(key, value);
  return params;
}

/// The plugin with its defaults, width 12 and `values`, its weights drawn from `seed`.
inline std::shared_ptr<Embedding> make(const std::string& name, const Values& values = {},
                                       std::uint64_t seed = 1, const Dims& dims = dims_of()) {
  at::set_num_threads(1);  // tensors are tiny: threads would only wait for each other
  torch::manual_seed(seed);
  const auto params = embedding_params(name, values);
  const auto& factory = open_factory<EmbeddingFactory>("embedding", name);
  (void)factory.ports(params, dims);
  return factory.build(params, dims);
}

/// `triple` with the named branches on.
inline std::shared_ptr<Embedding> make_triple(const std::set<std::string>& branches,
                                              Values values = {}, std::uint64_t seed = 1) {
  for (const std::string branch : {"global", "local", "contour"}) {
    values[branch] = branches.contains(branch);
  }
  return make("triple", values, seed);
}

inline Images images_of(std::int64_t batch = 2, std::uint64_t seed = 7) {
  auto generator = at::detail::createCPUGenerator(seed);
  return {torch::randn({batch, 3, kImage.height, kImage.width}, generator), {}};
}

inline torch::Tensor patches_of(Embedding& embedding, const Images& images = images_of()) {
  auto context = make_context(/*is_training=*/true);
  return embedding.forward(images, context).patches;
}

/// Copies parameters by name: `to` has them under `prefix`.
inline void copy_weights(const Embedding& from, const Embedding& to, const std::string& prefix) {
  const torch::NoGradGuard no_grad;
  const auto own = to.named_parameters();
  for (const auto& entry : from.named_parameters()) {
    own[prefix + entry.key()].copy_(entry.value());
  }
}

/// Random values in every parameter, zeros of the start included.
inline void scatter(const Embedding& embedding) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(3);
  for (const auto& parameter : embedding.parameters()) parameter.normal_(0, 0.3);
}

/// The code of the error that `call` throws, or "".
template <class Call>
std::string code_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.problem().code;
  }
  return "";
}

}  // namespace flagship_test
