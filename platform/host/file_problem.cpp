#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "library.h"

namespace fs = std::filesystem;

namespace triptych::host {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#endif

Problem problem(const PluginFile& plugin, const char* code, const std::string& message,
                const std::string& suggestion) {
  return {.code = code,
          .message = plugin.file.string() + ": " + message,
          .expected = "a shared library built by triptych_plugin() was expected",
          .suggestion = suggestion};
}

template <class T>
bool read_at(std::ifstream& in, std::uint64_t offset, T& into) {
  in.seekg(static_cast<std::streamoff>(offset));
  return static_cast<bool>(in.read(reinterpret_cast<char*>(&into), sizeof(T)));
}

// The least size that the headers promise: the ends of all segments and of the section table.
std::uint64_t promised_size(std::ifstream& in, const Elf64_Ehdr& header) {
  std::uint64_t end = header.e_shoff + std::uint64_t{header.e_shnum} * header.e_shentsize;
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    if (!read_at(in, header.e_phoff + i * header.e_phentsize, segment)) break;
    if (segment.p_type == PT_LOAD) end = std::max(end, segment.p_offset + segment.p_filesz);
  }
  return end;
}

std::optional<Problem> elf_problem(const PluginFile& plugin, std::uint64_t size) {
  std::ifstream in(plugin.file, std::ios::binary);
  Elf64_Ehdr header{};
  char magic[SELFMAG] = {};
  in.read(magic, SELFMAG);
  if (in.gcount() != SELFMAG || std::memcmp(magic, ELFMAG, SELFMAG) != 0) {
    return problem(plugin, "host.021", "not a shared library (it does not start as an ELF file)",
                   "Put the built .so there, not its source or a text.");
  }
  in.clear();
  if (!read_at(in, 0, header)) {
    return problem(plugin, "host.021",
                   "cut off: " + std::to_string(size) + " bytes are less than an ELF header",
                   "Copy it again.");
  }
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != kMachine) {
    return problem(plugin, "host.021",
                   "built for another kind of processor (ELF machine " +
                       std::to_string(header.e_machine) + ")",
                   "Build it on this machine.");
  }
  if (header.e_type != ET_DYN) {
    return problem(plugin, "host.021",
                   "an ELF file, but not a shared library (an object file or a program)",
                   "Link it as a module; triptych_plugin() in CMake does.");
  }
  const auto promised = promised_size(in, header);
  if (promised <= size) return std::nullopt;
  return problem(
      plugin, "host.021",
      "cut off: it has " + std::to_string(size) + " of " + std::to_string(promised) + " bytes",
      "Copy it again; install plugins by renaming a complete copy.");
}

}  // namespace

std::optional<Problem> file_problem(const PluginFile& plugin) {
  std::error_code failure;
  const auto status = fs::status(plugin.file, failure);
  if (status.type() == fs::file_type::not_found) {
    return problem(plugin, "host.020", "no such file (or a link that leads nowhere)",
                   "Correct the path.");
  }
  if (status.type() == fs::file_type::directory) {
    return problem(plugin, "host.020", "a folder", "Move the library itself to this place.");
  }
  if (status.type() != fs::file_type::regular) {
    return problem(plugin, "host.020", "not a regular file", "Put the library itself there.");
  }
  const int descriptor = open(plugin.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return problem(plugin, "host.020", std::string("cannot be read: ") + std::strerror(errno),
                   "Check the permissions of the file and its folders.");
  }
  close(descriptor);
  const auto size = fs::file_size(plugin.file, failure);
  if (failure || size == 0) {
    return problem(plugin, "host.020", "an empty file", "Build or copy it again.");
  }
  return elf_problem(plugin, size);
}

}  // namespace triptych::host
