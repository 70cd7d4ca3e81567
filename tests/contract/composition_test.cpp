// The compositions of the design, each a manifest, trained for a few steps with one task and with
// three. Every sample but some lacks a label.
#include <filesystem>
#include <set>

#include "fixture.h"
#include "triptych/compose/dry_run.h"
#include "triptych/compose/spec_source.h"
#include "triptych/manifest/check.h"
#include "written_script.h"

namespace triptych::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::IsEmpty;

const fs::path kFolder = fs::path(TRIPTYCH_SOURCE_DIR) / "tests/contract";

std::vector<std::string> manifest_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder / "manifests")) {
    names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

manifest::Manifest load(const std::string& name, const std::string& only_task) {
  std::vector<std::string> overrides;
  if (!only_task.empty()) overrides.push_back("tasks={" + only_task + ": {}}");
  if (name == "script") overrides.push_back("slots.fusion.0.file=" + script_file());
  const compose::HostSpecs specs(plugins());
  return manifest::load_manifest((kFolder / "manifests" / (name + ".json")).string(), overrides,
                                 specs, {.protocol_folders = {(kFolder / "protocols").string()}});
}

// A batch of the manifest's data set, with the targets of the samples that have one.
Batch batch_of(const Dataset& dataset, std::int64_t first, std::int64_t size,
               const manifest::Protocol& protocol) {
  Batch batch;
  std::vector<torch::Tensor> rgb;
  std::map<std::string, std::vector<torch::Tensor>> maps;
  const auto empty = torch::zeros({1, protocol.height, protocol.width});
  for (std::int64_t i = first; i < first + size; ++i) {
    const auto sample = dataset.sample("train", i % dataset.size("train"));
    batch.ids.push_back(sample.id);
    rgb.push_back(sample.rgb.to(torch::kFloat) / 128 - 1);
    for (const auto& label : dataset.labels()) {
      const auto found = sample.labels.find(label);
      const bool is_there = found != sample.labels.end();
      maps[label].push_back(is_there ? found->second : empty);
      batch.targets[label].present.push_back(is_there);
    }
  }
  batch.images.rgb = torch::stack(rgb);
  for (auto& [label, target] : batch.targets) target.map = torch::stack(maps[label]);
  return batch;
}

std::shared_ptr<Dataset> dataset_of(const manifest::Manifest& manifest) {
  DataPlace place{
      .root = "", .image = {manifest.protocol.height, manifest.protocol.width}, .splits = {}};
  for (const auto& split : manifest.protocol.splits) {
    place.splits[split.name] = {.count = *split.count,
                                .seed = static_cast<std::uint64_t>(*split.seed)};
  }
  const auto& dataset = manifest.data.dataset;
  return plugins().dataset(dataset.use).build(dataset.params, place);
}

struct Composition {
  std::string manifest;
  std::string only_task;  // "" = all three
};

void PrintTo(const Composition& composition, std::ostream* out) {
  *out << composition.manifest << " with "
       << (composition.only_task.empty() ? "all tasks" : composition.only_task);
}

class Trained : public ::testing::TestWithParam<Composition> {
 protected:
  void SetUp() override {
    torch::manual_seed(1);
    manifest_ = load(GetParam().manifest, GetParam().only_task);
    contract_ = compose::check_contract(manifest_, plugins());
    model_ = compose::compose(contract_, /*seed=*/1);
    model_->train();
    dataset_ = dataset_of(manifest_);
  }

  // Forward, backward and one plain gradient step; returns the terms.
  std::vector<compose::TaskTerms> step(std::int64_t index) {
    const auto size = manifest_.recipe.batch;
    batch_ = batch_of(*dataset_, index * size, size, manifest_.protocol);
    for (auto& parameter : model_->parameters()) parameter.mutable_grad() = torch::Tensor();
    auto side = context(/*is_training=*/true, /*seed=*/index + 1);
    const auto outputs = model_->forward(batch_.images, side);
    auto terms = compose::loss_terms(*model_, outputs, side.auxiliaries, batch_.targets);
    torch::Tensor total;
    for (const auto& task : terms) {
      for (const auto& term : task.terms) {
        const auto loss = term.scale * term.sum / term.weight;
        EXPECT_TRUE(std::isfinite(loss.item<double>())) << task.task << " " << term.name;
        total = total.defined() ? total + loss : loss;
      }
    }
    if (total.defined()) total.backward();
    const torch::NoGradGuard no_grad;
    for (auto& parameter : model_->parameters()) {
      if (!parameter.grad().defined()) continue;
      EXPECT_TRUE(parameter.grad().isfinite().all().item<bool>());
      parameter.sub_(0.01 * parameter.grad());
    }
    return terms;
  }

  manifest::Manifest manifest_;
  compose::Contract contract_;
  std::shared_ptr<compose::Model> model_;
  std::shared_ptr<Dataset> dataset_;
  Batch batch_;
};

TEST_P(Trained, reaches_every_parameter_in_five_finite_steps) {
  std::set<std::string> unreached;
  for (const auto& parameter : model_->named_parameters()) unreached.insert(parameter.key());
  for (std::int64_t i = 0; i < 5; ++i) {
    step(i);
    for (const auto& parameter : model_->named_parameters()) {
      if (parameter.value().grad().defined()) unreached.erase(parameter.key());
    }
  }
  EXPECT_THAT(unreached, IsEmpty());
}

TEST_P(Trained, has_loss_terms_exactly_for_the_tasks_with_labels) {
  for (std::int64_t i = 0; i < 5; ++i) {
    for (const auto& task : step(i)) {
      EXPECT_EQ(task.is_present, batch_.targets.at(task.task).any_present());
      EXPECT_EQ(task.terms.empty(), !task.is_present);
      if (task.is_present) continue;
      for (const auto& parameter : model_->parameters_of("head." + task.task)) {
        EXPECT_FALSE(parameter.value().grad().defined()) << parameter.key();
      }
    }
  }
}

TEST_P(Trained, passes_the_dry_run) {
  const auto run = compose::dry_run(contract_.request, plugins());
  EXPECT_LE(run.image.height, 16);
  EXPECT_GT(run.parameters, 0);
}

TEST_P(Trained, predicts_one_sample) {
  model_->eval();
  const torch::NoGradGuard no_grad;
  auto side = context();
  const auto outputs = model_->forward(
      batch_of(*dataset_, /*first=*/0, /*size=*/1, manifest_.protocol).images, side);
  EXPECT_EQ(outputs.predictions.size(), contract_.tasks.size());
  EXPECT_TRUE(side.auxiliaries.empty());
}

std::vector<Composition> compositions() {
  std::vector<Composition> all;
  for (const auto& name : manifest_names()) {
    all.push_back({name, ""});
    all.push_back({name, "depth"});
  }
  all.push_back({"contour", "edges"});
  all.push_back({"contour_per_task", "edges"});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Compositions, Trained, ::testing::ValuesIn(compositions()),
                         [](const auto& info) {
                           const auto& task = info.param.only_task;
                           return info.param.manifest + (task.empty() ? "_T3" : "_" + task);
                         });

std::vector<std::string> term_names(const std::string& manifest_name, const std::string& task) {
  const auto manifest = load(manifest_name, "");
  const auto model = compose::compose(compose::check_contract(manifest, plugins()), 1);
  const auto batch = batch_of(*dataset_of(manifest), /*first=*/3, /*size=*/1, manifest.protocol);
  auto side = context(/*is_training=*/true);
  const auto outputs = model->forward(batch.images, side);
  std::vector<std::string> names;
  for (const auto& terms : compose::loss_terms(*model, outputs, side.auxiliaries, batch.targets)) {
    if (terms.task != task) continue;
    for (const auto& term : terms.terms) names.push_back(term.name);
  }
  return names;
}

TEST(Compositions, join_preliminary_losses_with_their_task) {
  EXPECT_THAT(term_names("preliminary", "depth"), Contains("preliminary/l2"));
}

TEST(Compositions, join_the_contour_loss_with_the_edges_task) {
  EXPECT_THAT(term_names("contour", "edges"), Contains("contour/l2"));
  EXPECT_THAT(term_names("contour_per_task", "edges"), Contains("contour/l2"));
  EXPECT_THAT(term_names("contour", "depth"), ::testing::Not(Contains("contour/l2")));
}

TEST(Compositions, give_a_term_for_each_level_to_heads_that_want_levels) {
  EXPECT_THAT(term_names("levels", "depth"), ::testing::ElementsAre("map0", "map1", "map2"));
}

TEST(DryRun, names_parameters_that_nothing_uses) {
  // The decoding fusion takes the finest level only: what later stages compute reaches nothing.
  auto request = small_request({"depth"});
  request.slots.fusion = {module("fusion", "preliminary")};
  try {
    (void)compose::dry_run(request, plugins());
    FAIL() << "unused parameters were not found";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "contract.251");
    EXPECT_EQ(error.problem().pointer, "/slots/encoder");
    EXPECT_THAT(error.problem().text(), ::testing::HasSubstr("merges.0.weight"));
  }
}

TEST(DryRun, takes_the_smallest_size_that_every_part_accepts) {
  auto request = small_request({"depth"});
  request.image = {64, 128};
  EXPECT_EQ(compose::smallest_image(request, plugins()).height, 8);  // 8 / 4 = 2 cells, halved once
  request.slots.encoder = module("encoder", "mixer", {{"stages", std::int64_t{3}}});
  EXPECT_EQ(compose::smallest_image(request, plugins()).height, 16);
}

}  // namespace
}  // namespace triptych::testing
