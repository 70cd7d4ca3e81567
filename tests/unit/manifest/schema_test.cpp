#include "triptych/manifest/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "small_validator.h"
#include "toy_specs.h"
#include "triptych/manifest/check.h"
#include "triptych/manifest/describe.h"
#include "triptych/manifest/reader.h"

namespace triptych::manifest {
namespace {

const Node& toy_schema() {
  static const Node schema = parse_json(manifest_schema(ToySpecs()), "schema");
  return schema;
}

// A manifest that uses every key.
Node whole() {
  return read_json_file(std::string(TRIPTYCH_SOURCE_DIR) + "/tests/unit/manifest/whole.json");
}

TEST(Schema, AcceptsAManifestThatUsesEveryKey) {
  EXPECT_THAT(schema_faults(toy_schema(), whole()), testing::IsEmpty());
}

// One change each; the checker and the schema must both refuse it.
TEST(Schema, RefusesWhatTheCheckerRefuses) {
  const char* const patches[] = {
      R"({"recpie": {}})",
      R"({"slots": {"encoder": {"depth": [1]}}})",
      R"({"slots": {"encoder": {"use": "swni"}}})",
      R"({"slots": {"encoder": {"depths": [0]}}})",
      R"({"slots": {"encoder": {"drop_prob": 1.5}}})",
      R"({"slots": {"encoder": "swin"}})",
      R"({"slots": {"prompt": {"use": "task_tokens"}}})",
      R"({"slots": {"fusion": [{"use": "prompt_decode", "gate_logit": 1}]}})",
      R"({"tasks": {"depth": {"smoothing": 1}}})",
      R"({"tasks": {"depth": {"head": {"act": "tanh"}}}})",
      R"({"recipe": {"steps": 0}})",
      R"({"recipe": {"steps": 1.5}})",
      R"({"recipe": {"optimizer": {"betas": [0.9, 0.9]}}})",
      R"({"recipe": {"balancer": {"weights": {"depth": -1}}}})",
      R"({"recipe": {"groups": [{"math": "*"}]}})",
      R"({"recipe": {"augment": ["spin"]}})",
      R"({"recipe": {"precision": "half"}})",
      R"({"probes": ["weight"]})",
      R"({"select": "best"})",
      R"({"seed": "one"})",
      R"({"protocol": 3})"};
  CheckOptions options;
  options.protocol_folders = {std::string(TRIPTYCH_SOURCE_DIR) + "/tests/cases/manifest/protocols"};
  for (const auto* patch : patches) {
    const auto changed = merge_patch(whole(), parse_json(patch, "patch"));
    EXPECT_THAT(schema_faults(toy_schema(), changed), testing::Not(testing::IsEmpty())) << patch;
    EXPECT_FALSE(check_tree(changed, ToySpecs(), options).problems.empty()) << patch;
  }
  EXPECT_TRUE(check_tree(whole(), ToySpecs(), options).problems.empty());
}

TEST(Schema, ListsAndForms) {
  const char* const bad[] = {R"({"seeds": {"counts": 2}})",
                             R"({"seeds": [-1]})",
                             R"({"baselines": ["single"]})",
                             R"({"baselines": [{"multi_task": {}}]})",
                             R"({"baselines": [{"single_task": {"plain": 1}}]})",
                             R"({"matrix": {"recipe.batch": []}})",
                             R"({"include": "a.json"})"};
  for (const auto* patch : bad) {
    const auto changed = merge_patch(whole(), parse_json(patch, "patch"));
    EXPECT_THAT(schema_faults(toy_schema(), changed), testing::Not(testing::IsEmpty())) << patch;
  }
  const auto own = parse_json(
      R"({"baselines": [{"single_task": {"label": "a", "plain": true, "recipe.batch": 2}}]})", "p");
  EXPECT_THAT(schema_faults(toy_schema(), merge_patch(whole(), own)), testing::IsEmpty());
  const auto listed = merge_patch(whole(), parse_json(R"({"seeds": null})", "p"));
  EXPECT_THAT(
      schema_faults(toy_schema(), merge_patch(listed, parse_json(R"({"seeds": [1, 5]})", "p"))),
      testing::IsEmpty());
}

TEST(Schema, AManifestThatIncludesMayLeaveTheRestToOthers) {
  EXPECT_THAT(schema_faults(toy_schema(), parse_json(R"({"include": ["a.json"]})", "a")),
              testing::IsEmpty());
  EXPECT_THAT(schema_faults(toy_schema(), parse_json(R"({"name": "a"})", "a")),
              testing::ElementsAre(" required"));
}

// A source that lists one plugin more than can be used, as a folder with a broken file does.
class WithBroken final : public SpecSource {
 public:
  const PluginSpec* find(const std::string& kind, const std::string& name) const override {
    if (name == "broken") throw Error("plugin.003", "broken.so", "built for another torch");
    return specs_.find(kind, name);
  }
  std::vector<std::string> names(const std::string& kind) const override {
    auto names = specs_.names(kind);
    names.push_back("broken");
    return names;
  }

