#pragma once

// `triptych evaluate RUN`: the statistics of a stored run, finished again under other variants.
#include <string>

namespace triptych::cli {

/// Whether a word can name a run: @latest, @best:METRIC, or hexadecimal digits and '-'.
[[nodiscard]] bool can_be_run(const std::string& word);

/// Parses and runs; `argv[0]` is the verb. Returns 0; throws triptych::Error for everything that
/// the user has to mend.
[[nodiscard]] int evaluate_run(int argc, char** argv);

}  // namespace triptych::cli
