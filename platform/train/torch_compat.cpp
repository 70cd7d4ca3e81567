#include "triptych/train/torch_compat.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <sched.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <cstdlib>

#include <triptych/core/environment.h>
#include <triptych/error.h>

namespace triptych::train {
namespace {

std::int64_t usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

std::string text(bool flag) { return flag ? "true" : "false"; }

[[noreturn]] void no_device(const std::string& name, const std::string& why) {
  throw Error("train.050", "device '" + name + "'", why, "Use --device cpu or --device auto.");
}

}  // namespace

void set_numeric_flags() {
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8",
           /*overwrite=*/0);  // cuBLAS is deterministic with it
  at::Context& context = at::globalContext();
  context.setDeterministicAlgorithms(true, /*warn_only=*/true);
  context.setDeterministicFillUninitializedMemory(false);  // only finds bugs, costs time
  context.setBenchmarkCuDNN(false);
  context.setDeterministicCuDNN(true);
  // The old pair of TF32 switches exists in every version; the newer ones changed their types.
  context.setAllowTF32CuBLAS(false);
  context.setAllowTF32CuDNN(false);
  context.setSDPUseCuDNN(false);
}

std::map<std::string, std::string> numeric_flags() {
  const at::Context& context = at::globalContext();
  return {{"torch_version", torch_version()},
          {"deterministic", text(context.deterministicAlgorithms())},
          {"cudnn_benchmark", text(context.benchmarkCuDNN())},
          {"cudnn_attention", text(context.userEnabledCuDNNSDP())},
          {"torch_threads", std::to_string(at::get_num_threads())},
          {"cpu_capability", at::get_cpu_capability()}};
}

std::int64_t set_threads(std::int64_t threads) {
  if (threads <= 0) threads = usable_cores();
  if (at::get_num_threads() != threads) at::set_num_threads(static_cast<int>(threads));
  return threads;
}

c10::Device choose_device(const std::string& name) {
  const bool has_cuda = torch::cuda::is_available();
  if (name == "cpu" || (name == "auto" && !has_cuda)) return c10::Device(c10::kCPU);
  if (name == "auto") return c10::Device(c10::kCUDA, 0);
  if (name != "cuda" && !name.starts_with("cuda:")) no_device(name, "is not auto, cpu or cuda");
  if (!has_cuda) {
    no_device(name, at::hasCUDA() ? "no CUDA device can be used on this machine"
                                  : "this LibTorch was built without CUDA");
  }
  const std::string digits = name == "cuda" ? "0" : name.substr(5);
  if (digits.empty() || digits.size() > 3 ||
      digits.find_first_not_of("0123456789") != std::string::npos ||
      std::stoi(digits) >= torch::cuda::device_count()) {
    no_device(name, "there are " + std::to_string(torch::cuda::device_count()) + " CUDA devices");
  }
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(std::stoi(digits)));
}

std::string device_text(const c10::Device& device) {
  if (device.is_cpu()) return "cpu";
  const auto name = core::command_output({"nvidia-smi", "--query-gpu=name", "--format=csv,noheader",
                                          "--id=" + std::to_string(device.index())});
  std::string text = device.str();
  if (name) text += " " + name->substr(0, name->find('\n'));
  return text;
}

at::Generator make_generator(const c10::Device& device, std::uint64_t seed) {
  at::Generator generator = device.is_cpu()
                                ? at::detail::createCPUGenerator(seed)
                                : at::detail::getCUDAHooks().getNewGenerator(device.index());
  generator.set_current_seed(seed);
  return generator;
}

at::Generator default_generator(const c10::Device& device) {
  return at::globalContext().defaultGenerator(device);
}

void synchronize(const c10::Device& device) {
  if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

std::string torch_version() {
  return std::to_string(TORCH_VERSION_MAJOR) + "." + std::to_string(TORCH_VERSION_MINOR) + "." +
         std::to_string(TORCH_VERSION_PATCH);
}

}  // namespace triptych::train
