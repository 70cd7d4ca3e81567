#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "triptych/compose/contract.h"
#include "triptych/values.h"

namespace triptych::compose {

/// What a forward pass gives: one raw prediction per task, in the manifest's order. Auxiliary
/// predictions stay in the Context.
struct Outputs {
  std::vector<Prediction> predictions;  ///< T
};

/// A built part under its name.
struct NamedPart {
  std::string name;  ///< "embedding", "encoder.depth", "prompt.0", "fusion.1", "head.semseg"
  std::shared_ptr<Slot> module;
};

/// A task's module with what it said of itself. Not a part of the model: no weights to keep.
struct NamedTask {
  std::string name;
  TaskInfo info;
  std::shared_ptr<Task> module;  ///< null for tasks that exist only as a shape
};

/// The composed model. Its parts are registered so that a parameter's name is `<part>.<name>`:
/// `encoder.blocks.0.weight`, `prompt.0.semseg.rows`, `head.depth.project.weight`.
///
/// Device-agnostic, without hidden synchronisation; a pyramid that tasks share is never copied.
/// One forward pass at a time.
class Model : public torch::nn::Module {
 public:
  /// Use `compose`.
  Model(Contract contract, std::uint64_t seed);

  /// images.rgb [B, 3, H, W] of the contract's size (else Error contract.240). Drives embedding,
  /// encoder stages with their prompts and fusions in lockstep, fusions, heads. Auxiliary
  /// predictions are added to `context.auxiliaries` while context.training. Inner tensors offered
  /// to context.observe, s stage, l level, with `<task>/` after the first word when each task has
  /// its own encoder: encoder/level<l> [B, C, H, W], prompts/stage<s> [B, P, C],
  /// maps/spatial/stage<s>, maps/channel/stage<s>, maps/<other>/stage<s>; and fusion/<task> (finest
  /// level after the whole chain; all levels also as fusion/<task>/level<l>), `<auxiliary
  /// name>/<task>`, `<task>`.
  ///
  /// The first pass compares every tensor with the ports (the third gate; shapes only, on the
  /// host): Error contract.23N. What a part throws is rethrown as Error contract.241 that names the
  /// part, except for out-of-memory errors, which pass unchanged.
  Outputs forward(const Images& images, Context& context);

  /// Compare tensors with ports in the next pass as well.
  void check_next_pass() { checks_ports_ = true; }

  [[nodiscard]] const Contract& contract() const { return contract_; }
  [[nodiscard]] const std::vector<std::string>& task_names() const { return task_names_; }
  [[nodiscard]] const std::vector<NamedTask>& tasks() const { return tasks_; }

  /// What the user should know, e.g. "embedding 'x': its branch for task 'edges' is not built,
  /// since the manifest has no such task".
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

  /// All parts in the order in which they were built.
  [[nodiscard]] const std::vector<NamedPart>& parts() const { return parts_; }
  /// Parameters of one part under their full names. Empty for an unknown part.
  [[nodiscard]] torch::OrderedDict<std::string, at::Tensor> parameters_of(
      const std::string& part) const;
  /// The part that a parameter or buffer of that full name belongs to; "" when none does.
  [[nodiscard]] std::string part_of(const std::string& full_name) const;

  /// Called with a part's name and true when it starts, false when it ends (probes time parts so;
  /// an encoder starts and ends several times per pass). Empty: costs nothing.
  std::function<void(std::string_view part, bool is_start)> watcher;

 private:
  using FusionStates = std::vector<std::unique_ptr<FusionState>>;
  struct BuiltStream {
    std::string prefix;  ///< "" or "<task>/", for names of observed tensors
    std::shared_ptr<Embedding> embedding;
    std::shared_ptr<Encoder> encoder;
    PromptChain chain;
  };

  void build_stream(const StreamPlan& plan, std::uint64_t seed);
  void build_tasks();
  /// Builds one part with its own seed and registers it under its name.
  template <class S, class Factory>
  std::shared_ptr<S> build(const Part<Factory>& plan, std::uint64_t seed);

  [[nodiscard]] std::vector<State> encode(const Images& images, FusionStates& fusion_states,
                                          Context& context);
  [[nodiscard]] std::vector<Stream> finish(std::vector<State>& states, const Context& context);
  [[nodiscard]] TaskFeatures fuse(const Images& images, std::vector<Stream>& streams,
                                  FusionStates& fusion_states, Context& context);
  template <class Call>
  auto run(const PartPlan& plan, Call&& call);

  Contract contract_;
  std::vector<std::string> task_names_;
  std::vector<NamedTask> tasks_;
  std::vector<NamedPart> parts_;
  std::vector<std::string> warnings_;
  std::vector<BuiltStream> streams_;
  std::vector<std::shared_ptr<Fusion>> fusions_;
  std::vector<std::shared_ptr<Head>> heads_;
  bool checks_ports_ = true;
};

/// Builds every part of the contract and moves it to `device`. Before each part is built, torch's
/// default CPU generator is seeded with core::derive_seed(seed, the part's seed_key) (and left as
/// it was afterwards): another embedding, or another part in the same chain, does not change a
/// part's initial weights, and weights do not depend on the device. Throws Error contract.242
/// naming the part when a constructor throws. Not to be called from two threads at once.
[[nodiscard]] std::shared_ptr<Model> compose(const Contract& contract, std::uint64_t seed,
                                             torch::Device device = torch::kCPU);

/// The loss terms of one task for one batch.
struct TaskTerms {
  std::string task;
  bool is_present = false;      ///< false: no sample has a label; `terms` is empty
  std::vector<LossTerm> terms;  ///< the task's own, then "<auxiliary name>/<term>" with the
                                ///< auxiliary's weight in `scale`
};

/// Terms of all tasks, in task order, not yet normalised. `targets` by label name
/// (TaskInfo::label); a label that is missing altogether counts as absent. Predictions of absent
/// tasks take part in no term, so that their gradients stay undefined.
[[nodiscard]] std::vector<TaskTerms> loss_terms(const Model& model, const Outputs& outputs,
                                                const std::vector<Auxiliary>& auxiliaries,
                                                const std::map<std::string, Target>& targets);

}  // namespace triptych::compose
