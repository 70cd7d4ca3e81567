#include <gmock/gmock.h>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <thread>

#include "fixture.h"
#include "triptych/core/hash.h"
#include "triptych/host/border.h"

namespace fs = std::filesystem;

namespace triptych::host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class LoaderTest : public HostTest {};

constexpr std::int64_t kChannels = 2;

Dims two_tasks() {
  Dims dims;
  dims.image = {.height = 4, .width = 4};
  dims.tasks = {{.name = "semseg", .outputs = 3}, {.name = "depth", .outputs = 1}};
  const std::vector<LevelDims> levels = {
      {.height = 4, .width = 4, .channels = kChannels, .stride = 1}};
  dims.features = {levels, levels};
  dims.is_shared = false;
  return dims;
}

TEST_F(LoaderTest, OpensAPluginBuildsItsModuleAndRunsIt) {
  const auto host = host_at(fs::path(TRIPTYCH_BINARY_DIR) / "plugins");
  const auto params =
      default_params("fusion 'gated'", host.spec("fusion", "gated")).with("gate_logit", 0.0);
  const auto module = host.fusion("gated").build(params, two_tasks());
  const Images images;
  std::vector<Stream> streams(2);
  FusionIn in{.images = images, .streams = streams, .features = {}};
  for (const double value : {1.0, 3.0})
    in.features.push_back({{.map = at::full({1, kChannels, 4, 4}, value), .stride = 1}});
  Context context(at::detail::createCPUGenerator(1), /*is_training=*/true);
  const auto features = module->forward(in, context);
  // gate = sigmoid(0) = 0.5: y_0 = 1 + 0.5 * 3, y_1 = 3 + 0.5 * 1.
  EXPECT_TRUE(at::equal(features[0][0].map, at::full({1, kChannels, 4, 4}, 2.5)));
  EXPECT_TRUE(at::equal(features[1][0].map, at::full({1, kChannels, 4, 4}, 3.5)));
}

/// The error of a plugin's `ports`, as it leaves the host's border.
template <class Call>
Problem problem_of_ports(const PluginInfo& info, Call&& call) {
  const auto problem = problem_of([&] { at_border(doing("composing", info), call); });
  EXPECT_THAT(problem.message, StartsWith("while composing " + info.slot + " '" + info.name +
                                          "' (" + info.file + "): "));
  return problem;
}

TEST_F(LoaderTest, AnErrorOfAPluginKeepsItsCode) {
  const auto host = host_at(fs::path(TRIPTYCH_BINARY_DIR) / "plugins");
  auto dims = two_tasks();
  dims.features[1][0].channels = kChannels + 1;
  const auto problem = problem_of_ports(host.info("fusion", "gated"), [&] {
    return host.fusion("gated").ports(default_params("fusion", host.spec("fusion", "gated")), dims);
  });
  EXPECT_EQ(problem.code, "contract.210");
}

class OtherCompilerTest : public HostTest {
 protected:
  void SetUp() override {
    if (std::string(TRIPTYCH_OTHER_PLUGINS).empty()) GTEST_SKIP() << "no second compiler";
  }

  // The grid of one image of ones, through the embedding `tile` with all parameters 0.5.
  static at::Tensor grid(const PluginHost& host) {
    Dims dims;
    dims.image = {.height = 8, .width = 8};
    const auto params = default_params("embedding 'tile'", host.spec("embedding", "tile"));
    const auto module = host.embedding("tile").build(params, dims);
    const at::NoGradGuard no_gradients;
    for (auto& parameter : module->parameters()) parameter.fill_(0.5);
    Context context(at::detail::createCPUGenerator(1), /*is_training=*/true);
    return module->forward({.rgb = at::ones({1, 3, 8, 8})}, context).patches;
  }
};

TEST_F(OtherCompilerTest, ItsPluginGivesTheSameBitsAndHash) {
  const auto own = host_at(fs::path(TRIPTYCH_BINARY_DIR) / "tests/plugins");
  const auto other = host_at(TRIPTYCH_OTHER_PLUGINS);
  EXPECT_NE(own.info("embedding", "tile").compiler.substr(0, 3),
            other.info("embedding", "tile").compiler.substr(0, 3));
  EXPECT_EQ(own.info("embedding", "tile").source_hash, other.info("embedding", "tile").source_hash);
  EXPECT_NE(own.info("embedding", "tile").sha256, other.info("embedding", "tile").sha256);
  // 0.5 * (3 * 4 * 4 ones) + 0.5
  EXPECT_TRUE(at::equal(grid(own), at::full({1, 2, 2, 16}, 24.5)));
  EXPECT_TRUE(at::equal(grid(other), grid(own)));
}

