/// Trains the tiny model in FOLDER, going on from what was recorded there, and writes the digest of
/// the final model and optimiser to FOLDER/digest. For tests that kill it.
///
///   train_child FOLDER STEPS [WHERE]
///
/// WHERE: `before-record:STEP` dies after the checkpoint of STEP was written and before it is
/// recorded; `while-writing:STEP` dies while the file of STEP's checkpoint is being written.
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "fixture.h"

namespace {

namespace fs = std::filesystem;

void die() { ::kill(::getpid(), SIGKILL); }

/// Files of the folder that are neither complete checkpoints nor the journal's.
bool has_unfinished_file(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.find("step-") != std::string::npos && !name.ends_with(".safetensors")) return true;
  }
  return false;
}

}  // namespace

int main(int count, char** arguments) {
  using namespace triptych::train;
  if (count < 3) return 2;
  const fs::path folder = arguments[1];
  const std::string where = count > 3 ? arguments[3] : "";
  const auto colon = where.find(':');
  const std::int64_t at = colon == std::string::npos ? -1 : std::atoll(where.c_str() + colon + 1);
  const auto manifest = tiny(std::atoll(arguments[2]));
  Journal journal(folder);
  std::atomic<std::int64_t> step = 0;
  std::jthread watcher;
  if (where.starts_with("before-record")) {
    journal.on_checkpoint = [at](std::int64_t written) {
      if (written == at) die();
    };
  }
  if (where.starts_with("while-writing")) {
    watcher = std::jthread([&](const std::stop_token& token) {
      while (!token.stop_requested()) {
        if (step.load() >= at - 1 && has_unfinished_file(folder)) die();
      }
    });
  }
  RunPlan plan = plan_of(manifest, folder);
  const TrainOutcome outcome = run_training(plan, journal, [&] {
    ++step;
    return false;
  });
  if (outcome.status != RunStatus::kDone) {
    std::fprintf(stderr, "%s\n", outcome.reason.c_str());
    return 1;
  }
  triptych::core::write_atomically(folder / "digest", outcome.tensors_digest);
  return 0;
}
