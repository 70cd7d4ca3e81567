// triptych count MANIFEST [key=value ...] [--json]: parameters of each part. `matrix`, `seeds` and
// `baselines` are left aside; no data is needed.
#include <iostream>

#include "arguments.h"
#include "output.h"
#include "plugins.h"
#include "triptych/compose/count.h"
#include "triptych/compose/model.h"
#include "triptych/core/log.h"
#include "triptych/manifest/check.h"
#include "triptych/train/make_balancer.h"
#include "triptych/train/step.h"
#include "verbs.h"

namespace triptych::cli {

namespace {

constexpr const char* kNoMacs = "multiply-adds are not counted by this version";

std::string grouped(std::int64_t number) {
  auto text = std::to_string(number);
  for (auto i = static_cast<std::ptrdiff_t>(text.size()) - 3; i > 0; i -= 3) {
    text.insert(static_cast<std::size_t>(i), ",");
  }
  return text;
}

}  // namespace

int count_verb(std::vector<std::string> words) {
  CommandLine line("count", "Counts the parameters of each part of a manifest's model.");
  CommonOptions options;
  ManifestArguments arguments;
  arguments.add(line);
  options.add_plugin_dirs(line);
  options.add_json(line, "the counts");
  line.example("triptych count experiments/reproduction/taskprompter_cityscapes3d.json");
  if (const auto done = line.parse(std::move(words))) return *done;
  arguments.require();

  const auto plugins = open_plugins(options.plugin_dirs, arguments.path, arguments.overrides);
  const auto manifest = manifest::load_manifest(arguments.path, arguments.overrides, *plugins.specs,
                                                {.manifest_path = arguments.path});
  const auto count = placed(arguments.path, arguments.overrides, [&] {
    const auto contract = compose::check_contract(manifest, *plugins.host);
    const auto model = compose::compose(contract, static_cast<std::uint64_t>(manifest.seed));
    const auto balancer = train::make_balancer(manifest, contract, *plugins.host);
    const auto parameters = train::trainable(*model, *balancer);
    for (const auto& warning : train::freeze(parameters, manifest.recipe.groups)) {
      core::log_warning(warning + " [train.013]");
    }
    return compose::count_parameters(*model);
  });

  if (options.wants_json) {
    nlohmann::ordered_json document = {{"parts", nlohmann::ordered_json::array()}};
    for (const auto& part : count.parts) {
      document["parts"].push_back({{"name", part.name},
                                   {"parameters", part.parameters},
                                   {"trainable", part.trainable},
                                   {"macs", nullptr}});
    }
    document["total"] = {
        {"parameters", count.parameters}, {"trainable", count.trainable}, {"macs", nullptr}};
    document["macs_reason"] = kNoMacs;
    print_json(document);
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& part : count.parts) {
    rows.push_back({part.name, grouped(part.parameters), grouped(part.trainable)});
  }
  rows.push_back({"total", grouped(count.parameters), grouped(count.trainable)});
  std::cout << table_text({"part", "parameters", "trainable"}, rows) << kNoMacs << "\n";
  return kDone;
}

}  // namespace triptych::cli