 private:
  ToySpecs specs_;
};

TEST(Schema, LeavesOutPluginsThatCannotBeUsed) {
  EXPECT_EQ(manifest_schema(WithBroken()), manifest_schema(ToySpecs()));
}

TEST(Schema, DescribesEveryParameterWithItsDefault) {
  const auto text = manifest_schema(ToySpecs());
  EXPECT_NE(text.find("\"description\": \"gate at step 0\""), std::string::npos);
  EXPECT_NE(text.find("\"default\": -4.0"), std::string::npos);
  EXPECT_EQ(text.find("oneOf"), std::string::npos);
  EXPECT_TRUE(text.ends_with("}\n"));
}

PluginSpec example() {
  Spec spec("example", "An example.");
  spec.required("path", ParamType::kText, "file of the module")
      .param("width", 64, "channels", at_least(1))
      .input("features", "B T C H W")
      .output("maps", "B C H W")
      .source("Someone 2020, equation 3")
      .fixed_size();
  return {spec, "", "abc", "plugins/fusion/example.so"};
}

TEST(Describe, TextHasParamsPortsSourceAndAPieceToCopy) {
  EXPECT_EQ(describe_text("fusion", example()),
            R"(fusion 'example': An example.
source: Someone 2020, equation 3
its parameters depend on the image size

parameters (name, default, type and range, meaning)
  path   required  text                 file of the module
  width  64        integer, at least 1  channels

ports
  takes  features  B T C H W
  gives  maps      B C H W

plugin
  file         plugins/fusion/example.so
  sha256       abc
  source hash  none: built without

in a manifest
{
  "slots": {
    "fusion": [
      {
        "use": "example",
        "path": "...",
        "width": 64
      }
    ]
  }
}
)");
}

TEST(Describe, JsonHasTheSame) {
  const auto document = parse_json(describe_json("fusion", example()), "describe");
  EXPECT_EQ(*document.find("slot")->text(), "fusion");
  EXPECT_EQ(document.find("params")->elements().size(), 2u);
  EXPECT_EQ(*document.find("params")->elements()[1].find("range")->text(), "at least 1");
  EXPECT_TRUE(std::get<bool>(document.find("fixed_size")->value));
  EXPECT_NE(document.find("manifest")->find("slots"), nullptr);
}

// The piece to copy is taken as it stands, for every plugin of every kind.
TEST(Describe, ThePieceToCopyIsAcceptedByTheChecker) {
  const ToySpecs specs;
  const auto base =
      read_manifest(std::string(TRIPTYCH_SOURCE_DIR) + "/tests/cases/manifest/base.json");
  CheckOptions options;
  options.protocol_folders = {std::string(TRIPTYCH_SOURCE_DIR) + "/tests/cases/manifest/protocols"};
  for (const auto& kind : kinds()) {
    for (const auto& name : specs.names(kind)) {
      auto piece = parse_json(manifest_snippet(kind, *specs.find(kind, name)), "piece");
      if (kind == "task") continue;     // the protocol fixes what a task must be given
      if (kind == "dataset") continue;  // and what the data set is made of
      auto tree = base;
      if (auto* slots = tree.member("slots");
          kind == "embedding" || kind == "encoder" || kind == "head") {
        slots->value.erase(kind);
      }
      const auto checked = check_tree(merge_patch(tree, piece), specs, options);
      EXPECT_TRUE(checked.problems.empty())
          << kind << " " << name << ": " << checked.problems.size();
    }
  }
}

}  // namespace
}  // namespace triptych::manifest
