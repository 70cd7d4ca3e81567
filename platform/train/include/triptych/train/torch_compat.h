#pragma once

#include <ATen/core/Generator.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <map>
#include <string>

/// The one home of calls that differ between versions of LibTorch (2.11 to 2.13) and between CPU
/// and CUDA wheels.

namespace triptych::train {

/// Sets the process-wide switches under which equal manifests give equal bits: deterministic
/// kernels (a kernel that has none warns), float32 without TF32, no trial runs in cuDNN, no cuDNN
/// attention (wrong values with masks were seen on H100). Call before the first CUDA call.
void set_numeric_flags();

/// The same switches as texts, for the environment rows and checkpoints.
[[nodiscard]] std::map<std::string, std::string> numeric_flags();

/// Threads of the tensor library in this thread's calls; `threads` 0: the number of cores that this
/// process may use. Gives the number that is set.
std::int64_t set_threads(std::int64_t threads);

/// "auto", "cpu", "cuda" or "cuda:1" to a device. Throws Error train.050 when it is not there.
[[nodiscard]] c10::Device choose_device(const std::string& name);

/// "cpu", "cuda:0 NVIDIA H200": for the run's row.
[[nodiscard]] std::string device_text(const c10::Device& device);

/// A generator of its own on `device`, seeded.
[[nodiscard]] at::Generator make_generator(const c10::Device& device, std::uint64_t seed);

/// Torch's default generator of `device`; parts should not use it, but a foreign module may.
[[nodiscard]] at::Generator default_generator(const c10::Device& device);

/// Waits until the device has done everything it was given; nothing on the CPU.
void synchronize(const c10::Device& device);

/// Version of the library that runs, e.g. "2.13.0".
[[nodiscard]] std::string torch_version();

}  // namespace triptych::train
