#include "source_hash.h"

#include <openssl/evp.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <utility>

namespace fs = std::filesystem;

namespace triptych::source_hash {

namespace {

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

// Position after the string or character literal that starts at `i`; raw strings included.
std::size_t end_of_literal(const std::string& text, std::size_t i) {
  const bool is_raw = text[i] == '"' && i > 0 && text[i - 1] == 'R';
  if (is_raw) {
    const auto open = text.find('(', i);
    if (open == std::string::npos) return text.size();
    const std::string close = ")" + text.substr(i + 1, open - i - 1) + "\"";
    const auto end = text.find(close, open);
    return end == std::string::npos ? text.size() : end + close.size();
  }
  const char quote = text[i];
  for (++i; i < text.size() && text[i] != quote && text[i] != '\n'; ++i) {
    if (text[i] == '\\') ++i;
  }
  return std::min(i + 1, text.size());
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The name inside #include <...> or "..." of a stripped line, or "".
std::string included_name(const std::string& line) {
  const auto hash = line.find_first_not_of(' ');
  if (hash == std::string::npos || line[hash] != '#') return "";
  const auto word = line.find_first_not_of(' ', hash + 1);
  if (word == std::string::npos || line.compare(word, 7, "include") != 0) return "";
  const auto open = line.find_first_of("<\"", word);
  if (open == std::string::npos) return "";
  const auto close = line.find_first_of(">\"", open + 1);
  return close == std::string::npos ? "" : line.substr(open + 1, close - open - 1);
}

}  // namespace

std::string stripped(const std::string& text) {
  std::string out;
  const auto put_space = [&out](char c) {
    if (!out.empty() && out.back() != ' ' && out.back() != '\n') out += c;
    else if (!out.empty() && c == '\n' && out.back() == ' ') out.back() = '\n';
  };
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const bool is_digit_separator = c == '\'' && i > 0 && is_word(text[i - 1]);
    if (text.compare(i, 2, "//") == 0) {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.compare(i, 2, "/*") == 0) {
      const auto end = text.find("*/", i + 2);
      i = end == std::string::npos ? text.size() : end + 2;
      put_space(' ');
    } else if ((c == '"' || c == '\'') && !is_digit_separator) {
      const auto end = end_of_literal(text, i);
      out.append(text, i, end - i);
      i = end;
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      put_space(c == '\n' ? '\n' : ' ');
      ++i;
    } else {
      out += c;
      ++i;
    }
  }
  return out;
}

void Closure::add(const fs::path& file, const std::string& name) {
  if (!files_.emplace(name, Entry{}).second) return;
  const auto text = stripped(read(file));
  files_[name] = {fs::absolute(file).lexically_normal(), text};
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto end = std::min(text.find('\n', begin), text.size());
    follow(file, included_name(text.substr(begin, end - begin)));
    begin = end + 1;
  }
}

void Closure::follow(const fs::path& from, const std::string& name) {
  if (name.empty() || name == "triptych/slot_hashes.h") return;
  const auto beside = from.parent_path() / name;
  if (fs::exists(beside)) {
    add(beside, name);
    return;
  }
  for (const auto& root : include_roots_) {
    if (!fs::exists(root / name)) continue;
    add(root / name, name);
    add_implementation(name);
    return;
  }
}

void Closure::add_implementation(const std::string& name) {
  const fs::path header(name);
  if (header.parent_path() != "triptych/layers" || layers_.empty()) return;
  const auto source = layers_ / (header.stem().string() + ".cpp");
  if (fs::exists(source)) add(source, "layers/" + source.filename().string());
}

std::string Closure::sha256() const {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  for (const auto& [name, entry] : files_) {
    for (const std::string* part : {&name, &entry.text}) {
      EVP_DigestUpdate(context.get(), part->data(), part->size());
      EVP_DigestUpdate(context.get(), "\0", 1);
    }
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_DigestFinal_ex(context.get(), digest, &length);
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

std::vector<fs::path> Closure::paths() const {
  std::vector<fs::path> paths;
  for (const auto& [name, entry] : files_) paths.push_back(entry.path);
  return paths;
}

}  // namespace triptych::source_hash
