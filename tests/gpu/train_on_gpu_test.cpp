// What only a CUDA device can show. Without one each test skips and says so: not measured.
#include <gtest/gtest.h>
#include <torch/cuda.h>

#include "../train/fixture.h"

namespace triptych::train {
namespace {

class OnGpu : public testing::Test {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device here: not measured";
  }
};

TrainOutcome train_on(const std::string& device, const std::filesystem::path& folder,
                      Journal& journal) {
  const auto manifest = tiny(12);
  auto plan = plan_of(manifest, folder);
  plan.device = device;
  return run_training(plan, journal, [] { return false; });
}

TEST_F(OnGpu, TrainsAsOnTheCpuUpToRounding) {
  const Folder cpu_folder, gpu_folder;
  Journal cpu(cpu_folder.path()), gpu(gpu_folder.path());
  ASSERT_EQ(train_on("cpu", cpu_folder.path(), cpu).status, RunStatus::kDone);
  const auto outcome = train_on("cuda", gpu_folder.path(), gpu);
  ASSERT_EQ(outcome.status, RunStatus::kDone) << outcome.reason;
  EXPECT_TRUE(outcome.device.starts_with("cuda"));
  ASSERT_EQ(cpu.curves.size(), gpu.curves.size());
  constexpr double kRounding = 2e-2;  // 12 steps of float32 with other summation orders
  for (const auto& [key, value] : cpu.curves) {
    if (key.find("loss") != std::string::npos) {
      EXPECT_NEAR(gpu.curves.at(key), value, kRounding * std::max(1.0, std::abs(value))) << key;
    }
  }
}

TEST_F(OnGpu, SameSeedGivesTheSameWeightsBeforeTraining) {
  const Folder folder;
  Journal journal(folder.path());
  const auto manifest = tiny(1);
  const auto contract = compose::check_contract(manifest, plugins());
  const auto on_cpu = compose::compose(contract, 1, torch::kCPU);
  const auto on_gpu = compose::compose(contract, 1, torch::Device(torch::kCUDA, 0));
  const auto expected = on_cpu->named_parameters();
  for (const auto& entry : on_gpu->named_parameters()) {
    EXPECT_TRUE(torch::equal(entry.value().cpu(), expected[entry.key()])) << entry.key();
  }
}

}  // namespace
}  // namespace triptych::train
