#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace triptych::train {

/// The limit of the reference implementation; a longer header is an attack or no header.
inline constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;

/// One tensor of a header, checked: begin <= end <= size of the data, and shape x size = bytes.
struct TensorEntry {
  std::string name;
  at::ScalarType type = at::kFloat;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct TensorHeader {
  std::vector<TensorEntry> entries;  ///< by begin; no overlap, no holes, up to `data_bytes`
  std::map<std::string, std::string> metadata;
};

/// Parses the JSON. Throws Error train.002 or train.003 that names `file`.
[[nodiscard]] TensorHeader parse_header(const std::string& file, std::string_view json,
                                        std::uint64_t data_bytes);

/// The type of that name; throws Error train.003.
[[nodiscard]] at::ScalarType scalar_type(const std::string& file, const std::string& tensor,
                                         const std::string& name);

}  // namespace triptych::train