TEST_F(OtherCompilerTest, AnErrorOfItsPluginKeepsItsCode) {
  const auto host = host_at(TRIPTYCH_OTHER_PLUGINS);
  Dims dims;
  dims.image = {.height = 7, .width = 8};
  const auto problem = problem_of_ports(host.info("embedding", "tile"), [&] {
    return host.embedding("tile").ports(default_params("embedding", host.spec("embedding", "tile")),
                                        dims);
  });
  EXPECT_EQ(problem.code, "fixture.001");
}

TEST_F(LoaderTest, InfoNamesFileHashesAndCompiler) {
  const auto host = host_at(fs::path(TRIPTYCH_BINARY_DIR) / "plugins");
  const auto& info = host.info("fusion", "gated");
  EXPECT_EQ(info.file, built("fusion", "gated").string());
  EXPECT_EQ(info.sha256, core::sha256_file(built("fusion", "gated")));
  EXPECT_EQ(info.source_hash.size(), 64U);
  EXPECT_EQ(info.status, "ok");
  EXPECT_EQ(info.reason, "");
  EXPECT_FALSE(info.compiler.empty());
}

TEST_F(LoaderTest, NamesAreFoundWithoutOpening) {
  write("fusion/z.so", "not a library");
  write("fusion/a.so", "not a library");
  const auto host = host_at(folder_);
  EXPECT_THAT(host.names("fusion"), ElementsAre("a", "z"));
  EXPECT_TRUE(host.has("fusion", "z"));
  EXPECT_FALSE(host.has("head", "z"));
}

TEST_F(LoaderTest, AnUnknownPluginIsAnsweredWithTheNearestAndTheFolders) {
  put(built("fusion", "gated"), "fusion/gated.so");
  const auto host = host_at(folder_);
  const auto problem = problem_of([&] { static_cast<void>(host.fusion("gatde")); });
  EXPECT_EQ(problem.code, "host.010");
  EXPECT_EQ(problem.message, "no plugin fusion 'gatde'");
  EXPECT_EQ(problem.expected, "there are: gated");
  EXPECT_THAT(problem.suggestion, HasSubstr("Did you mean \"gated\"?"));
  EXPECT_THAT(problem.suggestion, HasSubstr(folder_.string()));
}

TEST_F(LoaderTest, AnUnknownKindIsAnsweredWithTheNearest) {
  const auto host = host_at(folder_);
  const auto problem = problem_of([&] { static_cast<void>(host.spec("fusions", "gated")); });
  EXPECT_EQ(problem.code, "host.012");
  EXPECT_THAT(problem.suggestion, HasSubstr("\"fusion\""));
}

TEST_F(LoaderTest, TheSamePluginUnderTwoFoldersLoadsTwice) {
  const auto copy = put(built("fusion", "gated"), "fusion/gated.so");
  const auto first = host_at(fs::path(TRIPTYCH_BINARY_DIR) / "plugins");
  const auto second = host_at(folder_);
  EXPECT_NE(first.fusion("gated").build, second.fusion("gated").build);
  EXPECT_EQ(first.info("fusion", "gated").sha256, second.info("fusion", "gated").sha256);
}

TEST_F(LoaderTest, ACopyInTheFlatLayoutLoads) {
  put(built("fusion", "gated"), "fusion.gated.so");
  EXPECT_EQ(host_at(folder_).spec("fusion", "gated").name(), "gated");
}

TEST_F(LoaderTest, AModuleOutlivesItsHostAndItsFile) {
  const auto copy = put(built("fusion", "gated"), "fusion/gated.so");
  std::shared_ptr<Fusion> module;
  {
    const auto host = host_at(folder_);
    module = host.fusion("gated").build(default_params("fusion", host.spec("fusion", "gated")),
                                        two_tasks());
  }
  fs::remove(copy);
  EXPECT_EQ(module->parameters().size(), 1U);
  EXPECT_TRUE(dynamic_cast<Fusion*>(static_cast<torch::nn::Module*>(module.get())) != nullptr);
}

TEST_F(LoaderTest, ManyThreadsMayAskAtOnce) {
  const auto host = host_at(fs::path(TRIPTYCH_BINARY_DIR) / "plugins");
  std::vector<const FusionFactory*> found(8);
  {
    std::vector<std::jthread> threads;
    for (auto& factory : found) {
      threads.emplace_back([&host, &factory] { factory = &host.fusion("gated"); });
    }
  }
  for (const auto* factory : found) EXPECT_EQ(factory, found.front());
}

}  // namespace
}  // namespace triptych::host
