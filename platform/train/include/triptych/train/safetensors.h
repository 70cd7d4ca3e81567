#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

/// Files of named tensors in the safetensors format (https://huggingface.co/docs/safetensors):
/// 8 bytes little-endian header length, a JSON header, then the bytes of all tensors, row-major.

namespace triptych::train {

/// A file's content. Tensors are on the CPU, contiguous.
struct TensorFile {
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, std::string> metadata;  ///< the header's `__metadata__`; texts only
};

/// Maps the file into memory and gives views on it: nothing is copied before it is read. A tensor
/// keeps the mapping alive; changing it changes memory, never the file. The file must not be
/// shortened while it is in use (files written by us are replaced whole).
///
/// Every number of the header is checked before a byte of data is touched. Throws Error: train.001
/// cannot be read, train.002 no safetensors file or a damaged header, train.003 a faulty entry
/// (unknown dtype, shape that does not fit its bytes, overlap, hole).
[[nodiscard]] TensorFile read_safetensors(const std::filesystem::path& path);

/// Writes all tensors (any device, any strides) as one file that appears whole or not at all.
/// Tensors are ordered by alignment (widest first), then name; the header is padded with spaces so
/// that data begins at a multiple of 64 bytes. The same input gives the same bytes. Throws Error:
/// core.002 cannot be written, train.004 a tensor that the format cannot hold.
void write_safetensors(const std::filesystem::path& path,
                       const std::map<std::string, at::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

/// The format's name of a type ("F32"); "" for those that it does not know.
[[nodiscard]] std::string safetensors_dtype(at::ScalarType type);

}  // namespace triptych::train
