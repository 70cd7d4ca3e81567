#include "source_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

namespace triptych::arch {

namespace fs = std::filesystem;

std::string without_comments(const std::string& code) {
  enum class In { kCode, kText, kLetter, kLine, kBlock };
  In in = In::kCode;
  std::string out;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    const char next = i + 1 < code.size() ? code[i + 1] : '\0';
    if (in == In::kCode && c == '/' && next == '/') in = In::kLine;
    if (in == In::kCode && c == '/' && next == '*') in = In::kBlock;
    if (in == In::kLine && c == '\n') in = In::kCode;
    if (in == In::kBlock) {
      if (c == '\n') out += c;
      if (c == '*' && next == '/') {
        in = In::kCode;
        ++i;
      }
      continue;
    }
    if (in == In::kLine) continue;
    out += c;
    if (in != In::kCode && c == '\\') {
      out += next;
      ++i;
    } else if (in == In::kCode) {
      in = c == '"' ? In::kText : c == '\'' ? In::kLetter : In::kCode;
    } else if ((in == In::kText && c == '"') || (in == In::kLetter && c == '\'')) {
      in = In::kCode;
    }
  }
  return out;
}

namespace {

std::vector<Include> includes_of(const std::string& code) {
  static const std::regex pattern(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<Include> found;
  std::istringstream lines(code);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::smatch match;
    if (std::regex_search(line, match, pattern)) found.push_back({match[1], number});
  }
  return found;
}

}  // namespace

std::vector<SourceFile> source_files(const std::string& folder) {
  const fs::path tree(TRIPTYCH_SOURCE_DIR);
  std::vector<SourceFile> files;
  for (const auto& entry : fs::recursive_directory_iterator(tree / folder)) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp" && extension != ".cu") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    SourceFile file{
        .path = fs::relative(entry.path(), tree), .code = without_comments(text), .includes = {}};
    file.includes = includes_of(file.code);
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

}  // namespace triptych::arch
