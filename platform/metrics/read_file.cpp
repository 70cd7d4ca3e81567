#include <fstream>

#include "triptych/error.h"
#include "triptych/metrics/png.h"

namespace triptych::metrics {

std::vector<std::uint8_t> read_file(const std::filesystem::path& file, std::uint64_t largest) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (!error && size > largest) {
    throw Error(Problem{.code = "metrics.101",
                        .message = "the file has " + std::to_string(size) + " bytes",
                        .file = file.string(),
                        .expected = "expected at most " + std::to_string(largest)});
  }
  std::ifstream in(file, std::ios::binary);
  std::vector<std::uint8_t> bytes(error || !in ? 0 : size);
  if (!error && in)
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (error || !in) {
    throw Error(Problem{.code = "metrics.100",
                        .message = "the file cannot be read",
                        .file = file.string(),
                        .suggestion = "Check that it exists, is a file and may be read."});
  }
  return bytes;
}

}  // namespace triptych::metrics
