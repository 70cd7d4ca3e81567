#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace triptych::core {

/// What a number depends on and what can be known without LibTorch. Keys: `host`, `cpu_model`,
/// `cpu_cores` (usable by this process), `memory_mib`, `os`, `kernel`, `compiler`, `build_type`,
/// `version` (of Triptych), and, where `git` and a checkout are there, `git_commit`, `git_dirty`
/// ("true" | "false"). A key that cannot be found out is left out. Callers add their own (torch,
/// CUDA, driver).
[[nodiscard]] std::map<std::string, std::string> environment();

/// Standard output of a program run without a shell; nothing when it cannot be started or fails.
/// Its standard error is thrown away.
[[nodiscard]] std::optional<std::string> command_output(const std::vector<std::string>& command);

/// Version of Triptych, e.g. "0.1.0".
[[nodiscard]] std::string version();

}  // namespace triptych::core
