#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "evaluate_files.h"
#include "evaluate_forms.h"
#include "evaluate_progress.h"
#include "triptych/error.h"
#include "triptych/metrics/detection3d.h"
#include "triptych/metrics/detection3d_json.h"
#include "triptych/metrics/parallel.h"
#include "triptych/metrics/png.h"

namespace triptych::cli {

namespace fs = std::filesystem;
using metrics::DetectionScore;

namespace {

// "munster_000000_000019" of "munster_000000_000019_gtBbox3d.json": up to the last underscore.
std::string image_key(const fs::path& file) {
  const auto stem = file.stem().string();
  return stem.substr(0, stem.rfind('_'));
}

std::string read_text(const fs::path& file) {
  const auto bytes = metrics::read_file(file, std::uint64_t{1} << 28);
  return {bytes.begin(), bytes.end()};
}

// All *.json but results.json, which the official evaluator leaves in the prediction folder.
std::vector<fs::path> json_files(const std::string& root) {
  auto files = files_below(root, ".json");
  std::erase_if(files, [](const fs::path& file) { return file.filename() == "results.json"; });
  return files;
}

std::map<std::string, fs::path> truth_by_key(const std::string& root) {
  std::map<std::string, fs::path> out;
  for (const auto& file : json_files(root)) {
    const auto [at, is_new] = out.emplace(image_key(file), file);
    if (is_new) continue;
    throw Error(Problem{.code = "evaluate.005",
                        .message = "a second ground truth for image '" + at->first +
                                   "'; the first is " + at->second.string(),
                        .file = file.string(),
                        .expected = "expected one file per image"});
  }
  return out;
}

// Of several predictions for an image the last path counts, as the official evaluator has it.
std::map<std::string, fs::path> predictions_by_key(const std::string& root) {
  auto files = json_files(root);
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return a.string() < b.string(); });
  std::map<std::string, fs::path> out;
  for (const auto& file : files) {
    auto& used = out[image_key(file)];
    if (!used.empty()) {
      note("warning: " + used.string() + " is not used: " + file.string() +
           " is for the same image '" + image_key(file) + "' and comes after it");
    }
    used = file;
  }
  return out;
}

struct ReadFrame {
  metrics::DetectionImage image;
  std::vector<metrics::SkippedEntry> skipped;
};

ReadFrame read_frame(const fs::path& truth_file, const fs::path* prediction_file,
                     const metrics::DetectionOptions& options) {
  auto truth =
      metrics::read_detection_truth(read_text(truth_file), truth_file.string(), options.labels);
  ReadFrame out{.skipped = std::move(truth.skipped)};
  metrics::DetectionFrame frame{.truth = std::move(truth.truth),
                                .ignored = std::move(truth.ignored)};
  if (prediction_file) {
    auto prediction = metrics::read_detection_predictions(
        read_text(*prediction_file), prediction_file->string(), options.labels, truth.camera);
    frame.predictions = std::move(prediction.predictions);
    out.skipped.insert(out.skipped.end(), prediction.skipped.begin(), prediction.skipped.end());
  }
  out.image = metrics::match_detections(frame, options.matching, options.min_iou);
  return out;
}

Document curve_of(const metrics::PrecisionRecall& points) {
  return {{"data", {{"recall", points.recall}, {"precision", points.precision}}},
          {"auc", points.auc}};
}

Document bins_of(const metrics::DepthMeasure& measure) {
  Document out{{"data", Document::object()}, {"items", Document::object()}};
  for (const auto& [bin, mean] : measure.mean) out["data"][std::to_string(bin)] = mean;
  for (const auto& [bin, items] : measure.items) out["items"][std::to_string(bin)] = items;
  out["auc"] = measure.auc;
  return out;
}

Document document_of(const DetectionScore& score, const metrics::DetectionOptions& options) {
  Document out;
  for (const auto* key : {"AP", "AP_per_depth", "Center_Dist", "Size_Similarity", "OS_Yaw",
                          "OS_Pitch_Roll", "GT_stats", "working_confidence", "Detection_Score"}) {
    out[key] = Document::object();
  }
  for (const auto& one : score.classes) {
    out["AP"][one.label] = curve_of(one.ap);
    auto& depth = out["AP_per_depth"][one.label] = Document::object();
    for (const auto& [bin, points] : one.ap_per_depth)
      depth[std::to_string(bin)] = curve_of(points);
    out["Center_Dist"][one.label] = bins_of(one.center);
    out["Size_Similarity"][one.label] = bins_of(one.size);
    out["OS_Yaw"][one.label] = bins_of(one.yaw);
    out["OS_Pitch_Roll"][one.label] = bins_of(one.pitch_roll);
    out["GT_stats"][one.label] = one.truth_boxes;
    out["working_confidence"][one.label] = one.working_confidence;
    out["Detection_Score"][one.label] = one.detection_score;
  }
  out["mDetection_Score"] = json_of(score.detection_score);
  out["mAP"] = json_of(score.ap);
  out["mCenter_Dist"] = json_of(score.center);
  out["mSize_Similarity"] = json_of(score.size);
  out["mOS_Yaw"] = json_of(score.yaw);
  out["mOS_Pitch_Roll"] = json_of(score.pitch_roll);
  const bool is_modal = options.matching == metrics::BoxMatching::kModal;
  out["eval_params"] = {{"labels", options.labels},
                        {"min_iou_to_match", options.min_iou},
                        {"max_depth", options.max_depth_m},
                        {"step_size", options.step_m},
                        {"matching_method", is_modal ? "Modal" : "Amodal"}};
  return out;
}

