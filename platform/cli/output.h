#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "triptych/error.h"

namespace triptych::cli {

/// One JSON document on stdout, pretty, valid UTF-8 (broken bytes are replaced).
void print_json(const nlohmann::ordered_json& document);

/// The fields of the one error form.
[[nodiscard]] nlohmann::ordered_json problem_json(const Problem& problem);

/// Rows under a header, columns aligned to their widest cell.
[[nodiscard]] std::string table_text(const std::vector<std::string>& header,
                                     const std::vector<std::vector<std::string>>& rows);

}  // namespace triptych::cli
