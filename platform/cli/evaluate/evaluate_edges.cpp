#include <algorithm>

#include "evaluate_documents.h"
#include "evaluate_files.h"
#include "evaluate_forms.h"
#include "evaluate_progress.h"
#include "triptych/error.h"
#include "triptych/metrics/edges.h"
#include "triptych/metrics/parallel.h"
#include "triptych/metrics/png.h"

namespace triptych::cli {

namespace fs = std::filesystem;

namespace {

struct Files {
  fs::path truth, prediction;
};

std::vector<Files> pairs(const CommonOptions& common) {
  std::vector<Files> out;
  for (const auto& truth : files_in(common.truth, ".png")) {
    const auto prediction = fs::path(common.prediction) / truth.filename();
    if (!fs::exists(prediction)) {
      throw Error(Problem{.code = "evaluate.005",
                          .message = "there is no prediction for " + truth.string(),
                          .file = prediction.string(),
                          .expected = "expected a PNG of the same name"});
    }
    out.push_back({truth, prediction});
  }
  if (out.empty()) {
    throw Error("evaluate.004", common.truth, "holds no *.png",
                "Name the folder in which the PNGs themselves lie.");
  }
  const auto predictions = files_in(common.prediction, ".png").size();
  if (predictions > out.size()) {
    note("note: " + std::to_string(predictions - out.size()) +
         " prediction(s) without ground truth are not used");
  }
  return out;
}

metrics::ByteMap map_of(const metrics::GrayImage& image) {
  return {image.width, image.height, image.pixels};
}

metrics::EdgeImage measure(const Files& files, metrics::EdgeReading reading, double max_distance) {
  const auto truth = metrics::read_png8(files.truth);
  const auto prediction = metrics::read_png8(files.prediction);
  const std::vector truths{map_of(truth)};
  try {
    return measure_edges(map_of(prediction), truths, reading, max_distance);
  } catch (const Error& error) {
    throw error.within(files.prediction.string());
  }
}

}  // namespace

Evaluation evaluate_edges(const CommonOptions& common, const EdgeForm& form) {
  const auto variant = metrics::parse_variant(common.variant, metrics::edge_variants()).text();
  const auto reading = metrics::edge_reading(variant);
  const auto files = pairs(common);
  std::vector<metrics::EdgeImage> images(files.size());
  Progress progress("edges", static_cast<std::int64_t>(files.size()));
  metrics::parallel_for(static_cast<std::int64_t>(files.size()), common.threads,
                        [&](std::int64_t i) {
                          images[i] = measure(files[i], reading, form.max_distance);
                          progress.advance();
                        });
  if (!common.per_image_file.empty()) {
    std::vector<std::string> names;
    std::vector<metrics::Statistics> rows;
    for (std::size_t i = 0; i < files.size(); ++i) {
      names.push_back(files[i].truth.stem().string());
      rows.push_back(statistics(images[i]));
    }
    write_per_image(common.per_image_file, names, rows);
  }
  const auto score = metrics::score_edges(images, variant);
  Document out;
  add_keys(score, out);
  out["images"] = files.size();
  out["max_distance"] = form.max_distance;
  add_variant("edges", variant, out);
  return {out, "Edges, variant " + variant + ", max distance " + number(form.max_distance) +
                   " of the diagonal, percent\n" + table_of(score)};
}

}  // namespace triptych::cli
