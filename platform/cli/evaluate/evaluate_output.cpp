#include "evaluate_output.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "triptych/error.h"

namespace triptych::cli {

using metrics::Value;

Document json_of(const Value& value) { return value ? Document(*value) : Document(nullptr); }

Document json_of(const std::vector<Value>& values) {
  auto list = Document::array();
  for (const auto& value : values) list.push_back(json_of(value));
  return list;
}

namespace {

std::string formatted(const char* format, const Value& value) {
  if (!value) return "-";
  char text[64];
  std::snprintf(text, sizeof(text), format, *value);
  return text;
}

std::string shortest(double value) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  return {text, end};
}

// A CSV field; quoted where it must be.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

}  // namespace

std::string percent(const Value& value) {
  return formatted("%.2f", value ? Value(100 * *value) : value);
}
std::string number(const Value& value) { return formatted("%.6g", value); }

std::string Table::text() const {
  // UTF-8 continuation bytes take no room.
  const auto width = [](const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
  };
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - width(row[i]), ' ');
      line += (i == 0 ? "" : "  ") + (i == 0 ? row[i] + padding : padding + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string line_of(const Document& document) {
  return document.dump(-1, ' ', false, Document::error_handler_t::replace) + "\n";
}

void note(const std::string& line) { std::cerr << line << '\n'; }

void check_per_image(const std::string& file) {
  if (file.empty()) return;
  const std::filesystem::path path(file);
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::error_code ignored;
  const bool is_there = std::filesystem::exists(path, ignored);
  const bool is_folder = std::filesystem::is_directory(path, ignored);
  if (!is_folder && access((is_there ? path : folder).c_str(), W_OK) == 0) return;
  throw Error("evaluate.003", file, is_folder ? "is a folder" : "cannot be written",
              "Name a file in a folder that is there and may be written.");
}

void write_per_image(const std::string& file, const std::vector<std::string>& images,
                     const std::vector<metrics::Statistics>& statistics) {
  std::ofstream out(file, std::ios::binary);
  out << "image,statistic,value\n";
  for (std::size_t i = 0; i < images.size(); ++i) {
    for (const auto& [name, value] : statistics[i]) {
      out << field(images[i]) << ',' << field(name) << ',' << shortest(value) << '\n';
    }
  }
  out.close();
  if (!out) {
    throw Error("evaluate.012", file, "the statistics cannot be written",
                "Check that the disk has room.");
  }
}

}  // namespace triptych::cli
