#include "edge_output.h"

#include <utility>

#include "triptych/error.h"
#include "triptych/layers/linear.h"

namespace triptych::branches {

void add_edge_params(Spec& spec) {
  spec.optional("edge_task", ParamType::kText,
                "the task whose target supervises the side output; none, or a switched-off contour "
                "branch: no side output")
      .param("edge_weight", 0.4, "of the side output's loss in its task's loss", at_least(0));
}

std::optional<TaskDims> EdgeOutput::task(const Params& params, const Dims& dims) {
  if (!params.has("edge_task")) return std::nullopt;
  const auto index = dims.find_task(params.text("edge_task"));
  if (index < 0) return std::nullopt;
  const auto& task = dims.tasks[static_cast<std::size_t>(index)];
  if (task.outputs < 1) {
    throw Error("module.105", params.owner(),
                "edge_task '" + task.name + "' has no map that could be predicted per cell",
                "Name a task with one map (edges, semseg, depth), or leave edge_task out.");
  }
  return task;
}

EdgeOutput::EdgeOutput(torch::nn::Module& owner, std::int64_t width, TaskDims task, double weight)
    : task_(std::move(task)),
      weight_(weight),
      edge_(owner.register_module("edge", layers::make_linear(width, task_.outputs))) {}

void EdgeOutput::emit(const at::Tensor& patches, Context& context) {
  if (!context.training && !context.listener) return;
  const auto map = edge_->forward(patches).permute({0, 3, 1, 2});  // [B, outputs, H, W]
  context.emit({task_.name, "contour", {map, {}}, weight_});
}

Cost EdgeOutput::cost(std::int64_t width, const TaskDims& task) {
  return {.parameters = (width + 1) * task.outputs, .macs = width * task.outputs};
}

}  // namespace triptych::branches
