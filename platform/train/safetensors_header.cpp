#include "safetensors_header.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include <triptych/error.h>

#include "triptych/train/safetensors.h"

namespace triptych::train {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<const char*, at::ScalarType>, 15> kTypes{{
    {"BOOL", at::kBool},
    {"U8", at::kByte},
    {"I8", at::kChar},
    {"I16", at::kShort},
    {"U16", at::kUInt16},
    {"F16", at::kHalf},
    {"BF16", at::kBFloat16},
    {"I32", at::kInt},
    {"U32", at::kUInt32},
    {"F32", at::kFloat},
    {"F64", at::kDouble},
    {"I64", at::kLong},
    {"U64", at::kUInt64},
    {"F8_E4M3", at::kFloat8_e4m3fn},
    {"F8_E5M2", at::kFloat8_e5m2},
}};

[[noreturn]] void bad_header(const std::string& file, const std::string& what) {
  throw Error("train.002", file, "is not a safetensors file: " + what,
              "Check that the file is complete and was not converted by name only.");
}

[[noreturn]] void bad_entry(const std::string& file, const std::string& name,
                            const std::string& what) {
  throw Error("train.003", file, "tensor '" + name + "' " + what,
              "The file is damaged; write or download it again.");
}

/// Refuses keys that stand twice and nesting that the format does not have, while parsing.
class Strictness {
 public:
  explicit Strictness(const std::string& file) : file_(file) {}

  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > 4) bad_header(file_, "the header is nested too deep");
    if (event == Json::parse_event_t::object_start) keys_.emplace_back();
    if (event == Json::parse_event_t::object_end) keys_.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) bad_header(file_, "key '" + key + "' stands twice");
    }
    return true;
  }

 private:
  const std::string& file_;
  std::vector<std::set<std::string>> keys_;
};

std::uint64_t unsigned_number(const std::string& file, const std::string& name, const Json& value,
                              const char* what) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kLargest) {
    bad_entry(file, name, std::string("has a faulty number in its ") + what);
  }
  return value.get<std::uint64_t>();
}

TensorEntry parse_entry(const std::string& file, const std::string& name, const Json& value,
                        std::uint64_t data_bytes) {
  if (!value.is_object() || value.size() != 3 || !value.contains("dtype") ||
      !value.contains("shape") || !value.contains("data_offsets") || !value["dtype"].is_string() ||
      !value["shape"].is_array() || !value["data_offsets"].is_array() ||
      value["data_offsets"].size() != 2) {
    bad_entry(file, name, "is not described by dtype, shape and data_offsets");
  }
  TensorEntry entry{.name = name,
                    .type = scalar_type(file, name, value["dtype"].get_ref<const std::string&>()),
                    .shape = {}};
  std::uint64_t bytes = c10::elementSize(entry.type);
  for (const Json& length : value["shape"]) {
    const std::uint64_t cells = unsigned_number(file, name, length, "shape");
    entry.shape.push_back(static_cast<std::int64_t>(cells));
    if (__builtin_mul_overflow(bytes, cells, &bytes)) bad_entry(file, name, "has a huge shape");
  }
  entry.begin = unsigned_number(file, name, value["data_offsets"][0], "data_offsets");
  entry.end = unsigned_number(file, name, value["data_offsets"][1], "data_offsets");
  if (entry.begin > entry.end || entry.end > data_bytes) {
    bad_entry(file, name, "lies outside the file's data");
  }
  if (entry.end - entry.begin != bytes) {
    bad_entry(file, name,
              "has " + std::to_string(entry.end - entry.begin) +
                  " bytes where its shape and dtype need " + std::to_string(bytes));
  }
  return entry;
}

void check_layout(const std::string& file, const std::vector<TensorEntry>& entries,
                  std::uint64_t data_bytes) {
  std::uint64_t next = 0;
  for (const TensorEntry& entry : entries) {
    if (entry.begin < next) bad_entry(file, entry.name, "overlaps another tensor");
    if (entry.begin > next) bad_entry(file, entry.name, "leaves a hole before it");
    next = entry.end;
  }
  if (next != data_bytes) bad_header(file, "bytes that belong to no tensor follow the last one");
}

}  // namespace

std::string safetensors_dtype(at::ScalarType type) {
  for (const auto& [name, known] : kTypes) {
    if (known == type) return name;
  }
  return "";
}

at::ScalarType scalar_type(const std::string& file, const std::string& tensor,
                           const std::string& name) {
  for (const auto& [known, type] : kTypes) {
    if (name == known) return type;
  }
  bad_entry(file, tensor, "has the unknown dtype '" + name.substr(0, 40) + "'");
}

TensorHeader parse_header(const std::string& file, std::string_view json,
                          std::uint64_t data_bytes) {
  if (json.empty() || json.front() != '{') bad_header(file, "the header is not a JSON object");
  Json document;
  try {
    document = Json::parse(json, Strictness(file));
  } catch (const Json::exception& problem) {
    bad_header(file, std::string("its header is not JSON (") + problem.what() + ")");
  }
  if (!document.is_object()) bad_header(file, "the header is not a JSON object");
  TensorHeader header;
  for (const auto& [name, value] : document.items()) {
    if (name != "__metadata__") {
      header.entries.push_back(parse_entry(file, name, value, data_bytes));
      continue;
    }
    if (!value.is_object()) bad_header(file, "__metadata__ is not an object");
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) bad_header(file, "__metadata__ holds more than texts");
      header.metadata[key] = text.get<std::string>();
    }
  }
  std::sort(header.entries.begin(), header.entries.end(),
            [](const TensorEntry& a, const TensorEntry& b) {
              return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
            });
  check_layout(file, header.entries, data_bytes);
  return header;
}

}  // namespace triptych::train
