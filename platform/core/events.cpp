#include "triptych/core/events.h"

namespace triptych::core {

RunEvents::~RunEvents() = default;

NoEvents::~NoEvents() = default;
void NoEvents::warn(std::string_view, std::string_view) {}
void NoEvents::curve(const CurvePoint&) {}
void NoEvents::final_metric(const FinalMetric&) {}
void NoEvents::image_statistic(const ImageStatistic&) {}
void NoEvents::probe(const ProbeValue&) {}
void NoEvents::picture(const Picture&) {}
void NoEvents::checkpointed(std::int64_t, std::string_view) {}
void NoEvents::flush() {}

}  // namespace triptych::core
