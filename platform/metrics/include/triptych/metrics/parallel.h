#pragma once

#include <cstdint>
#include <functional>

namespace triptych::metrics {

/// Number of threads for `threads` as a user writes it: 0 = one per core.
[[nodiscard]] int thread_count(int threads);

/// Calls `work(index)` for each index in [0, count), on `threads` threads (0 = one per core), in no
/// particular order. When calls throw, the exception of the smallest index is rethrown after all
/// threads have stopped, so that an error message does not depend on the number of threads either;
/// indices above a failed one may be left out. `work` must write only to what belongs to its index.
void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work);

}  // namespace triptych::metrics
