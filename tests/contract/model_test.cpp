// What a composed model promises: names, seeds, sharing, observed tensors, losses.
#include <set>

#include "fixture.h"
#include "triptych/compose/count.h"
#include "triptych/core/hash.h"

namespace triptych::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

std::vector<std::string> part_names(const compose::Model& model) {
  std::vector<std::string> names;
  for (const auto& part : model.parts()) names.push_back(part.name);
  return names;
}

compose::Request with_prompts(const std::vector<std::string>& tasks) {
  auto request = small_request(tasks);
  request.slots.prompt = {module("prompt", "map_rows"), module("prompt", "inner_fusion")};
  request.slots.fusion = {module("fusion", "map_decode")};
  return request;
}

compose::Request per_task(const std::vector<std::string>& tasks) {
  auto request = small_request(tasks);
  request.slots.fusion = {module("fusion", "cross_stitch")};
  return request;
}

TEST(Model, names_its_parts_as_the_manifest_does) {
  EXPECT_THAT(part_names(*composed(with_prompts({"semseg", "depth"}))),
              ElementsAre("embedding", "encoder", "prompt.0", "prompt.1", "fusion.0", "head.semseg",
                          "head.depth"));
}

TEST(Model, names_copies_after_their_task) {
  auto request = per_task({"semseg", "depth"});
  request.slots.prompt = {module("prompt", "deep_rows")};
  EXPECT_THAT(
      part_names(*composed(request)),
      ElementsAre("embedding.semseg", "encoder.semseg", "prompt.0.semseg", "embedding.depth",
                  "encoder.depth", "prompt.0.depth", "fusion.0", "head.semseg", "head.depth"));
}

TEST(Model, begins_every_parameter_name_with_its_part) {
  const auto model = composed(per_task({"semseg", "depth"}));
  std::size_t of_parts = 0;
  for (const auto& part : model->parts()) {
    for (const auto& parameter : model->parameters_of(part.name)) {
      EXPECT_EQ(model->part_of(parameter.key()), part.name);
      EXPECT_TRUE(model->named_parameters().contains(parameter.key())) << parameter.key();
      ++of_parts;
    }
  }
  EXPECT_EQ(of_parts, model->named_parameters().size());
}

TEST(Model, keeps_the_seed_of_a_part_when_another_part_changes) {
  const auto tiles = small_request({"semseg"});
  auto contour = tiles;
  contour.slots.embedding = module("embedding", "side_edge");
  const auto a = composed(tiles);
  const auto b = composed(contour);
  for (const auto& parameter : a->parameters_of("encoder")) {
    EXPECT_TRUE(torch::equal(parameter.value(), b->named_parameters()[parameter.key()]));
  }
}

TEST(Model, gives_copies_and_seeds_different_weights) {
  const auto model = composed(per_task({"semseg", "depth"}));
  const auto parameters = model->named_parameters();
  EXPECT_FALSE(torch::equal(parameters["encoder.semseg.qkvs.0.weight"],
                            parameters["encoder.depth.qkvs.0.weight"]));
  auto prompted = per_task({"semseg", "depth"});
  prompted.slots.prompt = {module("prompt", "deep_rows")};
  const auto copies = composed(prompted)->named_parameters();
  EXPECT_FALSE(torch::equal(copies["prompt.0.semseg.stage0_block0"],
                            copies["prompt.0.depth.stage0_block0"]));
  const auto other = composed(per_task({"semseg", "depth"}), /*seed=*/2)->named_parameters();
  EXPECT_FALSE(torch::equal(parameters["encoder.semseg.qkvs.0.weight"],
                            other["encoder.semseg.qkvs.0.weight"]));
}

TEST(Model, leaves_the_default_generator_as_it_was) {
  torch::manual_seed(5);
  const auto expected = torch::rand({4});
  torch::manual_seed(5);
  (void)composed(small_request({"semseg"}));
  EXPECT_TRUE(torch::equal(torch::rand({4}), expected));
}

// The parameters of part `a_name` of `a` are, bit for bit, those of part `b_name` of `b`.
void expect_same_weights(const compose::Model& a, const std::string& a_name,
                         const compose::Model& b, const std::string& b_name) {
  const auto left = a.parameters_of(a_name), right = b.parameters_of(b_name);
  ASSERT_GT(left.size(), 0u);
  ASSERT_EQ(left.size(), right.size());
  for (const auto& parameter : left) {
    const auto name = b_name + parameter.key().substr(a_name.size());
    EXPECT_TRUE(torch::equal(parameter.value(), right[name])) << name;
  }
}

