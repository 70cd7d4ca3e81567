#pragma once

#include <c10/util/Exception.h>

#include <string>
#include <utility>

#include "triptych/compose/contract.h"

namespace triptych::compose {

/// "encoder 'swin' (part encoder.depth): <what>": a problem of one part with its pointer.
[[nodiscard]] Problem problem_of(const PartPlan& plan, std::string code, std::string message,
                                 std::string expected, std::string suggestion);

/// `error` with the part's pointer where a problem has none yet.
[[nodiscard]] Error with_pointer(const Error& error, const PartPlan& plan);

/// Calls a plugin's function for a part. What it throws leaves as Error: the plugin's own with the
/// pointer added, anything else as `code` ("<part>: <doing>: <text>"). Out-of-memory errors pass,
/// since training treats them apart.
template <class Call>
auto guarded(const PartPlan& plan, const char* code, const char* doing, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const Error& error) {
    throw with_pointer(error, plan);
  } catch (const c10::Error& error) {
    throw Error(problem_of(plan, code, std::string(doing) + ": " + error.what_without_backtrace(),
                           "",
                           "This is a fault of the plugin or of the params that it was given."));
  } catch (const std::exception& error) {
    throw Error(problem_of(plan, code, std::string(doing) + ": " + error.what(), "",
                           "This is a fault of the plugin or of the params that it was given."));
  }
}

}  // namespace triptych::compose
