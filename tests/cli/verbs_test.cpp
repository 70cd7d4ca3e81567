// The program as a user or a script calls it: words, exit codes, JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "program.h"

namespace triptych::cli {
namespace {

using testing::HasSubstr;

TEST(Verbs, UnknownVerbNamesTheNearest) {
  const Program program;
  const auto result = program.run({"rnu"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("Did you mean \"run\"?"));
  EXPECT_EQ(result.out, "");
}

TEST(Verbs, VerbThatIsNotBuiltNamesThoseThatAre) {
  const Program program;
  for (const char* verb : {"bench", "merge", "doctor"}) {
    const auto result = program.run({verb});
    EXPECT_EQ(result.code, 2) << verb;
    EXPECT_THAT(result.err, HasSubstr("not built yet"));
    EXPECT_THAT(result.err, HasSubstr("compare"));
  }
}

TEST(Verbs, EveryVerbHasHelpWithAnExample) {
  const Program program;
  for (const char* verb : {"run", "plan", "check", "status", "list", "describe", "digest", "count",
                           "predict", "compare", "report", "plugins"}) {
    const auto result = program.run({verb, "--help"});
    EXPECT_EQ(result.code, 0) << verb;
    EXPECT_THAT(result.out, HasSubstr("example: triptych")) << verb;
  }
}

TEST(Verbs, ResultThatCannotBePrintedIsAFailure) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const Program program;
  const auto errors = program.folder() / "errors.txt";
  for (const char* words : {"version", "version --json", "list protocols", "--help"}) {
    const std::string command = TRIPTYCH_BINARY_DIR "/bin/triptych " + std::string(words) +
                                " > /dev/full 2> " + errors.string();
    EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1) << words;
    std::ifstream said(errors);
    EXPECT_THAT(std::string(std::istreambuf_iterator<char>(said), {}), HasSubstr("[usage.020]"));
  }
}

TEST(Verbs, UnknownOptionIsAUsageError) {
  const Program program;
  EXPECT_EQ(program.run({"plan", "--nonsense"}).code, 2);
}

// The remaining codes need a run: see study_test; usage.010: workers_test, usage.016: the cases.
TEST(Usage, EachFaultHasItsCode) {
  const Program program;
  const std::string tiny = Program::tiny();
  const std::vector<std::pair<std::string, std::vector<std::string>>> faults = {
      {"usage.000", {"plan", "--nonsense"}},
      {"usage.001", {"plann"}},
      {"usage.002", {"merge"}},
      {"usage.003", {"check"}},
      {"usage.003", {"plan", "recipe.steps=2"}},
      {"usage.004", {"list", "things"}},
      {"usage.005", {"describe", "gated"}},
      {"usage.006", {"describe", "fusion.gatedd"}},
      {"usage.007", {"compare"}},
      {"usage.008", {"run", tiny, "--only", "colour=red"}},
      {"usage.009", {"run", tiny, "--only", "label=red"}},
      {"usage.011", {"predict", tiny, "--image", "a.png", "--out", "b"}},
      {"usage.000", {"predict", tiny, "--image", "a.png", "--out", "b", "--tensors", "x"}},
      {"usage.013", {"predict", tiny, "--weights", "w.safetensors"}},
      {"usage.015", {"plugins", "count", "x"}},
      {"usage.017", {"export", "tables"}},
      {"usage.018", {"export", "csv"}}};
  for (const auto& [code, words] : faults) {
    const auto result = program.run(words);
    EXPECT_EQ(result.code, 2) << code;
    EXPECT_THAT(result.err, HasSubstr("[" + code + "]"));
    EXPECT_EQ(result.out, "") << code;
  }
}

TEST(Plan, ListsEveryPointWithItsRole) {
  const Program program;
  const auto result = program.run({"plan", Program::tiny(), "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  const auto plan = result.json();
  EXPECT_EQ(plan["study"], "tiny");
  EXPECT_EQ(plan["protocol"], "squares/1");
  std::map<std::string, int> roles;
  for (const auto& point : plan["points"]) {
    ++roles[point["role"]];
    EXPECT_EQ(point["point_id"].get<std::string>().size(), 16u);
    EXPECT_EQ(point["status"], "planned");
  }
  // 2 seeds of: the variant, two tasks alone, hard sharing
  EXPECT_EQ(roles,
            (std::map<std::string, int>{{"multi_task", 2}, {"single_task", 4}, {"variant", 2}}));
}

TEST(Check, GivesTheFieldsOfTheOneErrorForm) {
  const Program program;
  const auto result =
      program.run({"check", Program::tiny(), "slots.fusion.0.gate_logits=1", "--json"});
  EXPECT_EQ(result.code, 2);
  const auto document = result.json();
  EXPECT_FALSE(document["ok"]);
  ASSERT_EQ(document["errors"].size(), 1u) << result.out;
  const auto& error = document["errors"][0];
  EXPECT_EQ(error["pointer"], "/slots/fusion/0/gate_logits");
  EXPECT_THAT(error["suggestion"].get<std::string>(), HasSubstr("gate_logit"));
  for (const char* key : {"file", "line", "column", "code", "message", "expected"}) {
    EXPECT_TRUE(error.contains(key)) << key;
  }
}

TEST(Check, GivesEveryErrorInJsonAndTheFirstInText) {
  const Program program;
  std::vector<std::string> words = {"check", Program::tiny()};
  for (int i = 0; i < 25; ++i) words.push_back("++key" + std::to_string(i) + "=1");
  EXPECT_THAT(program.run(words).err, HasSubstr("and 5 more problems"));
  words.emplace_back("--json");
  EXPECT_EQ(program.run(words).json()["errors"].size(), 25u);
}

TEST(Check, AcceptsAGoodManifest) {
  const Program program;
  const auto result = program.run({"check", Program::tiny(), "--json"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(result.json()["ok"]);
}

TEST(Check, ShapesThatDoNotFitAreFoundBeforeTraining) {
  const Program program;
  const auto result = program.run({"check", Program::tiny(), "slots.embedding.stride=5"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("/slots/embedding"));
}

TEST(Check, MissingFileIsNamed) {
  const Program program;
  const auto result = program.run({"check", "nowhere.json"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("nowhere.json"));
}

TEST(Count, PartsAddUpToTheTotal) {
  const Program program;
  const auto document = program.run({"count", Program::tiny(), "--json"}).json();
  std::int64_t sum = 0;
  for (const auto& part : document["parts"]) {
    sum += part["parameters"].get<std::int64_t>();
    EXPECT_TRUE(part["macs"].is_null());
  }
  EXPECT_EQ(document["total"]["parameters"], sum);
  EXPECT_GT(sum, 0);
}

TEST(Count, FrozenGroupsAreNotTrainable) {
  const Program program;
  const auto document = program
                            .run({"count", Program::tiny(), "slots.fusion=[]", "--json",
                                  "recipe.groups=[{match: \"encoder.*\", frozen: true}]"})
                            .json();
  for (const auto& part : document["parts"]) {
    if (part["name"] == "encoder") EXPECT_EQ(part["trainable"], 0);
    if (part["name"] == "embedding") EXPECT_EQ(part["trainable"], part["parameters"]);
  }
}

TEST(List, PluginsHaveIdentities) {
  const Program program;
  const auto plugins = program.run({"list", "plugins", "--json"}).json();
  bool has_gated = false;
  for (const auto& plugin : plugins) {
    if (plugin["slot"] != "fusion" || plugin["name"] != "gated") continue;
    has_gated = true;
    EXPECT_EQ(plugin["status"], "ok");
    EXPECT_EQ(plugin["sha256"].get<std::string>().size(), 64u);
    EXPECT_EQ(plugin["source_hash"].get<std::string>().size(), 64u);
  }
  EXPECT_TRUE(has_gated);
}

TEST(List, AFaultyProtocolIsBrokenBesideTheSoundOnes) {
  const Program program;
  const auto folder = program.folder() / "protocols";
  std::filesystem::create_directories(folder / "odd");
  std::filesystem::copy(TRIPTYCH_SOURCE_DIR "/tests/cli/protocols/squares", folder / "squares");
  std::ofstream(folder / "odd/1.json") << R"({"name": "odd", "version": 1})";
  setenv("TRIPTYCH_PROTOCOL_PATH", folder.c_str(), 1);
  const auto listed = program.run({"list", "protocols", "--json"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  std::map<std::string, nlohmann::json> rows;
  for (const auto& row : listed.json()) rows[row["protocol"]] = row;
  const auto& odd = rows["odd/1"];
  EXPECT_EQ(odd["status"], "broken");
  EXPECT_EQ(odd["file"], (folder / "odd/1.json").string());
  EXPECT_TRUE(odd["hash"].is_null());
  EXPECT_THAT(odd["reason"].get<std::string>(), HasSubstr("the key \"image\" is missing"));
  EXPECT_EQ(rows["squares/1"]["status"], "ok");
  EXPECT_TRUE(rows["squares/1"]["reason"].is_null());
  EXPECT_EQ(rows["squares/1"]["tasks"].size(), 2u);

  const auto text = program.run({"list", "protocols"});
  EXPECT_EQ(text.code, 0);
  EXPECT_THAT(text.out, HasSubstr("broken: " + (folder / "odd/1.json").string()));
  EXPECT_THAT(text.out, HasSubstr("squares/1"));
}

TEST(Describe, ShowsParametersAndASnippet) {
  const Program program;
  const auto document = program.run({"describe", "fusion.gated", "--json"}).json();
  EXPECT_EQ(document["name"], "gated");
  EXPECT_EQ(document["params"][0]["name"], "gate_logit");
  EXPECT_EQ(program.run({"describe", "fusion.gatde"}).code, 2);
}

TEST(Describe, CommittedSchemaIsCurrent) {
  const Program program;
  unsetenv("TRIPTYCH_PLUGIN_PATH");  // the schema knows the tree's own plugins only
  const auto result = program.run({"describe", "--schema"});
  ASSERT_EQ(result.code, 0) << result.err;
  std::ifstream in(TRIPTYCH_SOURCE_DIR "/experiments/schema/manifest.schema.json");
  const std::string committed{std::istreambuf_iterator<char>(in), {}};
  EXPECT_TRUE(result.out == committed) << "regenerate it: build/bin/triptych describe --schema > "
                                          "experiments/schema/manifest.schema.json";
}

}  // namespace
}  // namespace triptych::cli
