#include "output.h"

#include <algorithm>
#include <iostream>

namespace triptych::cli {

void print_json(const nlohmann::ordered_json& document) {
  std::cout << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
            << "\n";
}

nlohmann::ordered_json problem_json(const Problem& problem) {
  return {{"file", problem.file},         {"line", problem.line},
          {"column", problem.column},     {"pointer", problem.pointer},
          {"code", problem.code},         {"message", problem.message},
          {"expected", problem.expected}, {"suggestion", problem.suggestion}};
}

namespace {

// Characters, not bytes: UTF-8 continuation bytes take no room.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string line_text(const std::vector<std::string>& cells,
                      const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    if (i + 1 < cells.size()) line += std::string(widths[i] - width(cells[i]) + 2, ' ');
  }
  return line + "\n";
}

}  // namespace

std::string table_text(const std::vector<std::string>& header,
                       const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& cell : header) widths.push_back(width(cell));
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string text = line_text(header, widths);
  for (const auto& row : rows) text += line_text(row, widths);
  return text;
}

}  // namespace triptych::cli
