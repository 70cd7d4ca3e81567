#include "triptych/train/open_dataset.h"

#include <triptych/host/border.h>

namespace triptych::train {
namespace {

DataPlace place_of(const manifest::Manifest& manifest) {
  DataPlace place{.root = manifest.data.root,
                  .image = {manifest.protocol.height, manifest.protocol.width},
                  .splits = {}};
  for (const manifest::Split& split : manifest.protocol.splits) {
    place.splits[split.name] = {.count = split.count.value_or(0),
                                .seed = static_cast<std::uint64_t>(split.seed.value_or(0))};
  }
  return place;
}

}  // namespace

std::shared_ptr<const Dataset> open_dataset(const manifest::Manifest& manifest,
                                            const host::PluginHost& host) {
  const std::string& name = manifest.data.dataset.use;
  const DatasetFactory& factory = host.dataset(name);
  return host::at_border(host::doing("opening", host.info("dataset", name)), [&] {
    return factory.build(manifest.data.dataset.params, place_of(manifest));
  });
}

}  // namespace triptych::train
