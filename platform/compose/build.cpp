// How a Model is built from its Contract: every part with a seed of its own.
#include <algorithm>
#include <utility>

#include "guard.h"
#include "seeded.h"
#include "triptych/compose/model.h"
#include "triptych/core/hash.h"

namespace triptych::compose {

namespace {

// Torch forbids dots in the names of children: "prompt.0.depth" becomes nested containers.
void place(torch::nn::Module& root, const std::string& name, std::shared_ptr<Slot> module) {
  auto* parent = &root;
  std::size_t begin = 0;
  for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', begin)) {
    const auto word = name.substr(begin, dot - begin);
    const auto children = parent->named_children();
    const auto* found = children.find(word);
    parent = found ? found->get()
                   : parent->register_module(word, std::make_shared<torch::nn::Module>()).get();
    begin = dot + 1;
  }
  parent->register_module(name.substr(begin), std::move(module));
}

}  // namespace

Model::Model(Contract contract, std::uint64_t seed)
    : torch::nn::Module("Model"), contract_(std::move(contract)) {
  task_names_ = contract_.task_names();
  for (const auto& plan : contract_.streams) build_stream(plan, seed);
  for (const auto& plan : contract_.fusions) fusions_.push_back(build<Fusion>(plan, seed));
  for (const auto& plan : contract_.heads) heads_.push_back(build<Head>(plan, seed));
  build_tasks();
}

template <class S, class Factory>
std::shared_ptr<S> Model::build(const Part<Factory>& plan, std::uint64_t seed) {
  const SeededDefaultGenerator seeded(core::derive_seed(seed, plan.seed_key));
  auto module = guarded(plan, "contract.242", "it cannot be built",
                        [&] { return plan.factory.build(plan.params, plan.dims); });
  place(*this, plan.name, module);
  parts_.push_back({.name = plan.name, .module = module});
  for (const auto& task : *plan.dims.absent_tasks) {
    auto warning = plan.title() + ": its branch for task '" + task +
                   "' is not built, since the manifest has no such task";
    const bool is_elsewhere =
        std::find(task_names_.begin(), task_names_.end(), task) != task_names_.end();
    const bool is_said = std::find(warnings_.begin(), warnings_.end(), warning) != warnings_.end();
    if (!is_elsewhere && !is_said) warnings_.push_back(std::move(warning));
  }
  return module;
}

void Model::build_stream(const StreamPlan& plan, std::uint64_t seed) {
  BuiltStream stream;
  stream.prefix = plan.task.empty() ? "" : plan.task + "/";
  stream.embedding = build<Embedding>(plan.embedding, seed);
  stream.encoder = build<Encoder>(plan.encoder, seed);
  std::vector<std::shared_ptr<Prompt>> prompts;
  for (const auto& prompt : plan.prompts) prompts.push_back(build<Prompt>(prompt, seed));
  stream.chain = PromptChain(std::move(prompts), plan.segments, plan.stages,
                             plan.encoder.dims.reads_final_prompts);
  streams_.push_back(std::move(stream));
}

void Model::build_tasks() {
  for (const auto& plan : contract_.tasks) {
    std::shared_ptr<Task> module;
    if (plan.factory.build) {
      module = guarded(plan, "contract.242", "it cannot be built",
                       [&] { return plan.factory.build(plan.params); });
    }
    tasks_.push_back({.name = plan.task, .info = plan.info, .module = std::move(module)});
  }
}

std::shared_ptr<Model> compose(const Contract& contract, std::uint64_t seed, torch::Device device) {
  auto model = std::make_shared<Model>(contract, seed);
  model->to(device);
  for (const auto& task : model->tasks()) {
    if (task.module) task.module->to(device);
  }
  return model;
}

}  // namespace triptych::compose
