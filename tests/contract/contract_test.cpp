// What the symbolic gate refuses, and what it says.
#include "fixture.h"

namespace triptych::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Contract, needs_a_task) { EXPECT_EQ(problem_of(small_request({})).code, "contract.200"); }

TEST(Contract, refuses_per_task_and_shared_encoders_in_one_chain) {
  auto request = small_request({"semseg", "depth"});
  request.slots.fusion = {module("fusion", "cross_stitch"), module("fusion", "tap_attention")};
  const auto problem = problem_of(request);
  EXPECT_EQ(problem.code, "contract.201");
  EXPECT_EQ(problem.pointer, "/slots/fusion/0");
  EXPECT_THAT(problem.text(), HasSubstr("fusion 'cross_stitch'"));
  EXPECT_THAT(problem.text(), HasSubstr("fusion 'tap_attention' at /slots/fusion/1"));
}

TEST(Contract, refuses_task_features_out_of_a_shared_pyramid_and_says_which_fusion_to_move) {
  auto request = small_request({"semseg", "depth"});
  request.slots.fusion = {module("fusion", "gated"), module("fusion", "tap_attention")};
  const auto problem = problem_of(request);
  EXPECT_EQ(problem.code, "contract.202");
  EXPECT_EQ(problem.pointer, "/slots/fusion/0");
  EXPECT_THAT(problem.message, HasSubstr("meets a pyramid that all tasks share"));
  EXPECT_EQ(problem.suggestion,
            "Move fusion 'tap_attention' at /slots/fusion/1 before it: that one makes features per "
            "task.");
}

TEST(Contract, shares_one_encoder_unless_a_fusion_needs_more) {
  auto request = small_request({"semseg", "depth"});
  const auto streams = [&] { return compose::check_contract(request, plugins()).streams.size(); };
  EXPECT_EQ(streams(), 1u);
  request.slots.fusion = {module("fusion", "tap_attention"), module("fusion", "gated")};
  EXPECT_EQ(streams(), 1u);  // tap_attention makes what gated needs
  request.slots.fusion = {module("fusion", "gated")};
  EXPECT_EQ(streams(), 2u);
  request.slots.fusion = {module("fusion", "cross_stitch"), module("fusion", "gated")};
  EXPECT_EQ(streams(), 2u);
}

TEST(Contract, gives_copies_only_their_own_task) {
  auto request = small_request({"semseg", "depth"});
  request.slots.prompt = {module("prompt", "map_rows"), module("prompt", "deep_rows")};
  request.slots.fusion = {module("fusion", "cross_stitch")};
  const auto contract = compose::check_contract(request, plugins());
  const auto& copy = contract.streams[1];
  ASSERT_EQ(copy.encoder.dims.tasks.size(), 1u);
  EXPECT_EQ(copy.encoder.dims.tasks[0].name, "depth");
  EXPECT_EQ(copy.encoder.dims.prompts, 1 + 5);  // map_rows: one per task; deep_rows: five
  EXPECT_EQ(copy.prompts[1].dims.segment.begin, 1);
  EXPECT_EQ(copy.prompts[1].dims.segment.count, 5);
}

TEST(Contract, is_decoded_only_when_a_fusion_reads_maps) {
  auto request = small_request({"semseg", "depth"});
  request.slots.prompt = {module("prompt", "map_rows")};
  EXPECT_FALSE(compose::check_contract(request, plugins()).streams[0].prompts[0].dims.decoded);
  request.slots.fusion = {module("fusion", "map_decode")};
  EXPECT_TRUE(compose::check_contract(request, plugins()).streams[0].prompts[0].dims.decoded);
}

TEST(Contract, adds_the_pointer_to_what_a_plugin_refuses) {
  auto request = small_request({"depth"});
  request.image = {18, 32};
  const auto problem = problem_of(request);
  EXPECT_EQ(problem.code, "fixture.001");
  EXPECT_EQ(problem.pointer, "/slots/embedding");
}

TEST(Contract, refuses_prompts_in_an_encoder_that_hosts_none) {
  auto request = small_request({"depth"});
  request.slots.encoder = module("encoder", "conv_pyramid");
  request.slots.prompt = {module("prompt", "deep_rows")};
  const auto problem = problem_of(request);
  EXPECT_EQ(problem.code, "contract.205");
  EXPECT_EQ(problem.pointer, "/slots/prompt/0");
}

TEST(Contract, refuses_to_decode_maps_that_no_prompt_keeps) {
  auto request = small_request({"depth"});
  request.slots.prompt = {module("prompt", "deep_rows")};
  request.slots.fusion = {module("fusion", "map_decode")};
  const auto problem = problem_of(request);
  EXPECT_EQ(problem.code, "contract.206");
  EXPECT_EQ(problem.expected, "kept maps: none");
}

TEST(Contract, refuses_taps_that_the_encoder_lacks) {
  auto request = small_request({"depth"});
  request.slots.encoder = module("encoder", "mixer", {{"taps", false}});
  request.slots.fusion = {module("fusion", "tap_attention")};
  const auto problem = problem_of(request);
  EXPECT_EQ(problem.code, "contract.207");
  EXPECT_THAT(problem.message, HasSubstr("reads the tap 'stage0/block"));
}

TEST(Contract, names_an_unknown_plugin_with_its_place) {
  auto request = small_request({"depth"});
  request.slots.fusion = {{.use = "gatet", .params = {}}};
  const auto problem = problem_of(request);
  EXPECT_THAT(problem.code, StartsWith("host."));
  EXPECT_EQ(problem.pointer, "/slots/fusion/0");
  EXPECT_THAT(problem.text(), HasSubstr("gated"));
}

}  // namespace
}  // namespace triptych::testing
