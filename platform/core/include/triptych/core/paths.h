#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace triptych::core {

/// Folder of the running program, symbolic links resolved.
[[nodiscard]] std::filesystem::path executable_dir();

/// Root of the source checkout that the program was built in, else that the working folder lies
/// in; nothing for an installed program used elsewhere. A checkout is a folder that holds `dev` and
/// `platform/sdk`.
[[nodiscard]] std::optional<std::filesystem::path> checkout_root();

/// XDG base directories, each with `/triptych` appended: $XDG_DATA_HOME (else ~/.local/share),
/// $XDG_CONFIG_HOME (~/.config), $XDG_CACHE_HOME (~/.cache), $XDG_STATE_HOME (~/.local/state).
/// Relative values are ignored, as the XDG specification asks. The folder may not exist.
[[nodiscard]] std::filesystem::path data_dir();
[[nodiscard]] std::filesystem::path config_dir();
[[nodiscard]] std::filesystem::path cache_dir();
[[nodiscard]] std::filesystem::path state_dir();

/// The database to use: `option` (--db) if not empty, else $TRIPTYCH_DB, else `results/results.db`
/// of the checkout, else `results.db` in data_dir().
[[nodiscard]] std::filesystem::path default_database(const std::string& option);

/// Value of an environment variable; nothing when unset or empty.
[[nodiscard]] std::optional<std::string> environment_variable(const char* name);

/// A file that appears whole or not at all: bytes go to a temporary file in the same folder;
/// `commit` syncs it, renames it over `path` and syncs the folder. Without commit nothing changes.
/// Throws Error core.002 when something cannot be written (also a full disk), naming file and
/// cause, and where `path` is a folder, a device or a pipe.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view bytes);
  void commit();

 private:
  void refuse_what_is_no_file() const;
  [[noreturn]] void fail(const std::string& what) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

/// AtomicFile for content that is at hand.
void write_atomically(const std::filesystem::path& path, std::string_view content);

}  // namespace triptych::core
