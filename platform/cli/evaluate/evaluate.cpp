#include "triptych/cli/evaluate.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <iostream>
#include <new>

#include "evaluate_examples.h"
#include "evaluate_forms.h"
#include "evaluate_run.h"
#include "evaluate_usage.h"
#include "triptych/error.h"
#include "triptych/metrics/depth.h"
#include "triptych/metrics/edges.h"
#include "triptych/metrics/human_parts.h"
#include "triptych/metrics/normals.h"
#include "triptych/metrics/saliency.h"
#include "triptych/metrics/segmentation.h"

namespace triptych::cli {

namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kBadInput = 2;
constexpr int kTryAgain = 75;

// Everything that the command line can say.
struct Arguments {
  CommonOptions common;
  std::string layout;
  std::string resolution = "full";
  DetectionForm detection;
  LabelForm labels;
  LabelForm parts{.classes = 7};
  DepthForm depth;
  EdgeForm edges;
};

void add_common(CLI::App* form, Arguments& arguments, const char* kind) {
  auto& common = arguments.common;
  form->add_option("--truth", common.truth, std::string("ground truth: ") + kind)->required();
  form->add_option("--prediction", common.prediction, std::string("prediction: ") + kind)
      ->required();
  form->add_flag("--json", common.json, "one JSON document on stdout instead of a table");
  form->add_option("--threads", common.threads,
                   "threads; 0 = one per core. Numbers do not depend on it")
      ->check(CLI::Range(0, 1024));
  form->add_option("--per-image", common.per_image_file,
                   "write the statistics of each image to this CSV: image,statistic,value");
}

// --variant, and the list of variants below the options.
void add_variants(CLI::App* form, Arguments& arguments,
                  std::span<const metrics::VariantInfo> variants) {
  std::string text = "Variants (the first is the default):\n";
  for (const auto& variant : variants) {
    std::string name =
        std::string("  ") + variant.name + (variant.takes_batch ? "(IMAGES_PER_BATCH)" : "");
    name.resize(std::max<std::size_t>(name.size() + 2, 32), ' ');
    text += name + variant.summary + "\n";
  }
  form->add_option("--variant", arguments.common.variant, "definition of the metric, see below");
  form->footer(text);
}

CLI::App* add_detection3d(CLI::App& app, Arguments& arguments) {
  auto* form =
      app.add_subcommand("detection3d", "3D vehicle detection of Cityscapes-3D: mDS and its parts");
  auto& options = arguments.detection;
  add_common(form, arguments, "folder, searched below for JSON files");
  form->add_option("--layout", arguments.layout, "file layout")
      ->required()
      ->check(CLI::IsMember({"cityscapes3d"}));
  form->add_option("--matching", options.matching,
                   "2D boxes to match by: amodal (official) or modal (TaskPrompter)")
      ->check(CLI::IsMember({"amodal", "modal"}));
  form->add_option("--min-iou", options.min_iou, "IoU that a match must exceed, 0..1 (0.7)")
      ->check(CLI::Range(0.0, 1.0));
  form->add_option("--max-depth", options.max_depth, "whole metres (100)")
      ->check(CLI::Range(1, 1000000));
  form->add_option("--step", options.step, "width of a distance bin, whole metres (5)")
      ->check(CLI::Range(1, 1000000));
  form->add_option("--confidence", options.confidence, "working confidence: auto or 0..1");
  form->add_option("--labels", options.labels, "evaluated labels, separated by commas")
      ->delimiter(',');
  return form;
}

void add_class_names(CLI::App* form, LabelForm& labels) {
  form->add_option("--class-names", labels.class_names,
                   "names of the classes in the table, separated by commas (their numbers)")
      ->delimiter(',');
}

CLI::App* add_semseg(CLI::App& app, Arguments& arguments) {
  auto* form =
      app.add_subcommand("semseg", "semantic segmentation: IoU per class, mIoU, pixel accuracy");
  add_common(form, arguments, "folder (with --layout) or .npy file");
  form->add_option("--layout", arguments.layout, "file layout of the folders")
      ->check(CLI::IsMember({"cityscapes"}));
  form->add_option(
          "--resolution", arguments.resolution,
          "with --layout: full, or half_odd as TaskPrompter (odd rows and columns of the truth, "
          "predictions of half the size)")
      ->check(CLI::IsMember({"full", "half_odd"}));
  form->add_option("--classes", arguments.labels.classes, "number of classes K; labels are 0..K-1");
  form->add_option("--ignore", arguments.labels.ignore, "truth label that is not evaluated (255)");
  add_class_names(form, arguments.labels);
  add_variants(form, arguments, metrics::segmentation_variants());
  return form;
}

CLI::App* add_human_parts(CLI::App& app, Arguments& arguments) {
  auto* form = app.add_subcommand("human_parts", "human parts: IoU per part, mIoU");
  add_common(form, arguments, ".npy file");
  form->add_option("--classes", arguments.parts.classes,
                   "number of classes, background included (7)");
  form->add_option("--ignore", arguments.parts.ignore, "truth label that is not evaluated (255)");
  add_class_names(form, arguments.parts);
  add_variants(form, arguments, metrics::human_parts_variants());
  return form;
}

CLI::App* add_depth(CLI::App& app, Arguments& arguments) {
  auto* form =
      app.add_subcommand("depth", "depth or disparity: rmse, log_rmse, abs_rel, delta ...");
  add_common(form, arguments, ".npy file");
  form->add_option("--min", arguments.depth.min, "truth above this is evaluated (0)");
  form->add_option("--max", arguments.depth.max, "truth below this is evaluated (80)");
  form->add_option("--ignore", arguments.depth.ignore,
                   "marker of invalid pixels, taskprompter_legacy only");
  add_variants(form, arguments, metrics::depth_variants());
  return form;
}

CLI::App* add_edges(CLI::App& app, Arguments& arguments) {
  auto* form = app.add_subcommand("edges", "boundaries: odsF, oisF, AP");
  add_common(form, arguments, "folder of 8-bit PNGs, same names");
  form->add_option(
          "--max-distance", arguments.edges.max_distance,
          "largest distance of a match, as a part of the image diagonal (0.0075; NYUD: 0.011)")
      ->check(CLI::Range(0.0, 1.0));
  add_variants(form, arguments, metrics::edge_variants());
  return form;
}

void need_classes(const CLI::App& form) {
  if (form.count("--classes") == 0) {
    throw Error("evaluate.002", "--classes", "is missing; it is needed without --layout",
                "Give the number of classes K; labels are 0..K-1.");
  }
}

Evaluation evaluate_semseg_form(const CLI::App& form, const Arguments& arguments) {
  if (arguments.layout.empty()) {
    need_classes(form);
    if (arguments.resolution != "full") {
      throw Error("evaluate.002", "--resolution",
                  "goes with --layout cityscapes; arrays have their own size");
    }
    return evaluate_semseg(arguments.common, arguments.labels);
  }
  for (const auto* option : {"--classes", "--ignore", "--class-names"}) {
    if (form.count(option) == 0) continue;
    throw Error("evaluate.002", option, "is fixed by --layout cityscapes and cannot be given");
  }
  if (!arguments.common.variant.empty() && arguments.common.variant != "official") {
    throw Error("evaluate.002", "--variant", "--layout cityscapes has the variant official only",
                "For others convert the labels to train ids in .npy arrays.");
  }
  return evaluate_cityscapes(arguments.common, arguments.resolution);
}

// What the parser's ranges let through: not-a-number lies outside none of them.
void check_numbers(const Arguments& arguments) {
  for (const auto& [option, value] : {std::pair("--min-iou", arguments.detection.min_iou),
                                      std::pair("--max-distance", arguments.edges.max_distance)}) {
    if (std::isnan(value)) throw Error("evaluate.002", option, "found nan, expected 0..1");
  }
  for (const auto& [option, path] : {std::pair("--truth", arguments.common.truth),
                                     std::pair("--prediction", arguments.common.prediction)}) {
    if (path.empty()) throw Error("evaluate.002", option, "is empty, expected a path");
  }
}

int run(CLI::App& app, Arguments& arguments) {
  const auto* form = app.get_subcommands().front();
  const auto& name = form->get_name();
  const auto evaluate = [&]() -> Evaluation {
    if (name == "detection3d") return evaluate_detection3d(arguments.common, arguments.detection);
    if (name == "semseg") return evaluate_semseg_form(*form, arguments);
    if (name == "human_parts") return evaluate_human_parts(arguments.common, arguments.parts);
    if (name == "depth") return evaluate_depth(arguments.common, arguments.depth);
    if (name == "normals") return evaluate_normals(arguments.common);
    if (name == "saliency") return evaluate_saliency(arguments.common);
    return evaluate_edges(arguments.common, arguments.edges);
  };
  check_numbers(arguments);
  check_per_image(arguments.common.per_image_file);
  const auto evaluation = evaluate();
  write_result(arguments.common.json ? line_of(evaluation.document) : evaluation.table);
  return kDone;
}

// Declares all metrics.
void add_forms(CLI::App& app, Arguments& arguments) {
  add_detection3d(app, arguments);
  add_semseg(app, arguments);
  add_human_parts(app, arguments);
  add_depth(app, arguments);
  auto* normals = app.add_subcommand("normals", "surface normals: mean, median, rmse of the angle");
  add_common(normals, arguments, ".npy file");
  add_variants(normals, arguments, metrics::normals_variants());
  auto* saliency = app.add_subcommand("saliency", "saliency: maxF, mae");
  add_common(saliency, arguments, ".npy file");
  add_variants(saliency, arguments, metrics::saliency_variants());
  add_edges(app, arguments);
}

std::vector<std::string> metric_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* form : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(form->get_name());
  }
  return names;
}