TEST(Model, keeps_the_seed_of_a_chain_part_that_moves) {
  auto shorter = with_prompts({"semseg", "depth"});
  shorter.slots.fusion = {module("fusion", "map_decode"), module("fusion", "gated")};
  auto longer = shorter;
  longer.slots.prompt.insert(longer.slots.prompt.begin(), module("prompt", "deep_rows"));
  longer.slots.fusion = {module("fusion", "map_decode"), module("fusion", "tap_attention"),
                         module("fusion", "gated")};
  const auto a = composed(shorter), b = composed(longer);
  expect_same_weights(*a, "prompt.0", *b, "prompt.1");
  expect_same_weights(*a, "prompt.1", *b, "prompt.2");
  expect_same_weights(*a, "fusion.1", *b, "fusion.2");
}

TEST(Model, gives_repetitions_in_a_chain_different_weights) {
  auto once = with_prompts({"semseg", "depth"});
  once.slots.prompt = {module("prompt", "map_rows"), module("prompt", "deep_rows")};
  auto twice = once;
  twice.slots.prompt.push_back(module("prompt", "deep_rows"));
  const auto a = composed(once), b = composed(twice);
  expect_same_weights(*a, "prompt.1", *b, "prompt.1");
  const auto parameters = b->named_parameters();
  EXPECT_FALSE(
      torch::equal(parameters["prompt.1.stage0_block0"], parameters["prompt.2.stage0_block0"]));
}

TEST(Model, draws_a_part_from_the_seed_of_its_plugin) {
  const auto model = composed(with_prompts({"semseg", "depth"}), /*seed=*/9);
  torch::manual_seed(core::derive_seed(9, "prompt.map_rows"));
  const auto rows = torch::randn({2, 16});  // the first thing that the part draws
  EXPECT_TRUE(torch::equal(model->named_parameters()["prompt.0.rows"], rows));
}

TEST(Model, observes_nothing_of_fusions_without_a_fusion) {
  const auto request = small_request({"semseg", "depth"});
  const auto model = composed(request);
  auto side = context();
  std::vector<std::string> names;
  side.listener = [&](std::string_view name, const at::Tensor&) { names.emplace_back(name); };
  (void)model->forward(random_images(request), side);
  EXPECT_THAT(names, ElementsAre("encoder/level0", "encoder/level1", "semseg", "depth"));
}

TEST(Model, observes_inner_tensors_under_their_public_names) {
  const auto request = with_prompts({"semseg", "depth"});
  std::map<std::string, std::vector<std::int64_t>> seen;
  auto side = context();
  side.listener = [&](std::string_view name, const at::Tensor& tensor) {
    seen[std::string(name)] = tensor.sizes().vec();
  };
  (void)composed(request)->forward(random_images(request), side);
  EXPECT_EQ(seen["encoder/level0"], (std::vector<std::int64_t>{2, 16, 4, 8}));
  EXPECT_EQ(seen["encoder/level1"], (std::vector<std::int64_t>{2, 32, 2, 4}));
  EXPECT_EQ(seen["prompts/stage0"], (std::vector<std::int64_t>{2, 2, 16}));
  EXPECT_EQ(seen["maps/spatial/stage0"], (std::vector<std::int64_t>{2, 1, 2, 2, 4}));  // merged
  EXPECT_EQ(seen["maps/spatial/stage1"], (std::vector<std::int64_t>{2, 1, 2, 2, 4}));
  EXPECT_EQ(seen["fusion/depth"], (std::vector<std::int64_t>{2, 8, 4, 8}));
  EXPECT_EQ(seen["depth"], (std::vector<std::int64_t>{2, 1, 4, 8}));
}

TEST(Model, observes_preliminary_predictions_outside_training_too) {
  auto request = small_request({"semseg", "depth"});
  request.slots.fusion = {module("fusion", "preliminary")};
  std::set<std::string> names;
  auto side = context(/*is_training=*/false);
  side.listener = [&](std::string_view name, const at::Tensor&) { names.emplace(name); };
  (void)composed(request)->forward(random_images(request), side);
  EXPECT_THAT(names, IsSupersetOf({"preliminary/semseg", "preliminary/depth"}));
  EXPECT_TRUE(side.auxiliaries.empty());
}

TEST(Model, puts_the_task_into_the_names_of_its_own_encoder) {
  const auto request = per_task({"semseg", "depth"});
  std::set<std::string> names;
  auto side = context();
  side.listener = [&](std::string_view name, const at::Tensor&) { names.emplace(name); };
  (void)composed(request)->forward(random_images(request), side);
  EXPECT_THAT(names, IsSupersetOf({"encoder/semseg/level0", "encoder/depth/level1"}));
  EXPECT_THAT(names, Not(Contains("encoder/level0")));
}

