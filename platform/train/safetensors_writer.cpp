#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <tuple>

#include <triptych/core/paths.h>
#include <triptych/error.h>

#include "safetensors_header.h"
#include "triptych/train/safetensors.h"

namespace triptych::train {
namespace {

using Json = nlohmann::json;

struct Item {
  const std::string* name;
  at::Tensor tensor;
};

/// Widest type first, then by name: then every tensor is aligned without holes.
std::vector<Item> in_order(const std::string& file,
                           const std::map<std::string, at::Tensor>& tensors) {
  std::vector<Item> items;
  for (const auto& [name, tensor] : tensors) {
    const bool is_storable = tensor.defined() && tensor.layout() == at::kStrided &&
                             !safetensors_dtype(tensor.scalar_type()).empty() &&
                             name != "__metadata__";
    if (!is_storable) {
      throw Error("train.004", file,
                  "tensor '" + name +
                      "' cannot be stored: undefined, sparse, of a type or with a "
                      "name that safetensors does not have");
    }
    items.push_back({&name, tensor.detach()});
  }
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    return a.tensor.element_size() > b.tensor.element_size();
  });
  return items;
}

std::string header_text(const std::string& file, const std::vector<Item>& items,
                        const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t begin = 0;
  for (const auto& [name, tensor] : items) {
    const std::uint64_t end = begin + static_cast<std::uint64_t>(tensor.numel()) *
                                          static_cast<std::uint64_t>(tensor.element_size());
    header[*name] = {{"dtype", safetensors_dtype(tensor.scalar_type())},
                     {"shape", tensor.sizes().vec()},
                     {"data_offsets", {begin, end}}};
    begin = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const Json::exception&) {
    throw Error("train.004", file, "a tensor's name or a metadata text is not UTF-8");
  }
  if (text.size() + 64 > kMaxHeaderBytes) {
    throw Error("train.004", file, "the header would be longer than the format's 100 MB");
  }
  while ((text.size() + 8) % 64 != 0) text += ' ';
  return text;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path,
                       const std::map<std::string, at::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  const std::vector<Item> items = in_order(path.string(), tensors);
  const std::string header = header_text(path.string(), items, metadata);
  core::AtomicFile file(path);
  std::string length(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) {
    length[i] = static_cast<char>((static_cast<std::uint64_t>(header.size()) >> (8 * i)) & 0xff);
  }
  file.write(length);
  file.write(header);
  for (const auto& [name, tensor] : items) {
    const at::Tensor plain = tensor.cpu().contiguous();
    file.write(std::span(static_cast<const std::byte*>(plain.const_data_ptr()), plain.nbytes()));
  }
  file.commit();
}

}  // namespace triptych::train
