#pragma once

#include <c10/util/Exception.h>

#include <string>
#include <utility>

#include "triptych/compose/contract.h"
#include "triptych/host/border.h"

namespace triptych::compose {

/// "encoder 'swin' (part encoder.depth): <what>": a problem of one part with its pointer.
[[nodiscard]] Problem problem_of(const PartPlan& plan, std::string code, std::string message,
                                 std::string expected, std::string suggestion);

/// `error` with the part's pointer where a problem has none yet.
[[nodiscard]] Error with_pointer(const Error& error, const PartPlan& plan);

/// Calls code of plugins. Errors and out-of-memory errors pass, since training treats the latter
/// apart; anything else leaves as Error of `fail(text)`, a Problem.
template <class Fail, class Call>
auto translated(const Fail& fail, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const c10::Error& error) {
    throw Error(fail(error.what_without_backtrace()));
  } catch (const std::exception& error) {
    throw Error(fail(error.what()));
  } catch (...) {
    throw Error(fail(host::kNoStdException));
  }
}

/// Calls a plugin's function for a part. What it throws leaves as Error: the plugin's own with the
/// pointer added, anything else as `code` ("<part>: <doing>: <text>").
template <class Call>
auto guarded(const PartPlan& plan, const char* code, const char* doing, Call&& call) {
  const auto fail = [&](const std::string& text) {
    return problem_of(plan, code, std::string(doing) + ": " + text, "",
                      "This is a fault of the plugin or of the params that it was given.");
  };
  try {
    return translated(fail, std::forward<Call>(call));
  } catch (const Error& error) {
    throw with_pointer(error, plan);
  }
}

}  // namespace triptych::compose
