#include "identity.h"

#include <filesystem>

#include "checker.h"
#include "triptych/core/hash.h"
#include "triptych/manifest/plan.h"

namespace triptych::manifest {

namespace {

// The manifest without what changes no result.
Node identity_tree(Manifest manifest, const std::string& weights_hash) {
  if (!weights_hash.empty()) manifest.recipe.init_from.from = weights_hash;
  auto tree = to_tree(manifest);
  for (const auto* key : {"name", "notes", "tags", "probes", "plugins"}) tree.erase(key);
  tree.set("protocol", make_node(manifest.protocol.id()));
  tree.member("data")->value.erase("root");
  auto& recipe = tree.member("recipe")->value;
  for (const auto* key : {"log_every", "checkpoint_every", "workers"}) recipe.erase(key);
  if (manifest.select.is_last) recipe.erase("evaluate_every");
  return tree;
}

}  // namespace

std::string weights_hash_of(const Manifest& manifest) {
  const auto& source = manifest.recipe.init_from.from;
  std::error_code failure;
  if (!source.empty() && std::filesystem::is_regular_file(source, failure)) {
    return core::sha256_file(source);
  }
  return source;
}

std::string point_id_with(const Manifest& manifest, const std::string& data_hash,
                          const std::string& weights_hash) {
  Node::List plugins;
  for (const auto& use : manifest.plugins) {
    plugins.push_back(make_node(use.kind + "." + use.name + ":" + use.identity));
  }
  auto identity = make_node(Node::Object{});
  identity.set("platform", make_node(std::string("triptych")));
  identity.set("results_version", make_node(std::int64_t{kResultsVersion}));
  // As text: inside it the order of the tasks counts.
  identity.set("manifest", make_node(canonical_text(identity_tree(manifest, weights_hash))));
  identity.set("plugins", make_node(std::move(plugins)));
  identity.set("data", make_node(data_hash));
  identity.set("protocol", make_node(manifest.protocol.hash));
  return core::sha256_hex(canonical_text(identity)).substr(0, 16);
}

std::string point_id(const Manifest& manifest, const std::string& data_hash) {
  return point_id_with(manifest, data_hash, weights_hash_of(manifest));
}

}  // namespace triptych::manifest
