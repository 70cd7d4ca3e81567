#pragma once

namespace triptych::cli {

/// The worked examples below `evaluate --help`. Each line that starts with "  triptych evaluate" is
/// run by a test, in a folder of generated fixtures.
extern const char* const kEvaluateExamples;
/// Those of the form that reads a stored run, below both helps; run by the same test.
extern const char* const kRunExamples;

}  // namespace triptych::cli
