#pragma once

#include <string>
#include <vector>

#include "triptych/compose/contract.h"

namespace triptych::compose {

/// Do two levels have the same map and stride?
[[nodiscard]] bool is_same(const LevelDims& a, const LevelDims& b);
[[nodiscard]] bool is_same(const std::vector<LevelDims>& a, const std::vector<LevelDims>& b);

/// "24x48x96 at stride 4, 12x24x192 at stride 8" (height x width x channels).
[[nodiscard]] std::string to_text(const std::vector<LevelDims>& levels);

/// Each refuses ports that contradict themselves (sizes below 1, stages that do not follow each
/// other, levels not finest first): Error contract.204, the plugin's fault.
void check_grid(const PartPlan& plan, const GridDims& grid);
void check_encoder(const PartPlan& plan, const EncoderPorts& ports, const GridDims& grid);
void check_prompt(const PartPlan& plan, const PromptPorts& ports);
/// Refuses a map that a part before it in the chain keeps too (contract.211).
void check_kept(const PartPlan& plan, const PromptPorts& ports,
                const std::vector<std::string>& kept_maps);
/// Also refuses what the fusion cannot have: maps that no prompt keeps (contract.206), taps that
/// the encoder has not (contract.207), prompts where there are none (contract.208), and different
/// features per task from a fusion that does not say that it makes them (contract.209).
void check_fusion(const PartPlan& plan, const FusionPorts& ports,
                  const std::vector<std::string>& taps, bool makes_task_features);

}  // namespace triptych::compose
