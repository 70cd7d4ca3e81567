#include "library.h"

#include <cxxabi.h>
#include <dlfcn.h>

#include <boost/dll/shared_library.hpp>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <system_error>
#include <vector>

#include "stamp_check.h"
#include "stamp_reader.h"
#include "triptych/core/paths.h"
#include "triptych/host/border.h"

namespace triptych::host {
namespace {

constexpr char kStampAlias[] = "triptych_stamp";
constexpr char kFactoryAlias[] = "triptych_factory";

std::string demangled(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), std::free);
  return text ? std::string(text.get()) : symbol;
}

// The loader's own words inside Boost.DLL's message.
std::string loader_text(std::string text) {
  const std::string opening = "dlerror system message: ";
  if (const auto at = text.find(opening); at != std::string::npos)
    text.erase(0, at + opening.size());
  if (const auto at = text.rfind("): "); at != std::string::npos) text.erase(at);
  return text;
}

Problem load_problem(const PluginFile& plugin, const std::string& words) {
  const auto text = loader_text(words);
  const auto where = plugin.file.string() + ": ";
  const std::string opening = "undefined symbol: ";
  if (const auto at = text.find(opening); at != std::string::npos) {
    auto symbol = text.substr(at + opening.size());
    if (const auto end = symbol.find_first_of(", \t("); end != std::string::npos) symbol.erase(end);
    return {.code = "host.022",
            .message =
                where + "it needs " + demangled(symbol) + ", which neither it nor this program has",
            .expected = "a plugin links everything it calls, and the same torch as this program",
            .suggestion = "Add the missing source or library. " + rebuild_hint(plugin)};
  }
  const std::string missing = ": cannot open shared object file";
  if (const auto at = text.find(missing); at != std::string::npos) {
    return {
        .code = "host.022",
        .message = where + "it needs the library " + text.substr(0, at) + ", which is not found",
        .suggestion = "Install that library, or add its folder to the plugin's RPATH."};
  }
  return {.code = "host.022",
          .message = where + "it cannot be loaded: " + text,
          .suggestion = rebuild_hint(plugin)};
}

// An exception of a static initialiser can come through the loader, or end the process (probe.cpp).
Problem thrown_problem(const PluginFile& plugin, const std::string& text) {
  return {
      .code = "host.030",
      .message = plugin.file.string() +
                 ": it threw while it was loaded (in a static initialiser): " + text,
      .expected = "a plugin runs nothing at load time",
      .suggestion = "Remove objects with constructors at namespace scope. " + rebuild_hint(plugin)};
}

// Libraries stay mapped until the process ends: torch may hold nodes, deleters and kernels of a
// plugin, and static destructors run in an order that nobody controls. So the list is leaked, and
// each library is marked as never to be unmapped.
const boost::dll::shared_library& keep(boost::dll::shared_library library,
                                       const std::filesystem::path& file) {
  static std::mutex mutex;
  static auto* const libraries = new std::vector<std::unique_ptr<boost::dll::shared_library>>;
  const std::lock_guard lock(mutex);
  dlopen(file.c_str(), RTLD_NOLOAD | RTLD_NODELETE | RTLD_NOW);
  libraries->push_back(std::make_unique<boost::dll::shared_library>(std::move(library)));
  return *libraries->back();
}