std::string table_of(const DetectionScore& score, const metrics::DetectionOptions& options) {
  const bool is_modal = options.matching == metrics::BoxMatching::kModal;
  Table table({"class", "truth", "confidence", "DS", "AP", "center", "size", "yaw", "pitch-roll"});
  for (const auto& one : score.classes) {
    table.add({one.label, std::to_string(one.truth_boxes), number(one.working_confidence),
               percent(one.detection_score), percent(one.ap.auc), percent(one.center.auc),
               percent(one.size.auc), percent(one.yaw.auc), percent(one.pitch_roll.auc)});
  }
  table.add({"mean", "", "", percent(score.detection_score), percent(score.ap),
             percent(score.center), percent(score.size), percent(score.yaw),
             percent(score.pitch_roll)});
  std::set<int> bins;
  for (const auto& one : score.classes) {
    for (const auto& [bin, points] : one.ap_per_depth) bins.insert(bin);
  }
  std::vector<std::string> heading{"AP by distance, m"};
  for (const auto& one : score.classes) heading.push_back(one.label);
  Table depth(heading);
  for (const int bin : bins) {
    std::vector<std::string> row{std::to_string(bin) + " to " +
                                 std::to_string(bin + options.step_m)};
    for (const auto& one : score.classes) {
      const auto found = one.ap_per_depth.find(bin);
      row.push_back(found == one.ap_per_depth.end() ? "-" : percent(found->second.auc));
    }
    depth.add(row);
  }
  return "Cityscapes-3D detection, " + std::string(is_modal ? "modal" : "amodal") +
         " matching, IoU above " + number(options.min_iou) + ", percent; means over " +
         join(score.classes_averaged) + "\n" + table.text() + "\n" + depth.text();
}

std::optional<double> requested_confidence(const std::string& text) {
  if (text == "auto") return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 1)) {
    throw Error("evaluate.002", "--confidence", "found '" + text + "', expected auto or 0..1");
  }
  return value;
}

metrics::DetectionOptions options_of(const DetectionForm& form) {
  metrics::DetectionOptions options{.min_iou = form.min_iou,
                                    .max_depth_m = form.max_depth,
                                    .step_m = form.step,
                                    .confidence = requested_confidence(form.confidence)};
  if (!form.labels.empty()) options.labels = form.labels;
  std::set<std::string> seen;
  for (const auto& label : options.labels) {
    if (label.empty() || !seen.insert(label).second) {
      throw Error("evaluate.002", "--labels", "found '" + label + "' twice or empty");
    }
  }
  if (form.matching == "modal") options.matching = metrics::BoxMatching::kModal;
  return options;
}

void report_keys(const std::map<std::string, fs::path>& truth,
                 const std::map<std::string, fs::path>& predictions) {
  for (const auto& [key, file] : truth) {
    if (!predictions.contains(key)) note(key + ": no prediction file, taken as no detections");
  }
  for (const auto& [key, file] : predictions) {
    if (truth.contains(key)) continue;
    note(file.string() + ": image '" + key + "' has no ground truth, the file is not used" +
         (truth.contains(file.stem().string())
              ? "; the name needs a last part: " + file.stem().string() + "_pred.json"
              : ""));
  }
}

}  // namespace

Evaluation evaluate_detection3d(const CommonOptions& common, const DetectionForm& form) {
  const auto options = options_of(form);
  const auto truth = truth_by_key(common.truth);
  if (truth.empty()) {
    throw Error("evaluate.004", common.truth, "holds no ground truth (*_gtBbox3d.json)",
                "Name a folder above it, such as gtBbox3d/val.");
  }
  const auto predictions = predictions_by_key(common.prediction);
  report_keys(truth, predictions);

  const std::vector<std::pair<std::string, fs::path>> files(truth.begin(), truth.end());
  std::vector<ReadFrame> frames(files.size());
  Progress progress("detection3d", static_cast<std::int64_t>(files.size()));
  metrics::parallel_for(
      static_cast<std::int64_t>(files.size()), common.threads, [&](std::int64_t i) {
        const auto& [key, file] = files[static_cast<std::size_t>(i)];
        const auto found = predictions.find(key);
        frames[i] =
            read_frame(file, found == predictions.end() ? nullptr : &found->second, options);
        progress.advance();
      });
  std::vector<metrics::DetectionImage> images;
  std::vector<std::string> keys;
  std::vector<metrics::Statistics> rows;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    for (const auto& [file, entry, reason] : frames[i].skipped) {
      note(file + ": /objects/" + std::to_string(entry) + ": skipped: " + reason);
    }
    images.push_back(std::move(frames[i].image));
    if (common.per_image_file.empty()) continue;
    keys.push_back(files[i].first);
    rows.push_back(statistics(images.back()));
  }
  if (!common.per_image_file.empty()) write_per_image(common.per_image_file, keys, rows);
  const auto score = score_detections(images, options);
  for (const auto& warning : score.warnings) note("warning: " + warning);
  return {document_of(score, options), table_of(score, options)};
}

}  // namespace triptych::cli
