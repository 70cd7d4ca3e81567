#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// The source hash of plugins and slots: SHA-256 over comment-stripped sources, the same for every
/// compiler and for CPU and CUDA builds. Editing a comment or white space changes nothing.

namespace triptych::source_hash {

/// The tokens of C++ text: without comments, and without the white space that separates nothing.
/// Preprocessor directives keep a line of their own and single spaces. String and character
/// literals stay as they are.
[[nodiscard]] std::string stripped(const std::string& text);

/// Files reached from some sources through #include, as far as they lie beside the including file
/// or under the include roots (the SDK's); torch and the standard library are not followed. For a
/// header triptych/layers/x.h the file x.cpp of the layers folder belongs to it.
class Closure {
 public:
  Closure(std::vector<std::filesystem::path> include_roots, std::filesystem::path layers)
      : include_roots_(std::move(include_roots)), layers_(std::move(layers)) {}

  /// Throws std::runtime_error for unreadable files. `name` identifies the file in the hash: its
  /// path below an include root, or relative to the source that reached it, never an absolute one.
  void add(const std::filesystem::path& file, const std::string& name);
  /// Lower-case hex over names and stripped texts in order of the names.
  [[nodiscard]] std::string sha256() const;
  [[nodiscard]] std::vector<std::filesystem::path> paths() const;

 private:
  struct Entry {
    std::filesystem::path path;
    std::string text;
  };
  void follow(const std::filesystem::path& from, const std::string& from_name,
              const std::string& name);
  void add_implementation(const std::string& name);

  std::vector<std::filesystem::path> include_roots_;
  std::filesystem::path layers_;
  std::map<std::string, Entry> files_;
};

}  // namespace triptych::source_hash
