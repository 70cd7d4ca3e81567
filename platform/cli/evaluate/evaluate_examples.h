#pragma once

namespace triptych::cli {

/// The worked examples below `evaluate --help`. Each line that starts with "  triptych evaluate" is
/// run by a test, in a folder of generated fixtures.
extern const char* const kEvaluateExamples;

}  // namespace triptych::cli
