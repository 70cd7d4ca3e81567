#include "triptych/train/predict.h"

#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <array>
#include <regex>

#include <triptych/core/output_folder.h>
#include <triptych/data/pictures.h>
#include <triptych/error.h>

#include "border.h"
#include "pixels.h"
#include "triptych/train/safetensors.h"
#include "triptych/train/torch_compat.h"
#include "triptych/train/weights.h"

namespace triptych::train {
namespace {

namespace fs = std::filesystem;

bool is_picture(const fs::path& path) {
  constexpr std::array kEndings{".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff", ".webp"};
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

std::vector<fs::path> pictures_of(const fs::path& image) {
  std::error_code failed;
  if (!fs::is_directory(image, failed)) return {image};
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(image)) {
    if (entry.is_regular_file() && is_picture(entry.path())) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  if (found.empty()) {
    throw Error("train.062", image.string(), "holds no picture",
                "Give a picture, or a folder with pictures (.png, .jpg, ...).");
  }
  return found;
}

/// [1, 3, H, W] uint8 of the size that the model wants.
at::Tensor read_rgb(const fs::path& path, ImageSize size) {
  data::Picture picture = data::read_picture(path.string());
  if (picture.height != size.height || picture.width != size.width) {
    picture =
        data::resized_by_area(picture, static_cast<int>(size.height), static_cast<int>(size.width));
  }
  const at::Tensor pixels = at::from_blob(
      picture.pixels.data(), {picture.height, picture.width, picture.channels}, at::kByte);
  return pixels.permute({2, 0, 1}).unsqueeze(0).contiguous();
}

data::Picture picture_of(const at::Tensor& pixels) {
  const at::Tensor plain = pixels.to(at::kCPU, at::kByte).contiguous();
  const auto* first = plain.const_data_ptr<std::uint8_t>();
  return {.height = static_cast<int>(plain.size(0)),
          .width = static_cast<int>(plain.size(1)),
          .channels = 3,
          .pixels = {first, first + plain.numel()}};
}

std::regex expression(const std::string& text) {
  try {
    return std::regex(text);
  } catch (const std::regex_error& problem) {
    throw Error("train.061", "--tensors \"" + text + "\"",
                std::string("is not a regular expression: ") + problem.what(),
                "Example: --tensors '^encoder/' or 'maps/spatial/stage[0-3]'.");
  }
}

[[noreturn]] void refuse_unmatched(const std::string& tensors,
                                   const std::vector<std::string>& names) {
  throw Error(Problem{.code = "train.063",
                      .message = "--tensors \"" + tensors + "\": matches no tensor of this model",
                      .expected = "there are: " + join(names),
                      .suggestion = did_you_mean(tensors, names)});
}

// Weights that do not fit may be those of another image size.
void load_for_size(compose::Model& model, const fs::path& weights) {
  try {
    load_state(model, read_weights(weights), weights.string());
  } catch (const Error& error) {
    const auto parts = model.contract().fixed_size_parts();
    if (error.problem().code != "train.020" || parts.empty()) throw;
    const auto size = model.contract().image();
    auto problem = error.problem();
    problem.expected = "weights made for images of " + std::to_string(size.height) + "x" +
                       std::to_string(size.width) + ": parameters of " + join(parts) +
                       " depend on the image size";
    throw Error(std::move(problem));
  }
}

}  // namespace

Predictor::Predictor(const manifest::Manifest& manifest, const host::PluginHost& host,
                     const fs::path& weights, const std::string& device)
    : device_((set_numeric_flags(), set_threads(manifest.recipe.threads), choose_device(device))),
      model_(compose::compose(compose::check_contract(manifest, host),
                              static_cast<std::uint64_t>(manifest.seed), device_)) {
  load_for_size(*model_, weights);
  model_->eval();
}

compose::Outputs Predictor::forward(const at::Tensor& rgb, Context& context) {
  const at::NoGradGuard no_grad;
  Images images;
  images.rgb = (rgb.scalar_type() == at::kByte ? normalised(rgb) : rgb.to(at::kFloat)).to(device_);
  return model_->forward(images, context);
}

std::map<std::string, at::Tensor> Predictor::raw(const at::Tensor& rgb,
                                                 const std::string& tensors) {
  const ImageSize size = model_->contract().image();
  const bool is_typed = rgb.scalar_type() == at::kByte || rgb.is_floating_point();
  if (!is_typed || rgb.dim() != 4 || rgb.size(0) < 1 || rgb.size(1) != 3 ||
      rgb.size(2) != size.height || rgb.size(3) != size.width) {
    std::ostringstream shape;
    shape << rgb.sizes() << " " << rgb.scalar_type();
    throw Error("train.060", "rgb", "is " + shape.str(),
                "Give [B, 3, " + std::to_string(size.height) + ", " + std::to_string(size.width) +
                    "], uint8 (RGB) or float (normalised).");
  }
  std::map<std::string, at::Tensor> result;
  const auto put = [&result](const std::string& name, const at::Tensor& tensor) {
    if (tensor.defined()) result[name] = tensor.detach().to(at::kCPU).contiguous();
  };
  Context context(make_generator(device_, 0), /*is_training=*/false);
  const std::regex wanted = expression(tensors);
  std::vector<std::string> names;  // of inner tensors, also of those that are not wanted
  if (!tensors.empty()) {
    context.listener = [&](std::string_view name, const at::Tensor& tensor) {
      names.emplace_back(name);
      if (std::regex_search(names.back(), wanted)) put(names.back(), tensor);
    };
  }
  const compose::Outputs outputs = forward(rgb, context);
  const bool has_match = !result.empty();
  for (std::size_t t = 0; t < outputs.predictions.size(); ++t) {
    const std::string& task = model_->task_names()[t];
    put(task, outputs.predictions[t].map);
    for (const auto& [branch, levels] : outputs.predictions[t].branches) {
      for (std::size_t level = 0; level < levels.size(); ++level) {
        put(task + "/" + branch + "/" + std::to_string(level), levels[level]);
      }
    }
  }
  if (!tensors.empty() && !has_match) refuse_unmatched(tensors, names);
  return result;
}

void Predictor::raw_file(const fs::path& input, const fs::path& output,
                         const std::string& tensors) {
  const TensorFile file = read_safetensors(input);
  const auto rgb = file.tensors.find("rgb");
  if (rgb == file.tensors.end()) {
    throw Error("train.060", input.string(), "has no tensor 'rgb'",
                "Store the images under the key rgb, [B, 3, H, W].");
  }
  std::map<std::string, at::Tensor> outputs;
  try {
    outputs = raw(rgb->second, tensors);
  } catch (const Error& error) {
    if (error.problem().code != "train.060") throw;
    throw error.within(input.string());
  }
  write_safetensors(output, outputs);
}

std::vector<fs::path> picture_files(const fs::path& image) {
  std::vector<fs::path> files = pictures_of(image);
  std::vector<Problem> problems;
  std::map<std::string, fs::path> stems;
  for (const fs::path& path : files) {
    const auto [first, is_new] = stems.emplace(path.stem().string(), path);
    if (!is_new) {
      problems.push_back({.code = "train.064",
                          .message = "its predictions would have the names of those of " +
                                     first->second.filename().string(),
                          .file = path.string(),
                          .expected = "one picture of each name, whatever its format",
                          .suggestion = "Rename one, or predict them one by one."});
    }
    try {
      (void)data::read_picture(path.string());
    } catch (const Error& error) {
      if (error.problem().code != "data.002") throw;  // the same for every picture
      problems.push_back(error.problem());
    }
  }
  if (!problems.empty()) throw Error(std::move(problems));
  return files;
}

std::vector<fs::path> Predictor::pictures(const std::vector<fs::path>& files, const fs::path& out) {
  const ImageSize size = model_->contract().image();
  std::vector<fs::path> written;
  const core::OutputFolder made(out);
  for (const fs::path& path : files) {
    const at::Tensor rgb = read_rgb(path, size);
    Context context(make_generator(device_, 0), /*is_training=*/false);
    const compose::Outputs outputs = forward(rgb, context);
    for (std::size_t t = 0; t < outputs.predictions.size(); ++t) {
      const compose::NamedTask& task = model_->tasks()[t];
      const at::Tensor pixels = named("task '" + task.name + "'", [&] {
        const at::NoGradGuard no_grad;
        return task.module->picture(task.module->decode(outputs.predictions[t], {}, size), 0);
      });
      written.push_back(out / (path.stem().string() + "." + task.name + ".png"));
      data::write_png(written.back().string(), picture_of(pixels));
    }
  }
  return written;
}

}  // namespace triptych::train
