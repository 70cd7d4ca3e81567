#pragma once

// What both kinds of `evaluate` share at the command line: parsing, and writing the result.
#include <CLI/CLI.hpp>
#include <string>

namespace triptych::cli {

/// Parses the words behind `argv[0]`. Returns false when help was asked for, which is then written.
/// Throws triptych::Error usage.000 for words that cannot be parsed, with the nearest option.
[[nodiscard]] bool parsed(CLI::App& app, int argc, char** argv);

/// Writes to standard output. Throws triptych::Error evaluate.012 when that fails: a full disk.
void write_result(const std::string& text);

}  // namespace triptych::cli
