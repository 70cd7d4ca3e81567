// The header of a .npy file: a Python dictionary of three keys.
#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "triptych/error.h"
#include "triptych/metrics/npy.h"

namespace triptych::metrics {

namespace {

struct TypeName {
  const char* descr;  // without the byte order
  const char* name;
  NpyType type;
};

constexpr std::array<TypeName, 7> kTypes{{{"b1", "bool", NpyType::kBool},
                                          {"u1", "uint8", NpyType::kUint8},
                                          {"u2", "uint16", NpyType::kUint16},
                                          {"i4", "int32", NpyType::kInt32},
                                          {"i8", "int64", NpyType::kInt64},
                                          {"f4", "float32", NpyType::kFloat32},
                                          {"f8", "float64", NpyType::kFloat64}}};

constexpr const char* kKnownTypes =
    "bool, uint8, uint16, int32, int64, float32 or float64, little-endian";

[[noreturn]] void fail(const char* code, const std::string& file, const std::string& found,
                       const std::string& expected) {
  throw Error(
      Problem{.code = code, .message = found, .file = file, .expected = "expected " + expected});
}

std::string printable(std::string_view text) {
  std::string out(text.substr(0, 60));
  for (auto& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  return out;
}

// What NumPy calls an element type that is not read: "float16" of "<f2"; "" for kinds without bits.
std::string numpy_name(std::string_view descr) {
  if (descr.size() < 3) return descr.ends_with('O') ? "object" : "";
  int bytes = 0;
  const auto digits = descr.substr(2);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
  if (error != std::errc() || end != digits.data() + digits.size() || bytes < 1 || bytes > 32) {
    return "";
  }
  constexpr std::array<std::pair<char, const char*>, 4> kKinds{
      {{'f', "float"}, {'i', "int"}, {'u', "uint"}, {'c', "complex"}}};
  for (const auto& [letter, kind] : kKinds) {
    if (descr[1] != letter) continue;
    const bool is_swapped = descr[0] == '>' && bytes > 1;
    return std::string(is_swapped ? "big-endian " : "") + kind + std::to_string(8 * bytes);
  }
  return "";
}

// Reads "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".
class Dictionary {
 public:
  Dictionary(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  NpyHeader read() {
    expect('{');
    while (!accept('}')) {
      const auto key = quoted();
      expect(':');
      if (key == "descr") {
        type_ = type();
      } else if (key == "fortran_order") {
        is_fortran_ = boolean();
      } else if (key == "shape") {
        shape_ = shape();
      } else {
        bad("the key '" + printable(key) + "'");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!type_ || !is_fortran_ || !shape_) bad("a header without descr, fortran_order or shape");
    return {.type = *type_, .is_fortran = *is_fortran_, .shape = *shape_};
  }

 private:
  [[noreturn]] void bad(const std::string& what) const {
    fail("metrics.110", file_, "found " + what + " in the .npy header",
         "{'descr': ..., 'fortran_order': ..., 'shape': ...}");
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool accept(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) bad("'" + printable(text_.substr(at_, 20)) + "' where '" + c + "' belongs");
  }
  std::string_view quoted() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') bad("'" + printable(text_.substr(at_, 20)) + "'");
    const auto end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) bad("a string without an end");
    const auto word = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return word;
  }
  bool word(std::string_view word) {
    skip_space();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  bool boolean() {
    if (word("True")) return true;
    if (!word("False")) bad("'" + printable(text_.substr(at_, 20)) + "'");
    return false;
  }
  [[noreturn]] void refuse(const std::string& type) const {
    throw Error(Problem{.code = "metrics.111",
                        .message = "the array has " + type,
                        .file = file_,
                        .expected = std::string("expected ") + kKnownTypes,
                        .suggestion = "Convert it first, in NumPy: numpy.save(file, "
                                      "array.astype('float32'))."});
  }
  [[noreturn]] void refuse_type(std::string_view descr) const {
    const auto name = numpy_name(descr);
    refuse("element type " + (name.empty() ? "" : name + ", ") + "'" + printable(descr) + "'");
  }
  NpyType type() {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '[') refuse("a structured element type");
    const auto descr = quoted();
    const auto order = descr.empty() ? ' ' : descr[0];
    for (const auto& known : kTypes) {
      const bool is_byte = known.descr[1] == '1';
      const bool order_fits =
          order == '<' || order == '=' || (is_byte && (order == '|' || order == '>'));
      if (order_fits && descr.substr(1) == known.descr) return known.type;
    }
    refuse_type(descr);
  }
  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> out;
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::int64_t length = -1;
      const auto [end, error] =
          std::from_chars(text_.data() + at_, text_.data() + text_.size(), length);
      if (error != std::errc() || length < 0)
        bad("'" + printable(text_.substr(at_, 20)) + "' as a length");
      at_ = static_cast<std::size_t>(end - text_.data());
      if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // written by Python 2
      out.push_back(length);
      if (out.size() > 32) bad("more than 32 axes");
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return out;
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
  std::optional<NpyType> type_;
  std::optional<bool> is_fortran_;
  std::optional<std::vector<std::int64_t>> shape_;
};

void check_size(const std::vector<std::int64_t>& shape, const std::string& file) {
  std::int64_t elements = 1;
  for (const auto length : shape) {
    if (length > 0 && elements > std::numeric_limits<std::int64_t>::max() / 8 / length) {
      fail("metrics.112", file, "the shape has more elements than a file can hold",
           "a smaller one");
    }
    elements *= std::max<std::int64_t>(length, 1);
  }
}

}  // namespace

const char* npy_type_name(NpyType type) { return kTypes[static_cast<std::size_t>(type)].name; }

NpyHeader read_npy_header(std::span<const std::uint8_t> start, const std::string& file) {
  constexpr std::array<std::uint8_t, 6> kMagic{0x93, 'N', 'U', 'M', 'P', 'Y'};
  if (start.size() < 12 || !std::equal(kMagic.begin(), kMagic.end(), start.begin())) {
    throw Error(Problem{.code = "metrics.110",
                        .message = "the file does not start as a .npy file",
                        .file = file,
                        .expected = "expected \\x93NUMPY and a version",
                        .suggestion = "Write the array with numpy.save; those of a .npz archive "
                                      "into one file each."});
  }
  const int version = start[6];
  if (version < 1 || version > 3) {
    fail("metrics.110", file, ".npy version " + std::to_string(version), "version 1, 2 or 3");
  }
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length |= std::uint64_t{start[8 + i]} << (8 * i);
  const std::uint64_t begin = 8 + length_bytes;
  if (length > start.size() - begin) {
    fail("metrics.110", file, "a .npy header of " + std::to_string(length) + " bytes",
         "one inside the file and below 64 KiB");
  }
  const std::string_view text(reinterpret_cast<const char*>(start.data()) + begin, length);
  auto header = Dictionary(text, file).read();
  check_size(header.shape, file);
  header.data_offset = begin + length;
  return header;
}

}  // namespace triptych::metrics
