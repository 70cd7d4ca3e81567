#include "triptych/train/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <system_error>

#include <triptych/error.h>

#include "triptych/train/digest.h"
#include "triptych/train/safetensors.h"

namespace triptych::train {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "triptych checkpoint 1";

std::string file_name(std::int64_t step) {
  char name[48];
  std::snprintf(name, sizeof name, "step-%06lld.safetensors", static_cast<long long>(step));
  return name;
}

/// The step of a file name, or nothing for other files.
std::optional<std::int64_t> step_of(const fs::path& path) {
  const std::string name = path.filename().string();
  std::int64_t step = 0;
  if (!name.starts_with("step-")) return {};
  const auto [end, error] = std::from_chars(name.data() + 5, name.data() + name.size(), step);
  if (error != std::errc() ||
      name.substr(static_cast<std::size_t>(end - name.data())) != ".safetensors") {
    return {};
  }
  return step;
}

/// Checkpoints of a folder, newest first.
std::vector<std::pair<std::int64_t, fs::path>> generations(const fs::path& folder) {
  std::vector<std::pair<std::int64_t, fs::path>> found;
  std::error_code ignored;  // a folder that is not there holds no checkpoints
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (const auto step = step_of(entry.path())) found.emplace_back(*step, entry.path());
  }
  std::sort(found.rbegin(), found.rend());
  return found;
}

/// Files that a process left behind when it died while it was writing.
void remove_unfinished(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> unfinished;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("step-") && name.find(".safetensors.tmp-") != std::string::npos) {
      unfinished.push_back(entry.path());
    }
  }
  for (const fs::path& path : unfinished) fs::remove(path, ignored);
}

[[noreturn]] void damaged(const fs::path& path, const std::string& what) {
  throw Error("train.030", path.string(), what, "It is left aside; the one before it is used.");
}

Checkpoint read_checkpoint(const fs::path& path, std::int64_t step) {
  TensorFile file = read_safetensors(path);
  auto& facts = file.metadata;
  if (facts["format"] != kFormat) damaged(path, "is no checkpoint of this version");
  if (facts["step"] != std::to_string(step)) damaged(path, "holds another step than its name says");
  // Copies: the file may be removed while the run goes on, and bytes must not change after the
  // check.
  for (auto& [name, tensor] : file.tensors) tensor = tensor.clone();
  if (facts["digest"] != tensors_digest(file.tensors)) damaged(path, "has changed bytes");
  return {.step = step, .tensors = std::move(file.tensors), .facts = std::move(facts)};
}

}  // namespace

fs::path write_checkpoint(const fs::path& folder, const Checkpoint& checkpoint) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw Error("core.002", folder.string(), "cannot be made: " + failed.message());
  remove_unfinished(folder);
  auto facts = checkpoint.facts;
  facts["format"] = kFormat;
  facts["step"] = std::to_string(checkpoint.step);
  facts["digest"] = tensors_digest(checkpoint.tensors);
  const fs::path path = folder / file_name(checkpoint.step);
  write_safetensors(path, checkpoint.tensors, facts);
  const auto files = generations(folder);
  for (std::size_t i = kGenerations; i < files.size(); ++i) fs::remove(files[i].second, failed);
  return path;
}

std::optional<FoundCheckpoint> newest_checkpoint(const fs::path& folder,
                                                 std::optional<std::int64_t> last_step) {
  std::vector<std::string> problems;
  for (const auto& [step, path] : generations(folder)) {
    if (last_step && step > *last_step) continue;
    try {
      return FoundCheckpoint{read_checkpoint(path, step), path, std::move(problems)};
    } catch (const Error& error) {
      problems.emplace_back(error.what());
    }
  }
  return {};
}

void remove_checkpoints(const fs::path& folder) {
  std::error_code ignored;  // what cannot be removed only costs space
  for (const auto& [step, path] : generations(folder)) fs::remove(path, ignored);
}

std::map<std::string, at::Tensor> under(const std::map<std::string, at::Tensor>& tensors,
                                        const std::string& prefix) {
  std::map<std::string, at::Tensor> found;
  for (auto it = tensors.lower_bound(prefix); it != tensors.end(); ++it) {
    if (!it->first.starts_with(prefix)) break;
    found.emplace(it->first.substr(prefix.size()), it->second);
  }
  return found;
}

}  // namespace triptych::train
