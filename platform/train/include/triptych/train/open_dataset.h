#pragma once

#include <memory>

#include <triptych/dataset.h>
#include <triptych/host/plugin_host.h>
#include <triptych/manifest/manifest.h>

namespace triptych::train {

/// The data set of a manifest, at the place and size that its protocol states. Throws Error naming
/// what is missing, with the plugin in front.
[[nodiscard]] std::shared_ptr<const Dataset> open_dataset(const manifest::Manifest& manifest,
                                                          const host::PluginHost& host);

}  // namespace triptych::train
