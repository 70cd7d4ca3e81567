#pragma once

// A results database with finished runs, their statistics written as training writes them.
#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "triptych/metrics/depth.h"
#include "triptych/metrics/edges.h"
#include "triptych/metrics/pixel_edges.h"
#include "triptych/metrics/segmentation.h"
#include "triptych/store/store.h"

namespace triptych::metrics {

/// What a run stores of one task.
struct TaskResults {
  std::string name;
  std::vector<Statistics> images;       ///< in the order of the set
  std::map<std::string, Value> finals;  ///< metric -> value
  std::string variant;
};

struct WriteOptions {
  bool is_numbered = true;  ///< false: as versions without image_number did
  std::string status = "done";
};

inline void write_task(core::RunEvents& events, const TaskResults& task, bool is_numbered) {
  for (std::size_t i = 0; i < task.images.size(); ++i) {
    const auto id = "test-" + std::to_string(i);  // "test-10" sorts before "test-2"
    const auto put = [&](const std::string& statistic, double value) {
      if (value == 0) return;
      events.image_statistic(
          {.task = task.name, .image_id = id, .statistic = statistic, .value = value});
    };
    if (is_numbered) put("image_number", static_cast<double>(i + 1));
    for (const auto& [name, value] : task.images[i]) put(name, value);
  }
  for (const auto& [metric, value] : task.finals) {
    events.final_metric({.task = task.name,
                         .metric = metric,
                         .split = "test",
                         .variant = task.variant,
                         .value = value.value_or(NAN),
                         .unit = "",
                         .direction = "higher",
                         .is_main = true});
  }
}

/// Writes one run into `file` and returns its id.
inline std::string write_run(const std::string& file, const std::string& manifest,
                             const std::vector<TaskResults>& tasks,
                             const WriteOptions& options = {}) {
  auto store = store::Store::open(file, store::Mode::read_write);
  store.freeze({.study = "demo",
                .protocol = "demo/1",
                .manifest = "{}",
                .points = {{.point_id = "0123456789abcdef",
                            .role = "variant",
                            .label = "plain",
                            .seed = 1,
                            .manifest = manifest,
                            .serves_as = {}}}});
  const auto claim = store.claim_next("demo");
  const auto writer = store.writer(*claim);
  for (const auto& task : tasks) write_task(*writer, task, options.is_numbered);
  writer->finish(options.status, "", 10);
  return claim->run_id;
}

/// As a plan stores it: the protocol's parameters apart from the manifest's.
inline constexpr const char* kManifest = R"({
  "protocol": {"tasks": {"semseg": {"classes": 4, "class_names": ["road", "car", "sky", "tram"]},
                         "depth": {"min_m": 0, "max_m": 20, "variant": "pooled"}}},
  "tasks": {"semseg": {"use": "semseg", "ignore": 255},
            "depth": {"use": "depth", "invalid": -1, "unit": "m"}}})";

/// 12 images of labels; class 3 never occurs, neither in truth nor in prediction.
inline std::vector<SegmentationImage> label_images() {
  std::mt19937 random(5);
  std::uniform_int_distribution<std::int64_t> label(0, 2);
  std::vector<SegmentationImage> images;
  for (int i = 0; i < 12; ++i) {
    std::vector<std::int64_t> truth, prediction;
    for (int p = 0; p < 50; ++p) {
      truth.push_back(p % 9 == 0 ? 255 : label(random));
      prediction.push_back(label(random));
    }
    SegmentationImage image(4);
    add_segmentation(image, truth, prediction, {.classes = 4});
    images.push_back(std::move(image));
  }
  return images;
}

/// 12 images with truth in and out of the range, 0, negative and marked; image 4 has no pixel in
/// it.
inline std::vector<DepthImage> depth_images() {
  std::mt19937 random(6);
  std::uniform_real_distribution<float> depth(0.5F, 30.0F);
  std::vector<DepthImage> images;
  for (int i = 0; i < 12; ++i) {
    std::vector<float> truth, prediction;
    for (int p = 0; p < 60; ++p) {
      const float g = depth(random);
      truth.push_back(p % 7 == 0 ? -1.0F : p % 11 == 0 ? 0.0F : p % 13 == 0 ? -2.0F : g);
      if (i == 4 && truth.back() > 0) truth.back() += 20;
      prediction.push_back(p % 17 == 0 ? 0.0F : g + depth(random) / 10);
    }
    DepthImage image;
    add_depth(image, truth, prediction, {.min = 0, .max = 20, .ignore = -1.0});
    images.push_back(image);
  }
  return images;
}

template <class Image>
std::vector<Statistics> statistics_of(const std::vector<Image>& images) {
  std::vector<Statistics> rows;
  for (const auto& image : images) rows.push_back(statistics(image));
  return rows;
}

inline TaskResults semseg_results() {
  const auto images = label_images();
  const auto score = score_segmentation(images, "official");
  return {.name = "semseg",
          .images = statistics_of(images),
          .finals = {{"mIoU", score.mean_iou}, {"pixel_accuracy", score.pixel_accuracy}},
          .variant = "official"};
}

inline TaskResults depth_results() {
  const auto images = depth_images();
  const auto score = score_depth(images, "pooled");
  return {.name = "depth",
          .images = statistics_of(images),
          .finals = {{"rmse", score.rmse},
                     {"abs_rel", score.abs_rel},
                     {"log_rmse", score.log_rmse},
                     {"delta1", score.delta[0]}},
          .variant = "pooled"};
}

}  // namespace triptych::metrics
