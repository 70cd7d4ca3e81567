// A stand-in for training: claims points of a study until none is left and writes rows for each.
//   store_writer DB STUDY LOG STEPS PAUSE_US [stop_at STEP]
// After each commit it appends "RUN_ID LAST_COMMITTED_STEP" to LOG, so that a test that kills it
// knows what must be there. With `stop_at` it waits at that step to be killed.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <triptych/error.h>
#include <triptych/store/store.h>

namespace {

constexpr std::int64_t kFlushEvery = 5;
constexpr std::int64_t kCheckpointEvery = 20;

void train(triptych::store::RunWriter& writer, std::int64_t from, std::int64_t steps, int log,
           int pause_us, std::int64_t stop_at) {
  for (std::int64_t step = from + 1; step <= steps; ++step) {
    for (const char* task : {"semseg", "depth"}) {
      writer.curve({.step = step,
                    .task = task,
                    .metric = "loss",
                    .split = "train",
                    .value = 1.0 / static_cast<double>(step)});
    }
    const bool is_checkpoint = step % kCheckpointEvery == 0;
    if (is_checkpoint) writer.checkpointed(step, "checkpoint-" + std::to_string(step));
    if (is_checkpoint || step % kFlushEvery == 0) {
      writer.flush();
      const std::string line = writer.run_id() + " " + std::to_string(step) + "\n";
      if (write(log, line.data(), line.size()) < 0) std::exit(1);
    }
    if (step == stop_at) pause();
    if (pause_us > 0) usleep(static_cast<useconds_t>(pause_us));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) return 2;
  const std::int64_t steps = std::atoll(argv[4]);
  const int pause_us = std::atoi(argv[5]);
  const std::int64_t stop_at = argc > 7 ? std::atoll(argv[7]) : -1;
  const int log = open(argv[3], O_WRONLY | O_CREAT | O_APPEND, 0600);
  try {
    auto store = triptych::store::Store::open(argv[1], triptych::store::Mode::read_write);
    while (const auto claim = store.claim_next(
               argv[2], {.only = {}, .device = "cpu", .retry_failed_before = ""})) {
      const auto writer = store.writer(*claim);
      train(*writer, claim->checkpoint ? claim->checkpoint->step : 0, steps, log, pause_us,
            stop_at);
      writer->finish("done", "", steps);
    }
  } catch (const triptych::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
