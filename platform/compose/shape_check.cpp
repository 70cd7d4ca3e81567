#include "shape_check.h"

#include <string>

#include "guard.h"

namespace triptych::compose {

namespace {

std::string shape_text(const at::Tensor& tensor) {
  if (!tensor.defined()) return "nothing";
  std::vector<std::string> sizes;
  for (const auto size : tensor.sizes()) sizes.push_back(std::to_string(size));
  return "[" + join(sizes) + "]";
}

std::string shape_text(const std::vector<std::int64_t>& sizes) {
  std::vector<std::string> words;
  for (const auto size : sizes) words.push_back(size < 0 ? "any" : std::to_string(size));
  return "[" + join(words) + "]";
}

// `expected`: -1 stands for any size.
bool fits(const at::Tensor& tensor, const std::vector<std::int64_t>& expected) {
  if (!tensor.defined() || tensor.dim() != static_cast<std::int64_t>(expected.size())) return false;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] >= 0 && tensor.size(static_cast<std::int64_t>(i)) != expected[i]) return false;
  }
  return true;
}

void expect(const PartPlan& part, const std::string& what, const at::Tensor& tensor,
            const std::vector<std::int64_t>& expected) {
  if (fits(tensor, expected)) return;
  throw Error(problem_of(part, "contract.230", what + " is " + shape_text(tensor),
                         "its ports say " + shape_text(expected),
                         "This is a fault of the plugin: `ports` and `forward` disagree."));
}

void expect_count(const PartPlan& part, const std::string& what, std::size_t found,
                  std::size_t expected) {
  if (found == expected) return;
  throw Error(problem_of(part, "contract.231", "it gives " + std::to_string(found) + " " + what,
                         "its ports say " + std::to_string(expected),
                         "This is a fault of the plugin: `ports` and `forward` disagree."));
}

}  // namespace

void check_grid_shape(const PartPlan& embedding, const GridDims& ports, const Grid& grid,
                      std::int64_t batch) {
  expect(embedding, "the grid", grid.patches, {batch, ports.height, ports.width, ports.channels});
}

void check_stage_shape(const StreamPlan& stream, std::size_t stage, const State& state,
                       std::int64_t batch) {
  const auto& dims = stream.stages[stage];
  const auto where = " after the blocks of stage " + std::to_string(stage);
  expect(stream.encoder, "the grid" + where, state.patches,
         {batch, dims.height, dims.width, dims.channels});
  const auto prompts = stream.encoder.dims.prompts;
  if (prompts > 0) {
    expect(stream.encoder, "the prompt tensor" + where, state.prompts,
           {batch, prompts, dims.channels});
  }
}

void check_pyramid_shape(const PartPlan& part, const std::vector<LevelDims>& ports,
                         const Pyramid& pyramid, std::int64_t batch) {
  expect_count(part, "levels", pyramid.size(), ports.size());
  for (std::size_t l = 0; l < ports.size(); ++l) {
    expect(part, "level " + std::to_string(l), pyramid[l].map,
           {batch, ports[l].channels, ports[l].height, ports[l].width});
  }
}

void check_features_shape(const FusionPlan& fusion, const TaskFeatures& features,
                          std::int64_t batch) {
  expect_count(fusion, "tasks' features", features.size(), fusion.ports.features.size());
  for (std::size_t t = 0; t < features.size(); ++t) {
    check_pyramid_shape(fusion, fusion.ports.features[t], features[t], batch);
  }
}

void check_prediction_shape(const PartPlan& head, std::int64_t outputs,
                            const Prediction& prediction, std::int64_t batch) {
  if (!prediction.map.defined() && !prediction.branches.empty()) return;
  expect(head, "the prediction", prediction.map, {batch, outputs, -1, -1});
}

}  // namespace triptych::compose