const boost::dll::shared_library& load(const PluginFile& plugin) {
  try {
    boost::dll::shared_library library(
        plugin.file, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    return keep(std::move(library), plugin.file);
  } catch (const std::system_error& error) {  // of Boost.DLL; anything else comes from the plugin
    throw Error(load_problem(plugin, error.what()));
  } catch (const std::exception& error) {
    throw Error(thrown_problem(plugin, error.what()));
  } catch (...) {
    throw Error(thrown_problem(plugin, "something that is not a std::exception"));
  }
}

void check_stamp(const PluginFile& plugin, const Stamp& stamp, Inspection& inspection) {
  const auto where = plugin.file.string() + ": ";
  if (!is_readable(stamp)) {
    const bool is_ours = stamp.magic == kStampMagic;
    throw Error(Problem{
        .code = "host.024",
        .message =
            where + (is_ours ? "its stamp has version " + std::to_string(stamp.stamp_version) +
                                   " (this program: " + std::to_string(kStampVersion) + ")"
                             : "its stamp is not Triptych's"),
        .suggestion = rebuild_hint(plugin)});
  }
  const auto text = [](const char* words) { return std::string(words == nullptr ? "" : words); };
  inspection.source_hash = text(stamp.source_hash);
  inspection.compiler = text(stamp.compiler);
  const auto slot = text(stamp.slot);
  if (slot != plugin.slot) {
    throw Error(Problem{.code = "host.026",
                        .message = where + "it fills the slot '" + slot + "', but lies where a " +
                                   plugin.slot + " is looked for",
                        .expected = "the slot in folder or file name and the plugin's agree",
                        .suggestion = "Move it to " + slot + "/" + plugin.name + ".so."});
  }
  const auto found = differences(stamp, slot);
  if (found.empty()) return;
  throw Error(Problem{.code = "host.025",
                      .message = where + "built for another program: " + join(found, "; "),
                      .suggestion = rebuild_hint(plugin)});
}

// The first member of every factory struct.
Spec read_spec(const PluginFile& plugin, const void* factory) {
  using SpecFunction = Spec (*)();
  const auto spec = *static_cast<const SpecFunction*>(factory);
  return at_border(
      "while reading the spec of " + plugin.title() + " (" + plugin.file.string() + ")",
      [spec] { return spec(); });
}

}  // namespace

std::string rebuild_hint(const PluginFile& plugin) {
  const auto base = core::executable_dir().parent_path();
  const auto inside = plugin.file.lexically_relative(base / "plugins").string();
  if (std::filesystem::exists(base / "CMakeCache.txt") && !inside.starts_with("..")) {
    return "Rebuild it: cmake --build " + base.string() + " --target " + plugin.slot + "." +
           plugin.name + ".";
  }
  return "Rebuild it in a fresh build folder against this program: cmake -DTriptych_DIR=" +
         (base / "lib" / "cmake" / "Triptych").string() + ".";
}

OpenPlugin open_plugin(const PluginFile& plugin, Inspection& inspection, StageListener listener) {
  if (!plugin.layout_problem.empty()) {
    throw Error(Problem{.code = "host.011",
                        .message = plugin.file.string() + ": " + plugin.layout_problem,
                        .suggestion = plugin.layout_remedy});
  }
  if (auto problem = file_problem(plugin)) throw Error(*std::move(problem));
  // As data first: nothing of a file for another program runs, and where the loader would only name
  // a symbol that its torch has and ours lacks, the differences are said.
  if (const auto found = FileStamp::read(plugin.file))
    check_stamp(plugin, found->stamp(), inspection);
  const auto& library = load(plugin);
  for (const char* alias : {kStampAlias, kFactoryAlias}) {
    if (library.has(alias)) continue;
    throw Error(Problem{.code = "host.023",
                        .message = plugin.file.string() +
                                   ": a shared library, but no Triptych plugin (no " + alias +
                                   " inside)",
                        .expected = "its source ends with TRIPTYCH_PLUGIN(Class)",
                        .suggestion = "Add that line, or remove the file from the plugin folder."});
  }
  check_stamp(plugin, library.get_alias<const Stamp>(kStampAlias), inspection);
  if (listener != nullptr) listener("spec");
  const void* factory = &library.get_alias<const char>(kFactoryAlias);
  auto spec = read_spec(plugin, factory);
  if (spec.name() != plugin.name) {
    throw Error(Problem{
        .code = "host.027",
        .message = plugin.file.string() + ": its spec calls it '" + spec.name() + "'",
        .expected = "file name and spec agree",
        .suggestion = "Rename the file to " + spec.name() + ".so, or the name in its spec."});
  }
  return {.factory = factory, .spec = std::move(spec)};
}

}  // namespace triptych::host
