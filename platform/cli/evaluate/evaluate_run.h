#pragma once

// `triptych evaluate RUN`: the statistics of a stored run, finished again under other variants.
#include <string>

namespace triptych::cli {

/// Whether a word can name a run: @latest, @best:METRIC, or hexadecimal digits and '-'.
[[nodiscard]] bool can_be_run(const std::string& word);

/// Parses and runs; `argv[0]` is the verb. Returns the exit code of a usage or input error that the
/// parser has told, else 0; throws triptych::Error for other input errors.
[[nodiscard]] int evaluate_run(int argc, char** argv);

}  // namespace triptych::cli
