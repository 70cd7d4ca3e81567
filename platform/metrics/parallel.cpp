#include "triptych/metrics/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace triptych::metrics {

int thread_count(int threads) {
  if (threads > 0) return threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

namespace {

// The failure with the smallest index. Indices are handed out in ascending order, so every index
// below it has been run when the threads end.
struct Failure {
  std::mutex mutex;
  std::atomic<std::int64_t> index;
  std::exception_ptr error;

  void record(std::int64_t at, std::exception_ptr what) {
    const std::scoped_lock lock(mutex);
    if (at >= index) return;
    index = at;
    error = std::move(what);
  }
};

}  // namespace

void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work) {
  const auto workers = std::min<std::int64_t>(thread_count(threads), count);
  std::atomic<std::int64_t> next{0};
  Failure failure{.index = count};
  const auto run = [&] {
    for (auto index = next++; index < count && index < failure.index; index = next++) {
      try {
        work(index);
      } catch (...) {  // carried to the calling thread
        failure.record(index, std::current_exception());
      }
    }
  };
  {
    std::vector<std::jthread> pool;
    for (std::int64_t i = 1; i < workers; ++i) pool.emplace_back(run);
    run();
  }
  if (failure.error) std::rethrow_exception(failure.error);
}

}  // namespace triptych::metrics