TEST(Model, tells_its_watcher_when_parts_start_and_end) {
  const auto request = small_request({"depth"});
  const auto model = composed(request);
  int open = 0;
  std::vector<std::string> started;
  model->watcher = [&](std::string_view part, bool is_start) {
    open += is_start ? 1 : -1;
    if (is_start) started.emplace_back(part);
    EXPECT_LE(open, 1);
  };
  auto side = context();
  (void)model->forward(random_images(request), side);
  EXPECT_EQ(open, 0);
  // begin, two stages with one merge, finish: the encoder runs five times.
  EXPECT_THAT(started, ElementsAre("embedding", "encoder", "encoder", "encoder", "encoder",
                                   "encoder", "head.depth"));
}

TEST(Model, refuses_images_of_another_size) {
  const auto request = small_request({"depth"});
  const auto model = composed(request);
  auto side = context();
  try {
    (void)model->forward({.rgb = torch::zeros({1, 3, 8, 8}), .cameras = {}}, side);
    FAIL() << "an image of 8 x 8 was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "contract.240");
    EXPECT_THAT(error.problem().text(), HasSubstr("[B, 3, 16, 32]"));
  }
}

TEST(Model, warns_when_the_task_of_a_branch_is_absent) {
  auto request = small_request({"depth"});
  request.slots.embedding = module("embedding", "side_edge");
  EXPECT_THAT(composed(request)->warnings(), ElementsAre(HasSubstr("task 'edges' is not built")));
  request = small_request({"depth", "edges"});
  request.slots.embedding = module("embedding", "side_edge");
  EXPECT_TRUE(composed(request)->warnings().empty());
  // One embedding per task: the copy of depth has no branch, and nothing is amiss.
  request.slots.fusion = {module("fusion", "cross_stitch")};
  EXPECT_TRUE(composed(request)->warnings().empty());
}

TEST(LossTerms, add_auxiliary_predictions_to_their_task) {
  auto request = small_request({"depth", "edges"});
  request.slots.embedding = module("embedding", "side_edge");  // weight 0.4
  const auto model = composed(request);
  auto side = context(/*is_training=*/true);
  const auto outputs = model->forward(random_images(request), side);
  const Target target{.map = torch::zeros({2, 1, 16, 32}), .present = {true, true}, .lists = {}};
  const auto terms = compose::loss_terms(*model, outputs, side.auxiliaries,
                                         {{"depth", target}, {"edges", target}});
  ASSERT_EQ(terms.size(), 2u);
  ASSERT_EQ(terms[0].terms.size(), 1u);
  ASSERT_EQ(terms[1].terms.size(), 2u);
  EXPECT_EQ(terms[1].terms[1].name, "contour/l2");
  EXPECT_DOUBLE_EQ(terms[1].terms[1].scale, 0.4);
}

TEST(LossTerms, leave_out_tasks_without_labels) {
  const auto request = small_request({"depth", "edges"});
  const auto model = composed(request);
  auto side = context(/*is_training=*/true);
  const auto outputs = model->forward(random_images(request), side);
  const Target absent{.map = torch::zeros({2, 1, 16, 32}), .present = {false, false}, .lists = {}};
  const auto terms = compose::loss_terms(*model, outputs, side.auxiliaries, {{"depth", absent}});
  EXPECT_FALSE(terms[0].is_present);
  EXPECT_TRUE(terms[0].terms.empty());
  EXPECT_FALSE(terms[1].is_present);  // no target at all
}

TEST(Count, adds_up_the_parts) {
  const auto model = composed(with_prompts({"semseg", "depth"}));
  const auto count = compose::count_parameters(*model);
  // tile: 3 x 4 x 4 x 16 weights and 16 biases
  EXPECT_EQ(count.parts.front().parameters, 3 * 4 * 4 * 16 + 16);
  std::int64_t sum = 0;
  for (const auto& part : count.parts) sum += part.parameters;
  EXPECT_EQ(count.parameters, sum);
  for (auto& parameter : model->parts()[0].module->parameters()) parameter.set_requires_grad(false);
  const auto frozen = compose::count_parameters(*model);
  EXPECT_EQ(frozen.parts.front().trainable, 0);
  EXPECT_EQ(frozen.trainable, sum - frozen.parts.front().parameters);
}

}  // namespace
}  // namespace triptych::testing
