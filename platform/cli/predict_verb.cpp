// triptych predict MANIFEST|RUN --weights FILE --input X.safetensors --raw OUT.safetensors
// triptych predict RUN --image FILE|DIR --out DIR
#include <filesystem>
#include <iostream>

#include "arguments.h"
#include "output.h"
#include "plugins.h"
#include "run_folder.h"
#include "triptych/core/paths.h"
#include "triptych/manifest/check.h"
#include "triptych/store/store.h"
#include "triptych/train/predict.h"
#include "verbs.h"

namespace fs = std::filesystem;

namespace triptych::cli {

namespace {

struct PredictArguments {
  CommonOptions options;
  std::string what;
  std::vector<std::string> overrides;
  std::string weights, input, raw, tensors, image, out;
  std::string device = "auto";
};

// The model's manifest and weights: of a manifest file with --weights, or of a run.
struct Source {
  Plugins plugins;
  manifest::Manifest manifest;
  fs::path weights;
};

Source manifest_source(const PredictArguments& arguments) {
  if (arguments.weights.empty()) {
    throw Error("usage.011", "triptych predict " + arguments.what, "no weights given",
                "Add --weights FILE, or name a run instead of a manifest.");
  }
  Source source;
  source.plugins = open_plugins(arguments.options.plugin_dirs, arguments.what, arguments.overrides);
  source.manifest =
      manifest::load_manifest(arguments.what, arguments.overrides, *source.plugins.specs,
                              {.manifest_path = arguments.what});
  source.weights = arguments.weights;
  return source;
}

Source run_source(const PredictArguments& arguments) {
  const auto database = core::default_database(arguments.options.database);
  const auto store = store::Store::open(database, store::Mode::read_only);
  const auto run_id = store.resolve(arguments.what);
  Source source;
  source.plugins = open_plugins(arguments.options.plugin_dirs, "");
  source.manifest = manifest::from_canonical(store.manifest(run_id), *source.plugins.specs);
  source.weights =
      arguments.weights.empty() ? run_weights(database, run_id) : fs::path(arguments.weights);
  if (!fs::exists(source.weights)) {
    throw Error("usage.012", "run " + run_id, "there are no weights at " + source.weights.string(),
                "The run must be done, and its files must lie beside the database.");
  }
  return source;
}

}  // namespace

int predict_verb(std::vector<std::string> words) {
  CommandLine line("predict", "Predicts with trained weights.");
  PredictArguments arguments;
  line.text("what", arguments.what, "a manifest (with --weights), or a run",
            {.value_name = "MANIFEST|RUN", .is_required = true});
  line.texts("overrides", arguments.overrides, "key=value, for a manifest");
  line.text("--weights", arguments.weights, "weights file (.safetensors)");
  line.text("--input", arguments.input, "safetensors file with rgb [B, 3, H, W]");
  line.text("--raw", arguments.raw, "safetensors file to write raw outputs to");
  line.text("--tensors", arguments.tensors,
            "also inner tensors whose names match this regular expression");
  line.text("--image", arguments.image, "a picture, or a folder of pictures");
  line.text("--out", arguments.out, "folder for the predicted pictures");
  line.together("--input", "--raw");
  line.needs("--tensors", "--input");
  line.together("--image", "--out");
  line.text("--device", arguments.device, "auto, cpu or cuda");
  arguments.options.add_database(line);
  arguments.options.add_plugin_dirs(line);
  line.example("triptych predict @latest --image photo.png --out predictions");
  if (const auto done = line.parse(std::move(words))) return *done;
  if (arguments.input.empty() && arguments.image.empty()) {
    throw Error("usage.013", "triptych predict", "nothing to predict",
                "Give --input FILE --raw FILE, or --image FILE|DIR --out DIR.");
  }

  const bool is_manifest = fs::exists(arguments.what) && !fs::is_directory(arguments.what);
  const auto source = is_manifest ? manifest_source(arguments) : run_source(arguments);
  std::vector<fs::path> pictures;  // decoded once before anything runs or is written
  if (!arguments.image.empty()) pictures = train::picture_files(arguments.image);
  train::Predictor predictor(source.manifest, *source.plugins.host, source.weights,
                             arguments.device);
  if (!arguments.input.empty()) {
    predictor.raw_file(arguments.input, arguments.raw, arguments.tensors);
    std::cout << arguments.raw << "\n";
  }
  if (!arguments.image.empty()) {
    for (const auto& file : predictor.pictures(pictures, arguments.out)) {
      std::cout << file.string() << "\n";
    }
  }
  return kDone;
}

}  // namespace triptych::cli
