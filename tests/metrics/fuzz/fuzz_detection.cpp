// Any bytes as truth and as predictions: parsed, or refused with an Error; nothing else.
#include <string>
#include <string_view>
#include <vector>

#include "triptych/error.h"
#include "triptych/metrics/detection3d_json.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, unsigned long size) {
  using namespace triptych::metrics;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> labels{"car", "bicycle"};
  const VehicleCamera camera{.fx = 2000,
                             .fy = 2000,
                             .u0 = 1000,
                             .v0 = 500,
                             .camera_from_vehicle = {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, -1}}}};
  try {
    (void)read_detection_truth(text, "truth.json", labels);
  } catch (const triptych::Error&) {
  }
  try {
    const auto file = read_detection_predictions(text, "prediction.json", labels, camera);
    for (const auto& p : file.predictions) {
      if (!(p.box.dimensions[0] > 0) || p.amodal.xmax > 2047) __builtin_trap();
    }
  } catch (const triptych::Error&) {
  }
  return 0;
}
