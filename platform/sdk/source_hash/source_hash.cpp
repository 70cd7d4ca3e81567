#include "source_hash.h"

#include <openssl/evp.h>

#include <algorithm>
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

void Closure::add(const fs::path& file, const std::string& name) {
  const auto path = fs::absolute(file).lexically_normal();
  for (const auto& [known, entry] : files_) {
    if (entry.path == path) return;
  }
  auto key = name;  // two sources of one name in different folders are two files
  for (int number = 2; files_.contains(key); ++number) key = name + "#" + std::to_string(number);
  const auto text = stripped(read(path));
  files_[key] = {path, text};
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto end = std::min(text.find('\n', begin), text.size());
    follow(path, name, included_name(text.substr(begin, end - begin)));
    begin = end + 1;
  }
}

void Closure::follow(const fs::path& from, const std::string& from_name, const std::string& name) {
  if (name.empty() || name == "triptych/slot_hashes.h") return;
  const auto beside = from.parent_path() / name;
  if (fs::is_regular_file(beside)) {
    const auto full_name = (fs::path(from_name).parent_path() / name).lexically_normal().string();
    add(beside, full_name);
    add_implementation(full_name);
    return;
  }
  for (const auto& root : include_roots_) {
    if (!fs::is_regular_file(root / name)) continue;
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
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
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
