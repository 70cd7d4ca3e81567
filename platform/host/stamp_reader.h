#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>

#include "triptych/stamp.h"

namespace triptych::host {

/// A stamp that was read from the file as data. Its pointers point into `texts`.
class FileStamp {
 public:
  /// Nothing when the file holds no stamp, or one in a form that this reader does not know (the
  /// linker packed its relocations): then only opening the library tells.
  [[nodiscard]] static std::optional<FileStamp> read(const std::filesystem::path& file);

  [[nodiscard]] Stamp stamp() const;

 private:
  Stamp plain_{};                     // its numbers; the pointers are null
  std::array<std::string, 5> texts_;  // slot, slot_hash, torch_version, compiler, source_hash
};

}  // namespace triptych::host
