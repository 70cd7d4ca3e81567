#include "rescore.h"

#include <algorithm>
#include <array>
#include <span>

#include "evaluate_documents.h"
#include "triptych/error.h"

namespace triptych::cli {

namespace {

using metrics::VariantInfo;

// What evaluate knows of a task plugin.
enum class Family { kSegmentation, kDepth, kPixelEdges, kMatchedEdges };

constexpr std::array<const char*, 4> kNames{"semseg", "depth", "edges", "edges"};  // [family]

constexpr std::array<const char*, 3> kPlugins{"semseg", "depth", "edges"};

[[noreturn]] void refuse_statistics(const StoredTask& task, const std::string& problem,
                                    const std::string& suggestion) {
  throw Error("evaluate.010", "task '" + task.name + "'", problem, suggestion);
}

bool has(const StoredTask& task, const std::string& prefix) {
  return std::any_of(task.images.begin(), task.images.end(), [&](const auto& rows) {
    return std::any_of(rows.begin(), rows.end(),
                       [&](const auto& row) { return row.name.starts_with(prefix); });
  });
}

Family family_of(const StoredTask& task) {
  if (task.use == "semseg") return Family::kSegmentation;
  if (task.use == "depth") return Family::kDepth;
  if (task.use == "edges") {
    const bool is_matched = has(task, "seism.") || has(task, "pdollar.");
    return is_matched ? Family::kMatchedEdges : Family::kPixelEdges;
  }
  refuse_statistics(task, "its statistics are those of plugin '" + task.use + "'",
                    "The plugins whose statistics can be finished here: " +
                        join({kPlugins.begin(), kPlugins.end()}) + ".");
}

// Counts of classes are all that semseg needs, whoever wrote them.
void check_statistics(const StoredTask& task, Family family) {
  if (task.images.empty()) refuse_statistics(task, "the run holds no statistics of its images", "");
  if (family == Family::kSegmentation || task.is_complete) return;
  refuse_statistics(task,
                    "an older version stored its statistics, without image_number and some sums",
                    "Run the study again: its points are new ones in this version.");
}

std::span<const VariantInfo> variants_of(Family family) {
  if (family == Family::kSegmentation) return metrics::segmentation_variants();
  if (family == Family::kDepth) return metrics::depth_variants();
  return metrics::edge_variants();
}

std::vector<std::string> names_of(std::span<const VariantInfo> variants) {
  std::vector<std::string> names;
  for (const auto& variant : variants) {
    names.push_back(std::string(variant.name) + (variant.takes_batch ? "(IMAGES_PER_BATCH)" : ""));
  }
  return names;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Evaluation segmentation(const StoredTask& task, const std::string& variant) {
  const int classes = param(task, "classes", 0);
  std::vector<metrics::SegmentationImage> images;
  for (const auto& rows : task.images) images.push_back(metrics::segmentation_image(rows, classes));
  const auto score = metrics::score_segmentation(images, variant);
  Evaluation out;
  add_keys(score, out.document);
  out.document["classes"] = classes;
  out.document["ignore"] = param<std::int64_t>(task, "ignore", 255);
  out.table = ", percent, " + std::to_string(score.n_valid) + " valid pixels\n" +
              table_of(score, param<std::vector<std::string>>(task, "class_names", {}));
  return out;
}

Evaluation depth(const StoredTask& task, const std::string& variant) {
  std::vector<metrics::DepthImage> images;
  for (const auto& rows : task.images) images.push_back(metrics::depth_image(rows));
  const auto score = metrics::score_depth(images, variant);
  Evaluation out;
  add_keys(score, out.document);
  if (variant == "per_image") out.document["images_left_out"] = score.images_left_out;
  out.document["min"] = param(task, "min_m", 0.0);
  out.document["max"] = param(task, "max_m", 80.0);
  out.document["ignore"] = param(task, "invalid", 0.0);
  const auto unit = param<std::string>(task, "unit", "m");
  out.document["unit"] = unit;
  out.table = ", in " + unit + "\n" + table_of(score);
  return out;
}

Evaluation matched_edges(const StoredTask& task, const std::string& variant) {
  std::vector<metrics::EdgeImage> images;
  for (const auto& rows : task.images) images.push_back(metrics::edge_image(rows));
  const auto score = metrics::score_edges(images, variant);
  Evaluation out;
  add_keys(score, out.document);
  const auto distance = param(task, "max_distance", 0.0075);
  out.document["max_distance"] = distance;
  out.table =
      ", max distance " + number(distance) + " of the diagonal, percent\n" + table_of(score);
  return out;
}

Evaluation pixel_edges(const StoredTask& task) {
  std::vector<metrics::PixelEdgeImage> images;
  for (const auto& rows : task.images) images.push_back(metrics::pixel_edge_image(rows));
  const auto score = metrics::score_pixel_edges(images);
  Evaluation out;
  add_keys(score, out.document);
  out.table = ", no distance tolerated, percent\n" + table_of(score);
  return out;
}

}  // namespace

bool is_known(const StoredTask& task) {
  return std::find(kPlugins.begin(), kPlugins.end(), task.use) != kPlugins.end();
}

Offer offer(const StoredTask& task) {
  const auto family = family_of(task);
  check_statistics(task, family);
  if (family == Family::kPixelEdges) {
    return {.possible = {"pixel"},
            .impossible = names_of(metrics::edge_variants()),
            .reason = "the run counted pixels in place, and boundaries are matched on whole maps"};
  }
  if (family == Family::kMatchedEdges) {
    const bool is_seism = has(task, "seism.");
    Offer out{.possible = {"pdollar"}, .impossible = {"seism", "grid99", "pixel"}, .reason = {}};
    if (is_seism)
      out = {.possible = {"seism", "grid99"}, .impossible = {"pdollar", "pixel"}, .reason = {}};
    out.reason = std::string("the run matched boundaries as read by ") +
                 (is_seism ? "seism" : "pdollar") + ", and counts do not give the maps back";
    return out;
  }
  return {.possible = names_of(variants_of(family)), .impossible = {}, .reason = {}};
}

bool knows(const StoredTask& task, const std::string& variant) {
  const auto family = family_of(task);
  const bool is_edges = family == Family::kPixelEdges || family == Family::kMatchedEdges;
  if (is_edges && variant == "pixel") return true;
  const auto variants = variants_of(family);
  const auto name = variant.substr(0, variant.find('('));
  if (std::none_of(variants.begin(), variants.end(),
                   [&](const VariantInfo& info) { return name == info.name; })) {
    return false;
  }
  (void)metrics::parse_variant(variant, variants);
  return true;
}

void check_fixed(const StoredTask& task, const FixedParams& given) {
  const auto check = [&](const char* option, std::optional<double> value, double stored) {
    if (!value || *value == stored) return;
    throw Error(Problem{.code = "evaluate.011",
                        .message = std::string(option) + ": found " + number(*value) +
                                   ", but the statistics of task '" + task.name +
                                   "' were summed under " + number(stored) +
                                   ", and sums cannot be taken apart",
                        .suggestion = "Score the predictions themselves, or run the study under a "
                                      "protocol with that value."});
  };
  const auto family = family_of(task);
  if (family == Family::kSegmentation) {
    check("--classes", given.classes, param(task, "classes", 0.0));
    check("--ignore", given.ignore, param(task, "ignore", 255.0));
  } else if (family == Family::kDepth) {
    check("--min", given.min, param(task, "min_m", 0.0));
    check("--max", given.max, param(task, "max_m", 80.0));
    check("--ignore", given.ignore, param(task, "invalid", 0.0));
  } else if (family == Family::kMatchedEdges) {
    check("--max-distance", given.max_distance, param(task, "max_distance", 0.0075));
  }
}

Evaluation rescore(const StoredTask& task, const std::string& variant) {
  const auto offered = offer(task);
  if (contains(offered.impossible, variant)) {
    throw Error(Problem{.code = "evaluate.011",
                        .message = "task '" + task.name + "': variant " + variant +
                                   " cannot be had from what is stored: " + offered.reason,
                        .expected = "it can be had under: " + join(offered.possible),
                        .suggestion = "For others score the predictions themselves, or run the "
                                      "study with that variant of the task."});
  }
  const auto family = family_of(task);
  const bool is_pixelwise = family == Family::kPixelEdges;
  const auto chosen =
      is_pixelwise ? "pixel" : metrics::parse_variant(variant, variants_of(family)).text();
  auto out = is_pixelwise                      ? pixel_edges(task)
             : family == Family::kMatchedEdges ? matched_edges(task, chosen)
             : family == Family::kDepth        ? depth(task, chosen)
                                               : segmentation(task, chosen);
  out.document["images"] = task.images.size();
  add_variant(kNames[static_cast<std::size_t>(family)], chosen, out.document);
  out.table = "Task " + task.name + ", variant " + chosen + out.table;
  return out;
}

}  // namespace triptych::cli
