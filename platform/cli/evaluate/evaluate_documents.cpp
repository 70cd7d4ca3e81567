#include "evaluate_documents.h"

#include "triptych/metrics/version.h"

namespace triptych::cli {

void add_keys(const metrics::SegmentationScore& score, Document& document) {
  document["mIoU"] = json_of(score.mean_iou);
  document["IoU"] = json_of(score.iou);
  document["pixel_accuracy"] = json_of(score.pixel_accuracy);
  document["tp"] = score.tp;
  document["fp"] = score.fp;
  document["fn"] = score.fn;
  document["n_valid"] = score.n_valid;
  document["classes_averaged"] = score.classes_averaged;
}

void add_keys(const metrics::DepthScore& score, Document& document) {
  document["rmse"] = json_of(score.rmse);
  document["log_rmse"] = json_of(score.log_rmse);
  document["abs_err"] = json_of(score.abs_err);
  document["abs_rel"] = json_of(score.abs_rel);
  document["sq_rel"] = json_of(score.sq_rel);
  document["silog"] = json_of(score.silog);
  for (int k = 0; k < 3; ++k) document["delta" + std::to_string(k + 1)] = json_of(score.delta[k]);
  document["n_valid"] = score.n_valid;
}

void add_keys(const metrics::EdgeScore& score, Document& document) {
  document["odsF"] = json_of(score.ods_f);
  document["odsT"] = json_of(score.ods_threshold);
  document["odsP"] = json_of(score.ods_precision);
  document["odsR"] = json_of(score.ods_recall);
  document["oisF"] = json_of(score.ois_f);
  document["oisP"] = json_of(score.ois_precision);
  document["oisR"] = json_of(score.ois_recall);
  document["AP"] = json_of(score.ap);
}

void add_keys(const metrics::PixelEdgeScore& score, Document& document) {
  document["pixelF"] = json_of(score.f);
  document["threshold"] = json_of(score.threshold);
  document["precision"] = json_of(score.precision);
  document["recall"] = json_of(score.recall);
}

void add_variant(const std::string& metric, const std::string& variant, Document& document) {
  document["metric"] = metric;
  document["variant"] = variant;
  document["version"] = metrics::kVersion;
}

std::string table_of(const metrics::SegmentationScore& score,
                     const std::vector<std::string>& names) {
  Table table({"class", "IoU", "TP", "FP", "FN"});
  for (std::size_t c = 0; c < score.iou.size(); ++c) {
    table.add({c < names.size() ? names[c] : std::to_string(c), percent(score.iou[c]),
               std::to_string(score.tp[c]), std::to_string(score.fp[c]),
               std::to_string(score.fn[c])});
  }
  table.add({"mean of " + std::to_string(score.classes_averaged.size()), percent(score.mean_iou)});
  table.add({"pixel accuracy", percent(score.pixel_accuracy)});
  return table.text();
}

std::string table_of(const metrics::DepthScore& score) {
  Document keys;
  add_keys(score, keys);
  Table table({"metric", "value"});
  for (const auto& [key, value] : keys.items()) {
    if (key == "n_valid") continue;
    table.add({key, value.is_null() ? "-" : number(value.get<double>())});
  }
  table.add({"valid pixels", std::to_string(score.n_valid)});
  return table.text();
}

std::string table_of(const metrics::EdgeScore& score) {
  Table table({"score", "F", "precision", "recall", "threshold"});
  table.add({"odsF", percent(score.ods_f), percent(score.ods_precision), percent(score.ods_recall),
             number(score.ods_threshold)});
  table.add(
      {"oisF", percent(score.ois_f), percent(score.ois_precision), percent(score.ois_recall)});
  table.add({"AP", percent(score.ap)});
  return table.text();
}

std::string table_of(const metrics::PixelEdgeScore& score) {
  Table table({"score", "F", "precision", "recall", "threshold"});
  table.add({"pixelF", percent(score.f), percent(score.precision), percent(score.recall),
             number(score.threshold)});
  return table.text();
}

}  // namespace triptych::cli
