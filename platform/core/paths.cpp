#include "triptych/core/paths.h"

#include <unistd.h>

#include <cstdlib>

namespace triptych::core {
namespace fs = std::filesystem;

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

fs::path executable_dir() {
  std::error_code error;
  const auto self = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::current_path() : self.parent_path();
}

namespace {

std::optional<fs::path> checkout_above(fs::path folder) {
  for (;; folder = folder.parent_path()) {
    std::error_code error;
    if (fs::exists(folder / "dev", error) && fs::is_directory(folder / "platform" / "sdk", error)) {
      return folder;
    }
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

fs::path base_dir(const char* variable, const char* below_home) {
  const auto value = environment_variable(variable);
  if (value && fs::path(*value).is_absolute()) return fs::path(*value) / "triptych";
  return fs::path(environment_variable("HOME").value_or("/")) / below_home / "triptych";
}

}  // namespace

std::optional<fs::path> checkout_root() {
  if (auto root = checkout_above(executable_dir())) return root;
  std::error_code error;
  const auto working = fs::current_path(error);
  return error ? std::nullopt : checkout_above(working);
}

fs::path data_dir() { return base_dir("XDG_DATA_HOME", ".local/share"); }
fs::path config_dir() { return base_dir("XDG_CONFIG_HOME", ".config"); }
fs::path cache_dir() { return base_dir("XDG_CACHE_HOME", ".cache"); }
fs::path state_dir() { return base_dir("XDG_STATE_HOME", ".local/state"); }

fs::path default_database(const std::string& option) {
  if (!option.empty()) return option;
  if (const auto variable = environment_variable("TRIPTYCH_DB")) return *variable;
  if (const auto root = checkout_root()) return *root / "results" / "results.db";
  return data_dir() / "results.db";
}

}  // namespace triptych::core
