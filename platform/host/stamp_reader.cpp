#include "stamp_reader.h"

#include <elf.h>

#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string_view>
#include <type_traits>
#include <vector>

namespace triptych::host {
namespace {

#if defined(__x86_64__)
constexpr std::uint64_t kRelative = R_X86_64_RELATIVE;
#elif defined(__aarch64__)
constexpr std::uint64_t kRelative = R_AARCH64_RELATIVE;
#endif

constexpr std::string_view kAlias = "triptych_stamp";

// A shared library as bytes. Addresses are those of its own, unrelocated image. Everything that the
// file says is checked against its size.
class Image {
 public:
  explicit Image(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(in), {});
    const auto header = at_offset<Elf64_Ehdr>(0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return;
    segments_ =
        table<Elf64_Phdr>(header->e_phoff, std::uint64_t{header->e_phnum} * sizeof(Elf64_Phdr));
    sections_ =
        table<Elf64_Shdr>(header->e_shoff, std::uint64_t{header->e_shnum} * sizeof(Elf64_Shdr));
    for (const auto& section : sections_) {
      if (section.sh_type != SHT_RELA) continue;
      for (const auto& relocation : table<Elf64_Rela>(section.sh_offset, section.sh_size)) {
        if (ELF64_R_TYPE(relocation.r_info) != kRelative) continue;
        pointers_[relocation.r_offset] = static_cast<std::uint64_t>(relocation.r_addend);
      }
    }
  }

  // Address of an exported object.
  std::optional<std::uint64_t> symbol(std::string_view name) const {
    for (const auto& section : sections_) {
      if (section.sh_type != SHT_DYNSYM || section.sh_link >= sections_.size()) continue;
      const auto names = sections_[section.sh_link].sh_offset;
      for (const auto& entry : table<Elf64_Sym>(section.sh_offset, section.sh_size)) {
        if (entry.st_shndx != SHN_UNDEF && text_at_offset(names + entry.st_name) == name)
          return entry.st_value;
      }
    }
    return std::nullopt;
  }
  // Where a pointer that lies at `address` points once the library is loaded.
  std::optional<std::uint64_t> pointer(std::uint64_t address) const {
    const auto found = pointers_.find(address);
    return found == pointers_.end() ? std::nullopt : std::optional(found->second);
  }
  template <class T>
  std::optional<T> at(std::uint64_t address) const {
    return at_offset<T>(offset(address));
  }
  std::string text(std::uint64_t address) const { return text_at_offset(offset(address)); }

 private:
  static constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

  bool has(std::uint64_t offset, std::uint64_t size) const {
    return offset <= bytes_.size() && size <= bytes_.size() - offset;
  }
  template <class T>
  std::optional<T> at_offset(std::uint64_t offset) const {
    static_assert(std::is_trivially_copyable_v<T>);
    if (!has(offset, sizeof(T))) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }
  template <class T>
  std::vector<T> table(std::uint64_t offset, std::uint64_t size) const {
    if (!has(offset, size)) return {};
    std::vector<T> entries(size / sizeof(T));
    std::memcpy(entries.data(), bytes_.data() + offset, entries.size() * sizeof(T));
    return entries;
  }
  std::string text_at_offset(std::uint64_t offset) const {
    if (!has(offset, 1)) return "";
    const auto end = bytes_.find('\0', offset);
    return end == std::string::npos ? "" : bytes_.substr(offset, end - offset);
  }
  std::uint64_t offset(std::uint64_t address) const {
    for (const auto& segment : segments_) {
      if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
      const auto inside = address - segment.p_vaddr;
      if (inside < segment.p_filesz) return segment.p_offset + inside;
    }
    return kNowhere;
  }

  std::string bytes_;
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Shdr> sections_;
  std::map<std::uint64_t, std::uint64_t> pointers_;  // address of a pointer -> what it points at
};

}  // namespace

std::optional<FileStamp> FileStamp::read(const std::filesystem::path& file) {
  const Image image(file);
  const auto alias = image.symbol(kAlias);  // a pointer to the stamp
  const auto address = alias ? image.pointer(*alias) : std::nullopt;
  if (!address) return std::nullopt;
  const auto plain = image.at<Stamp>(*address);
  if (!plain) return std::nullopt;

  FileStamp result;
  result.plain_ = *plain;
  constexpr std::array<std::size_t, 5> kMembers = {
      offsetof(Stamp, slot), offsetof(Stamp, slot_hash), offsetof(Stamp, torch_version),
      offsetof(Stamp, compiler), offsetof(Stamp, source_hash)};
  for (std::size_t i = 0; i < kMembers.size(); ++i) {
    const auto text = image.pointer(*address + kMembers[i]);
    if (text) result.texts_[i] = image.text(*text);
  }
  return result;
}

Stamp FileStamp::stamp() const {
  auto stamp = plain_;
  stamp.slot = texts_[0].c_str();
  stamp.slot_hash = texts_[1].c_str();
  stamp.torch_version = texts_[2].c_str();
  stamp.compiler = texts_[3].c_str();
  stamp.source_hash = texts_[4].c_str();
  return stamp;
}

}  // namespace triptych::host
