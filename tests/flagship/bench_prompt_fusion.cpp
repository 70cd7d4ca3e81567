/// What prompt fusion costs in a training step: TaskPrompter and the same with prompt fusion in the
/// blocks, at the levels and both, at the size of the quickstart (96 x 192 images, batch 4, semseg
/// and depth, Swin 2-2-2 of width 32). Rounds alternate between the models in one run; the ratio is
/// that of the medians. On one thread the time is the process's CPU time, which other work on the
/// machine hardly moves; on several it is that of the clock.
///
///   bench_prompt_fusion [rounds] [width] [threads]
#include <triptych/manifest/manifest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "../train/fixture.h"
#include "triptych/train/step.h"
#include "triptych/train/torch_compat.h"
#include "triptych/train/weights.h"

namespace {

using namespace triptych;
using namespace triptych::train;
using Integers = std::vector<std::int64_t>;

manifest::Manifest quickstart() {
  manifest::Manifest made = tiny(1000);
  made.protocol.height = 96;
  made.protocol.width = 192;
  made.tasks[0].task = choice("task", "semseg", {{"classes", std::int64_t{9}}});
  for (auto& task : made.tasks) task.head = choice("head", "conv", {{"width", std::int64_t{32}}});
  made.slots.embedding = choice("embedding", "patch", {{"width", std::int64_t{32}}});
  made.slots.encoder = choice("encoder", "swin",
                              {{"depths", Integers{2, 2, 2}},
                               {"head_dim", std::int64_t{16}},
                               {"window", std::int64_t{6}},
                               {"mlp_ratio", 2.0}});
  made.slots.prompt = {choice("prompt", "spatial_channel", {{"channel_dim", std::int64_t{64}}})};
  made.slots.fusion = {choice("fusion", "prompt_decode",
                              {{"decode_width", std::int64_t{24}},
                               {"width", std::int64_t{32}},
                               {"upsample", std::int64_t{1}}})};
  made.recipe.clip_norm = 5;
  return made;
}

Batch random_batch() {
  Batch made;
  made.ids = {"a", "b", "c", "d"};
  made.images.rgb = torch::randn({4, 3, 96, 192});
  const std::vector<bool> all(4, true);
  made.targets["semseg"] = {torch::randint(0, 9, {4, 96, 192}, torch::kLong), all, {}};
  made.targets["depth"] = {torch::rand({4, 1, 96, 192}) * 70 + 1, all, {}};
  return made;
}

/// A model with everything that updates it.
struct Bench {
  std::string name;
  manifest::Manifest manifest;
  std::shared_ptr<compose::Model> model =
      compose::compose(compose::check_contract(manifest, plugins()), 1);
  std::shared_ptr<Balancer> balancer = plugins().balancer("fixed").build(
      manifest.recipe.balancer.module.params, model->contract().heads.front().dims, {1, 1});
  Optimizer optimizer{trainable(*model, *balancer), manifest.recipe.optimizer};
  at::Generator rng = make_generator(at::kCPU, 1);
  Batch batch = random_batch();
  LossLog log;
  std::int64_t step = 0;
  std::vector<double> ms;

  double run() {
    const auto start = std::chrono::steady_clock::now();
    const auto start_ticks = std::clock();
    update({*model, *balancer, optimizer, manifest.recipe, at::kCPU, rng}, std::span(&batch, 1), step++, log);
    const std::chrono::duration<double, std::milli> passed =
        std::chrono::steady_clock::now() - start;
    const auto ticks = static_cast<double>(std::clock() - start_ticks);
    log.clear();
    return at::get_num_threads() == 1 ? 1e3 * ticks / CLOCKS_PER_SEC : passed.count();
  }
  std::int64_t parameters() const {
    std::int64_t count = 0;
    for (const auto& parameter : model->parameters()) count += parameter.numel();
    return count;
  }
};

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const auto rounds = argc > 1 ? std::stoi(argv[1]) : 40;
  const std::int64_t width = argc > 2 ? std::stoi(argv[2]) : 16;
  at::set_num_threads(argc > 3 ? std::stoi(argv[3]) : 1);
  set_numeric_flags();
  std::vector<std::unique_ptr<Bench>> benches;
  for (const std::string name : {"taskprompter", "blocks", "last_of_stage", "levels", "both"}) {
    auto made = quickstart();
    std::map<std::string, ParamValue> values{{"width", width}};
    if (name == "levels" || name == "both") {
      made.slots.fusion.insert(made.slots.fusion.begin(),
                               choice("fusion", "prompt_fusion", values));
    }
    if (name == "last_of_stage") values["blocks"] = name;
    if (name != "taskprompter" && name != "levels") {
      made.slots.prompt.push_back(choice("prompt", "prompt_fusion", values));
    }
    benches.push_back(std::unique_ptr<Bench>(new Bench{.name = name, .manifest = made}));
    benches.back()->model->train();
    for (int i = 0; i < 3; ++i) benches.back()->run();  // allocations and kernel choices
  }
  for (int round = 0; round < rounds; ++round) {
    for (auto& bench : benches) bench->ms.push_back(bench->run());
  }
  for (std::size_t i = 0; i < benches.size(); ++i) {
    const auto& bench = *benches[i];
    std::printf("%-14s %8.1f ms  x%.3f   %9lld parameters  x%.3f\n", bench.name.c_str(),
                median(bench.ms), median(bench.ms) / median(benches[0]->ms),
                static_cast<long long>(bench.parameters()),
                static_cast<double>(bench.parameters()) / benches[0]->parameters());
  }
}
