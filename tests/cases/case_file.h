#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

/// Text cases: files NAME.case in sections that begin with a line "--- TITLE". What stands before
/// the first one is the claim.
namespace triptych::cases {

struct Section {
  std::string title;  ///< "claim" for the first
  std::string body;   ///< whole lines
};

inline std::vector<Section> read_sections(const std::filesystem::path& path) {
  std::ifstream stream(path);
  std::vector<Section> sections = {{"claim", ""}};
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("--- "))
      sections.push_back({line.substr(4), ""});
    else
      sections.back().body += line + "\n";
  }
  return sections;
}

/// The file that `read_sections` gives these sections of.
inline std::string text_of(const std::vector<Section>& sections) {
  std::string text;
  for (const auto& [title, body] : sections) {
    text += (title == "claim" ? "" : "--- " + title + "\n") + body;
  }
  return text;
}

inline std::vector<std::string> lines_of(const std::string& body) {
  std::vector<std::string> lines;
  std::istringstream stream(body);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// Names of the cases of a folder, sorted, without the extension.
inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".case") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// `text` with every `from` replaced by `to`.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace triptych::cases
