#include "triptych/data/pictures.h"

#include <dlfcn.h>

#include <filesystem>
#include <string_view>

#include "triptych/core/paths.h"
#include "triptych/error.h"

namespace triptych::data {

namespace {

namespace fs = std::filesystem;

constexpr const char* kLibrary = "libtriptych_pictures.so";

/// Folder of the program or plugin that this code was linked into.
fs::path own_folder() {
  static const char anchor = 0;
  Dl_info info{};
  if (dladdr(&anchor, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code ignored;
  return fs::absolute(info.dli_fname, ignored).parent_path();
}

std::vector<fs::path> candidates() {
  if (const auto given = core::environment_variable("TRIPTYCH_PICTURES")) return {*given};
  std::vector<fs::path> out;
  const fs::path own = own_folder(), program = core::executable_dir();
  for (const char* way : {".", "../lib", "../../lib", "../../..", "../lib/triptych"})
    out.push_back(own / way / kLibrary);
  for (const char* way : {"../lib", "../lib/triptych"}) out.push_back(program / way / kLibrary);
  return out;
}

const PictureCodec& open_codec() {
  std::vector<std::string> tried;
  std::string reason = "no such file";
  for (const auto& path : candidates()) {
    tried.push_back(path.lexically_normal().string());
    std::error_code ignored;
    if (!fs::exists(path, ignored)) continue;
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      reason = dlerror();
      break;
    }
    auto* version = reinterpret_cast<int (*)()>(dlsym(library, "triptych_picture_codec_version"));
    auto* codec =
        reinterpret_cast<const PictureCodec* (*)()>(dlsym(library, "triptych_picture_codec"));
    if (version != nullptr && codec != nullptr && version() == kPictureCodecVersion)
      return *codec();
    reason = "it is of another version of Triptych";
    break;
  }
  throw Error(Problem{
      .code = "data.001",
      .message = std::string(kLibrary) + ": the picture library cannot be opened: " + reason,
      .expected = "looked for at " + join(tried),
      .suggestion = "Build the target triptych_pictures, install the package "
                    "libopencv-imgcodecs406, or name the file in TRIPTYCH_PICTURES."});
}

/// Opened once; a failure is not remembered, so that the next call may find the library.
const PictureCodec& codec() {
  static const PictureCodec& opened = open_codec();
  return opened;
}

Picture read(const std::string& path, int channels) {
  std::error_code ignored;
  Problem problem{.code = "data.002", .file = path};
  if (!fs::is_regular_file(path, ignored)) {
    problem.message = fs::exists(path, ignored) ? "is not a file" : "there is no such file";
    problem.expected = "expected a picture file";
    problem.suggestion = "Check the data root and that the data set is complete.";
    throw Error(problem);
  }
  Picture out;
  if (codec().read(path, channels, out, problem.message)) return out;
  if (problem.message.empty()) problem.message = "cannot be read";
  problem.expected = channels == 1 ? "expected labels: one channel of 8 bits without a palette"
                                   : "expected a picture (JPEG or PNG)";
  problem.suggestion = "Replace the file by an intact copy.";
  throw Error(problem);
}

}  // namespace

Picture read_picture(const std::string& path) { return read(path, 3); }
Picture read_labels(const std::string& path) { return read(path, 1); }

std::vector<std::uint8_t> encode_png(const Picture& picture) {
  const std::size_t expected =
      static_cast<std::size_t>(picture.height) * picture.width * picture.channels;
  std::string problem = "it has no pixels, or their number does not fit its size";
  std::vector<std::uint8_t> out;
  if (expected == 0 || picture.pixels.size() != expected ||
      !codec().encode_png(picture, out, problem)) {
    throw Error("data.003", "PNG", "the picture cannot be encoded: " + problem);
  }
  return out;
}

void write_png(const std::string& path, const Picture& picture) {
  const auto bytes = encode_png(picture);
  core::write_atomically(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace triptych::data
