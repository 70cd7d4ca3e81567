#pragma once

// The thresholds of the saliency kinds. Private to the library.
#include <array>
#include <vector>

#include "triptych/metrics/saliency.h"

namespace triptych::metrics {

inline constexpr std::array<const char*, kSaliencyKinds> kSaliencyKindNames{
    "classic", "grid19", "taskprompter", "astmt"};

/// Ascending thresholds of a kind, as reported.
[[nodiscard]] std::vector<double> saliency_thresholds(SaliencyKind kind);

}  // namespace triptych::metrics
