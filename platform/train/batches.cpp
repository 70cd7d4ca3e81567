#include "batches.h"

#include <triptych/core/hash.h>
#include <triptych/data/cache.h>

#include "border.h"
#include "triptych/train/open_dataset.h"

namespace triptych::train {
namespace {

/// The data's own hash with its place: the same samples of another size are other data.
std::string identity_of(const Dataset& dataset, const manifest::Manifest& manifest,
                        const host::PluginInfo& plugin) {
  std::string text = dataset.data_hash() + " " + plugin.source_hash;
  if (plugin.source_hash.empty()) text += plugin.sha256;
  for (const auto& [name, value] : manifest.data.dataset.params.values()) {
    text += " " + name + "=" + to_text(value);
  }
  text += " " + std::to_string(manifest.protocol.height) + "x" +
          std::to_string(manifest.protocol.width);
  for (const manifest::Split& split : manifest.protocol.splits) {
    text += " " + split.name + ":" + std::to_string(split.count.value_or(0)) + ":" +
            std::to_string(split.seed.value_or(0));
  }
  return core::sha256_hex(text);
}

}  // namespace

Batches::Batches(const manifest::Manifest& manifest, const host::PluginHost& host,
                 std::vector<std::string> labels, const c10::Device& device,
                 core::RunEvents& events, Progress progress)
    : manifest_(manifest),
      labels_(std::move(labels)),
      device_(device),
      events_(events),
      progress_(std::move(progress)),
      dataset_(open_dataset(manifest, host)),
      identity_(identity_of(*dataset_, manifest, host.info("dataset", manifest.data.dataset.use))) {
  const std::string& split = manifest.protocol.train_split;
  training_ = std::make_unique<data::Loader>(samples(split), options(split, true));
}

std::shared_ptr<const Dataset> Batches::samples(const std::string& split) {
  auto& kept = splits_[split];
  if (kept) return kept;
  data::CacheOptions cache;
  cache.identity = identity_;
  cache.folder = data::cache_folder();
  cache.labels = labels_;
  cache.threads = static_cast<int>(std::max<std::int64_t>(1, manifest_.recipe.workers));
  cache.warn = [this](std::string_view code, std::string_view text) { events_.warn(code, text); };
  cache.progress = [this, split](std::int64_t done, std::int64_t total) {
    if (!progress_) return;
    progress_("making " + split + " " + std::to_string(done) + "/" + std::to_string(total));
  };
  kept = named("dataset '" + manifest_.data.dataset.use + "'",
               [&] { return data::cached(dataset_, split, cache); });
  return kept;
}

data::LoaderOptions Batches::options(const std::string& split, bool is_training) const {
  data::LoaderOptions options;
  options.split = split;
  options.batch = manifest_.recipe.batch;
  options.is_training = is_training;
  options.seed = core::derive_seed(static_cast<std::uint64_t>(manifest_.seed), "data");
  if (is_training) options.augment = manifest_.recipe.augment;
  options.labels = labels_;
  options.workers = static_cast<int>(manifest_.recipe.workers);
  options.device = device_;
  return options;
}

void Batches::start_at(std::int64_t step) {
  const std::int64_t seen = step * manifest_.recipe.accumulate * manifest_.recipe.batch;
  const std::int64_t count = training_->num_samples();
  training_->seek({.epoch = seen / count, .cursor = seen % count});
}

std::vector<Batch> Batches::next() {
  std::vector<Batch> batches;
  for (std::int64_t i = 0; i < manifest_.recipe.accumulate; ++i) {
    batches.push_back(*training_->next());
  }
  return batches;
}

BatchSource Batches::split(const std::string& name) {
  return [this, name](const std::function<void(const Batch&)>& take) {
    data::Loader loader(samples(name), options(name, false));
    while (const auto batch = loader.next()) take(*batch);
  };
}

}  // namespace triptych::train
