// One home for the vtables and type information of the slots, and their default behaviour.
#include "triptych/balancer.h"
#include "triptych/dataset.h"
#include "triptych/embedding.h"
#include "triptych/encoder.h"
#include "triptych/error.h"
#include "triptych/fusion.h"
#include "triptych/head.h"
#include "triptych/prompt.h"
#include "triptych/task.h"

namespace triptych {

Slot::~Slot() = default;
Embedding::~Embedding() = default;
Encoder::~Encoder() = default;
Prompt::~Prompt() = default;
Fusion::~Fusion() = default;
FusionState::~FusionState() = default;
Head::~Head() = default;
Task::~Task() = default;
Dataset::~Dataset() = default;
Balancer::~Balancer() = default;

at::Tensor Prompt::initial(std::int64_t) {
  throw Error("plugin.022", "prompt part", "its ports say that it owns prompts, but it gives none",
              "Override Prompt::initial in the plugin.");
}

at::Tensor Prompt::enter_block(const BlockInfo&, const at::Tensor& own, Context&) { return own; }

Update Prompt::attended(const BlockInfo&, const PromptView&, StageTrace&) { return {}; }

void Prompt::after_block(const BlockInfo&, State&) {}

at::Tensor Prompt::merge(std::int64_t, const StageDims&, const at::Tensor&, StageTrace&) {
  throw Error("plugin.022", "prompt part",
              "it owns prompts, but cannot follow the patches to the next stage",
              "Override Prompt::merge in the plugin, or use an encoder with one stage.");
}

std::unique_ptr<FusionState> Fusion::begin(Context&) { return nullptr; }

void Fusion::after_stage(std::int64_t, std::span<State>, FusionState*) {}

BalancerNeeds Balancer::needs() const { return BalancerNeeds::kLosses; }

void Balancer::observe_after_step(const std::function<at::Tensor()>&) {}

}  // namespace triptych
