#pragma once

#include <c10/util/Exception.h>

#include <string>
#include <utility>

#include <triptych/error.h>
#include <triptych/host/border.h>

namespace triptych::train {

/// Runs code of the task `name` or of the balancer: whatever it throws leaves as Error train.042
/// that names it, except for Errors (they get the name in front) and out of memory.
template <class Call>
auto named(const std::string& who, Call&& call) -> decltype(call()) {
  const auto failed = [&who](const std::string& text) {
    return Error("train.042", who, text, "The fault is in the plugin, or in what it was given.");
  };
  try {
    return std::forward<Call>(call)();
  } catch (const Error& error) {
    throw error.within(who);
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const c10::Error& error) {
    throw failed(error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw failed(error.what());
  } catch (...) {
    throw failed(host::kNoStdException);
  }
}

}  // namespace triptych::train
