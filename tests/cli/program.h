#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace triptych::cli {

/// What one call of the program gave.
struct Result {
  int code = -1;
  std::string out;
  std::string err;

  /// stdout as one JSON document; a failed expectation when it is none.
  [[nodiscard]] nlohmann::json json() const;
};

/// A folder of its own, and the program in it: own database, own caches, the fixture plugins and
/// protocols.
class Program {
 public:
  Program();
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::string database() const { return (folder_ / "results.db").string(); }
  /// tests/cli/tiny.json, the manifest of most tests.
  [[nodiscard]] static std::string tiny();

  [[nodiscard]] Result run(const std::vector<std::string>& words) const;
  /// Starts it, and sends `signal` once its stderr or `wait_for` shows that it is under way.
  [[nodiscard]] Result run_and_signal(const std::vector<std::string>& words, int signal,
                                      const std::filesystem::path& wait_for) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace triptych::cli
