#include "text_table.h"

#include <algorithm>

namespace triptych::report {
namespace {

// Continuation bytes of UTF-8 do not count.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char character) {
    return (static_cast<unsigned char>(character) & 0xc0) != 0x80;
  }));
}

}  // namespace

std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char character) {
        return static_cast<unsigned char>(character) < 0x20 || character == 0x7f;
      },
      ' ');
  return text;
}

std::string text_table(std::vector<std::vector<std::string>> rows) {
  if (rows.empty()) return "";
  std::vector<std::size_t> widths(rows.front().size());
  for (auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = on_one_line(row[i]);
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  }
  std::string out;
  for (std::size_t index = 0; index < rows.size(); ++index) {
    std::string line;
    for (std::size_t i = 0; i < rows[index].size(); ++i) {
      line += rows[index][i] + std::string(widths[i] - width_of(rows[index][i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
    if (index == 0) out += std::string(width_of(line), '-') + "\n";
  }
  return out;
}

}  // namespace triptych::report