// Whether the first word names a run. Throws when it names nothing.
bool names_run(const CLI::App& app, const std::string& word) {
  const auto metrics = metric_names(app);
  const bool is_metric = std::find(metrics.begin(), metrics.end(), word) != metrics.end();
  if (is_metric || word == "-h" || word == "--help") return false;
  if (can_be_run(word)) return true;
  throw Error(Problem{.code = "evaluate.009",
                      .message = word.empty() ? "neither a metric nor a run is given"
                                              : "'" + word + "' is neither a metric nor a run",
                      .expected = "expected one of " + join(metrics) +
                                  ", or a run: an id, a unique prefix, @latest, @best:METRIC",
                      .suggestion = did_you_mean(word, metrics)});
}

int parse_and_run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Scores predictions of any tool with the official metrics, or a stored run again.",
               "triptych evaluate");
  app.require_subcommand(1);
  app.footer(std::string(kEvaluateExamples) + "\n\n" + kRunExamples +
             "\n  (triptych evaluate RUN --help shows what it takes)");
  add_forms(app, arguments);
  if (names_run(app, argc > 1 ? argv[1] : "")) return evaluate_run(argc, argv);
  return parsed(app, argc, argv) ? run(app, arguments) : kDone;
}

int exit_code(const Error& error) {
  const auto& code = error.problem().code;
  if (code == "store.075") return kTryAgain;
  return code == "evaluate.012" ? kFailed : kBadInput;
}

}  // namespace

int run_evaluate(int argc, char** argv) {
  try {
    return parse_and_run(argc, argv);
  } catch (const Error& error) {  // the border of the verb
    for (const auto& problem : error.problems()) std::cerr << "error: " << problem.text() << '\n';
    return exit_code(error);
  } catch (const std::bad_alloc&) {
    std::cerr << "error: out of memory [internal.002]; close other programs, or evaluate fewer "
                 "images\n";
    return kFailed;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what()
              << " [internal.001]; this is a fault of triptych: please report it\n";
    return kFailed;
  }
}

}  // namespace triptych::cli
