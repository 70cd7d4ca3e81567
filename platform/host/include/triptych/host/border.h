#pragma once

#include <c10/util/Exception.h>

#include <exception>
#include <string>
#include <utility>

#include "triptych/error.h"

namespace triptych::host {

/// What is said of an exception without a text.
inline constexpr const char* kNoStdException = "it threw something that is not a std::exception";

/// Runs `call`, code of a plugin, and turns whatever it throws into triptych::Error: an Error keeps
/// its problems, anything else becomes host.040 with the exception's text (of torch's own errors
/// without the stack). `doing` stands in front: "while building fusion 'gated' (/x/gated.so)".
template <class Call>
auto at_border(const std::string& doing, Call&& call) -> decltype(call()) {
  const auto failure = [&doing](const std::string& text) {
    return Error("host.040", doing, text,
                 "The fault is in the plugin or in the values that the manifest gives it.");
  };
  try {
    return std::forward<Call>(call)();
  } catch (const Error& error) {
    throw error.within(doing);
  } catch (const c10::Error& error) {
    throw failure(error.what_without_backtrace());
  } catch (const std::exception& error) {
    throw failure(error.what());
  } catch (...) {
    throw failure(kNoStdException);
  }
}

}  // namespace triptych::host
