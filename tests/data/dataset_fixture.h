#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "triptych/host/plugin_host.h"

namespace triptych::data {

/// A dataset plugin of the build tree, built for `place`.
inline std::shared_ptr<Dataset> open_dataset(const std::string& name, const DataPlace& place) {
  static const host::PluginHost host(
      {.path = {.given = {std::filesystem::path(TRIPTYCH_BINARY_DIR) / "plugins"},
                .environment = {},
                .manifest = {},
                .standard = {}},
       .probes_first = false});
  const DatasetFactory& factory = host.dataset(name);
  return factory.build(default_params("dataset '" + name + "'", factory.spec()), place);
}

/// Folder of the real CamVid, or "": $TRIPTYCH_SAMPLE_DATA/camvid, else shared/data/camvid beside
/// the checkout.
inline std::string camvid_root() {
  const char* given = std::getenv("TRIPTYCH_SAMPLE_DATA");
  const std::filesystem::path root =
      (given != nullptr ? std::filesystem::path(given)
                        : std::filesystem::path(TRIPTYCH_SOURCE_DIR) / "../shared/data") /
      "camvid";
  return std::filesystem::is_directory(root / "train") ? root.lexically_normal().string() : "";
}

}  // namespace triptych::data
