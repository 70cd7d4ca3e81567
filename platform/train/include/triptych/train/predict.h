#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <triptych/compose/model.h>
#include <triptych/host/plugin_host.h>
#include <triptych/manifest/manifest.h>

namespace triptych::train {

/// The picture file `image`, or every picture of the folder `image` (.png .jpg .jpeg .bmp .ppm .tif
/// .tiff .webp, in the order of their names). Each is decoded once and dropped, so that a faulty
/// one is known before any work. Throws Error train.062 when there is no picture, train.064 and
/// data.002 with one problem for each whose predictions would overwrite another's, or that cannot
/// be decoded.
[[nodiscard]] std::vector<std::filesystem::path> picture_files(const std::filesystem::path& image);

/// A trained model ready to predict.
class Predictor {
 public:
  /// Composes the manifest's model and loads weights (a weights file or a checkpoint; every name
  /// must fit, else Error train.020). `device` as RunPlan::device.
  Predictor(const manifest::Manifest& manifest, const host::PluginHost& host,
            const std::filesystem::path& weights, const std::string& device = "auto");

  /// Raw outputs on the CPU, by the names of the interface: `<task>` [B, outputs, H, W], the last
  /// output of its head, before any up-sampling or argmax; branches as `<task>/<branch>/<level>`.
  /// Inner tensors whose name matches the regular expression `tensors` (ECMAScript, anywhere in the
  /// name; "" = none) are added under their names. `rgb` [B, 3, H, W] of the model's size: uint8 is
  /// raw RGB and is normalised here, floats are taken as already normalised. Throws Error train.060
  /// for other input, train.061 for a faulty expression, and train.063 for one that matches no
  /// inner tensor (those that there are get named).
  [[nodiscard]] std::map<std::string, at::Tensor> raw(const at::Tensor& rgb,
                                                      const std::string& tensors = "");

  /// Reads key `rgb` of the file `input`, writes `raw` to the file `output`.
  void raw_file(const std::filesystem::path& input, const std::filesystem::path& output,
                const std::string& tensors = "");

  /// Predicts each of `files` (see picture_files) and writes `<out>/<stem>.<task>.png`. Pictures of
  /// another size than the model's are resized to it. Gives the files that were written. Throws
  /// Error core.002 when the folder cannot be made, data.002 for a picture that became unreadable
  /// since picture_files, after the ones before it are written.
  std::vector<std::filesystem::path> pictures(const std::vector<std::filesystem::path>& files,
                                              const std::filesystem::path& out);

  [[nodiscard]] compose::Model& model() { return *model_; }
  [[nodiscard]] const c10::Device& device() const { return device_; }

 private:
  [[nodiscard]] compose::Outputs forward(const at::Tensor& rgb, Context& context);

  c10::Device device_;
  std::shared_ptr<compose::Model> model_;
};

}  // namespace triptych::train
