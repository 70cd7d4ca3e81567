#include "triptych/train/trainer.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <new>
#include <set>

#include "training_run.h"
#include "triptych/train/torch_compat.h"

namespace triptych::train {
namespace {

/// Hands LibTorch's warnings to the run, each text once, instead of writing them to stderr.
class WarningsAsEvents final : public c10::WarningHandler {
 public:
  explicit WarningsAsEvents(core::RunEvents& events) : events_(events) {}
  void process(const c10::Warning& warning) override {
    if (seen_.insert(warning.msg()).second) events_.warn("train.070", warning.msg());
  }

 private:
  core::RunEvents& events_;
  std::set<std::string> seen_;
};

/// One line of at most 600 characters.
std::string one_line(std::string text) {
  constexpr std::size_t kMost = 600;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() > kMost) text = text.substr(0, kMost - 3) + "...";
  return text;
}

void fail(TrainOutcome& outcome, const std::string& code, const std::string& reason) {
  outcome.status = RunStatus::kFailed;
  outcome.code = code;
  outcome.reason = one_line(reason);
}

void out_of_memory(TrainOutcome& outcome, std::string what) {
  if (what.ends_with('.')) what.pop_back();  // of an Error's own advice
  fail(outcome, "train.041",
       "out of memory at step " + std::to_string(outcome.steps + 1) + " [train.041]: " + what +
           ". Use a smaller recipe.batch, a smaller model, or another device.");
}

/// The CPU allocator has no exception type of its own.
bool is_out_of_memory(const std::string& text) {
  return text.find("DefaultCPUAllocator") != std::string::npos ||
         text.find("out of memory") != std::string::npos;
}

void run(const RunPlan& plan, core::RunEvents& events, const Stop& stop, TrainOutcome& outcome) {
  std::optional<TrainingRun> training;
  try {
    training.emplace(plan, events, stop);
    const bool is_complete = training->train();
    outcome.steps = training->step();
    if (!is_complete) {
      outcome.status = RunStatus::kInterrupted;
      outcome.reason = "stopped after step " + std::to_string(outcome.steps);
      return;
    }
    training->finish(outcome);
    outcome.status = RunStatus::kDone;
  } catch (...) {
    if (training) outcome.steps = training->step();
    throw;
  }
}

}  // namespace

std::string status_name(RunStatus status) {
  if (status == RunStatus::kDone) return "done";
  return status == RunStatus::kFailed ? "failed" : "interrupted";
}

TrainOutcome run_training(const RunPlan& plan, core::RunEvents& events, const Stop& stop) {
  TrainOutcome outcome;
  WarningsAsEvents warnings(events);
  const c10::WarningUtils::WarningHandlerGuard guard(&warnings);
  try {
    run(plan, events, stop, outcome);
  } catch (const Error& error) {
    if (error.problem().code.starts_with("store.")) throw;
    if (is_out_of_memory(error.what())) {  // a part's border made an Error of it
      out_of_memory(outcome, error.what());
    } else {
      fail(outcome, error.problem().code, error.what());
    }
  } catch (const c10::OutOfMemoryError& error) {
    out_of_memory(outcome, error.what_without_backtrace());
  } catch (const c10::Error& error) {
    if (is_out_of_memory(error.what_without_backtrace())) {
      out_of_memory(outcome, error.what_without_backtrace());
    } else {
      fail(outcome, "train.043",
           std::string("LibTorch failed [train.043]: ") + error.what_without_backtrace());
    }
  } catch (const std::bad_alloc&) {
    out_of_memory(outcome, "the machine has no memory left");
  } catch (const std::exception& error) {
    fail(outcome, "train.043", std::string("unexpected failure [train.043]: ") + error.what());
  } catch (...) {
    fail(outcome, "train.043",
         "unexpected failure [train.043]: a part threw something that is not a std::exception");
  }
  return outcome;
}

}  // namespace triptych::train
