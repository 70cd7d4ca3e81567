#pragma once

#include <vector>

#include "triptych/compose/contract.h"
#include "triptych/values.h"

namespace triptych::compose {

/// Compares what parts give with what their ports said: shapes only, on the host, without
/// synchronisation. Each throws Error contract.23N, which names the part, the shape and the ports.
void check_grid_shape(const PartPlan& embedding, const GridDims& ports, const Grid& grid,
                      std::int64_t batch);
void check_stage_shape(const StreamPlan& stream, std::size_t stage, const State& state,
                       std::int64_t batch);
void check_pyramid_shape(const PartPlan& part, const std::vector<LevelDims>& ports,
                         const Pyramid& pyramid, std::int64_t batch);
void check_features_shape(const FusionPlan& fusion, const TaskFeatures& features,
                          std::int64_t batch);
void check_prediction_shape(const PartPlan& head, std::int64_t outputs,
                            const Prediction& prediction, std::int64_t batch);

}  // namespace triptych::compose
