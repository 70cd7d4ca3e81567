/// Trains the tiny model in FOLDER, going on from what was recorded there, and writes the digest of
/// the final model and optimiser to FOLDER/digest. For tests that kill it.
///
///   train_child FOLDER STEPS [WHERE]
///
/// WHERE: `before-record:STEP` dies after the checkpoint of STEP was written and before it is
/// recorded; `while-writing:STEP` dies while the file of STEP's checkpoint is being written.
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "fixture.h"

namespace {

namespace fs = std::filesystem;

void die() { ::kill(::getpid(), SIGKILL); }

/// From now on a file that grows past `bytes` ends this process as `kill -9` would: in the middle
/// of being written, whatever the machine is doing.
void die_when_a_file_exceeds(rlim_t bytes) {
  std::signal(SIGXFSZ, [](int) { die(); });
  const rlimit limit{bytes, RLIM_INFINITY};
  setrlimit(RLIMIT_FSIZE, &limit);
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
  std::int64_t step = 0;
  if (where.starts_with("before-record")) {
    journal.on_checkpoint = [at](std::int64_t written) {
      if (written == at) die();
    };
  }
  RunPlan plan = plan_of(manifest, folder);
  const TrainOutcome outcome = run_training(plan, journal, [&] {
    constexpr rlim_t kPartOfACheckpoint = 4096;
    ++step;
    const bool is_due = where.starts_with("while-writing") && step == at - 1;
    if (is_due) die_when_a_file_exceeds(kPartOfACheckpoint);
    return false;
  });
  if (outcome.status != RunStatus::kDone) {
    std::fprintf(stderr, "%s\n", outcome.reason.c_str());
    return 1;
  }
  triptych::core::write_atomically(folder / "digest", outcome.tensors_digest);
  return 0;
}
