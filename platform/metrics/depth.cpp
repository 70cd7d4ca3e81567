#include "triptych/metrics/depth.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace triptych::metrics {

namespace {

// The sums over the valid pixels of one image under a variant.
DepthSums valid_sums(const DepthImage& image, const std::string& variant) {
  DepthSums total;
  const auto add = [&](DepthKind kind, bool with_ignored = true) {
    total.merge(image.sums[static_cast<int>(kind)][0]);
    if (with_ignored) total.merge(image.sums[static_cast<int>(kind)][1]);
  };
  const bool is_legacy = variant == "taskprompter_legacy";
  add(DepthKind::kInRange, !is_legacy);
  if (variant == "pooled" || variant == "per_image" || variant == "taskprompter") return total;
  add(DepthKind::kOutOfRange, !is_legacy);
  add(is_legacy ? DepthKind::kNegativeTiny : DepthKind::kNegative, !is_legacy);
  if (is_legacy || variant == "astmt") add(DepthKind::kZero, !is_legacy);
  return total;
}

Value root(Value square) { return square ? finite(std::sqrt(*square)) : std::nullopt; }

DepthScore all_metrics(const DepthSums& sums) {
  const auto n = static_cast<double>(sums.pixels);
  DepthScore score{.rmse = root(ratio(sums.squared, n)),
                   .log_rmse = root(ratio(sums.log_squared, n)),
                   .abs_err = ratio(sums.absolute, n),
                   .abs_rel = ratio(sums.relative, n),
                   .sq_rel = ratio(sums.squared_relative, n),
                   .silog = root(ratio(sums.log_spread, n)),
                   .n_valid = sums.pixels};
  const bool comparable = !std::isnan(sums.absolute);  // a NaN prediction is not within any factor
  for (int k = 0; k < 3 && comparable; ++k) {
    score.delta[k] = ratio(static_cast<double>(sums.within[k]), n);
  }
  return score;
}

// Calls `visit` with each metric of a score.
template <class Score, class Visitor>
void each_metric(Score& score, const Visitor& visit) {
  visit(score.rmse);
  visit(score.log_rmse);
  visit(score.abs_err);
  visit(score.abs_rel);
  visit(score.sq_rel);
  visit(score.silog);
  for (auto& delta : score.delta) visit(delta);
}

// The mean over images, in their order, of each metric; no value where an image has none.
DepthScore mean_of(const std::vector<DepthScore>& scores) {
  std::array<double, 9> totals{};
  for (const auto& score : scores) {
    int metric = 0;
    each_metric(score, [&](const Value& value) { totals[metric++] += value.value_or(NAN); });
  }
  DepthScore mean;
  int metric = 0;
  each_metric(mean, [&](Value& value) {
    value = ratio(totals[metric++], static_cast<double>(scores.size()));
  });
  for (const auto& score : scores) mean.n_valid += score.n_valid;
  return mean;
}

Value median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  if (std::any_of(values.begin(), values.end(), [](double x) { return std::isnan(x); })) return {};
  std::sort(values.begin(), values.end());
  const auto half = values.size() / 2;
  return finite(values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2);
}

DepthScore per_image(std::span<const DepthImage> images) {
  std::vector<DepthScore> scores;
  for (const auto& image : images) {
    const auto sums = valid_sums(image, "per_image");
    if (sums.pixels > 0) scores.push_back(all_metrics(sums));
  }
  auto score = mean_of(scores);
  score.images_left_out = images.size() - scores.size();
  return score;
}

DepthScore astmt(std::span<const DepthImage> images) {
  std::vector<DepthScore> scores;
  std::vector<double> log_rmse;
  for (const auto& image : images) {
    scores.push_back(all_metrics(valid_sums(image, "astmt")));
    log_rmse.push_back(scores.back().log_rmse.value_or(NAN));
  }
  const auto mean = mean_of(scores);
  return {.rmse = mean.rmse, .log_rmse = median(std::move(log_rmse)), .n_valid = mean.n_valid};
}

// Mean over batches of the batch's abs_err and abs_rel; one batch of everything is the pixel mean.
DepthScore batch_mean(std::span<const DepthImage> images, std::size_t batch) {
  DepthScore score;
  double absolute = 0;
  double relative = 0;
  double batches = 0;
  for (std::size_t first = 0; first < images.size(); first += batch, ++batches) {
    DepthSums sums;
    for (std::size_t i = first; i < std::min(first + batch, images.size()); ++i) {
      sums.merge(valid_sums(images[i], "libmtl"));
    }
    absolute += sums.raw_absolute / static_cast<double>(sums.pixels);  // 0/0: no value
    relative += sums.raw_relative / static_cast<double>(sums.pixels);
    score.n_valid += sums.pixels;
  }
  score.abs_err = ratio(absolute, batches);
  score.abs_rel = ratio(relative, batches);
  return score;
}

constexpr std::array<VariantInfo, 8> kVariants{{
    {"pooled", "", false, "all valid pixels of the data set, one division and one root"},
    {"per_image", "", false, "metric per image, then mean over images"},
    {"taskprompter", "", false, "TaskPrompter and MLoRE meters"},
    {"taskprompter_legacy", "", false,
     "InvPT and MTMamba meters: every pixel but the ignore value"},
    {"astmt", "", false, "ASTMT: per image; rmse mean, log_rmse median"},
    {"survey", "", false, "offline evaluation of Multi-Task-Learning-PyTorch"},
    {"libmtl", "", false, "LibMTL: pixel means where the truth is not 0"},
    {"batch_mean", "", true, "MTAN, Nash-MTL, FAMO, FairGrad: mean of batch means"},
}};

}  // namespace

std::span<const VariantInfo> depth_variants() { return kVariants; }

DepthScore score_depth(std::span<const DepthImage> images, std::string_view variant) {
  const auto [name, batch] = parse_variant(variant, kVariants);
  if (name == "per_image") return per_image(images);
  if (name == "astmt") return astmt(images);
  if (name == "batch_mean") return batch_mean(images, static_cast<std::size_t>(batch));
  if (name == "libmtl") return batch_mean(images, std::max<std::size_t>(images.size(), 1));
  DepthSums total;
  for (const auto& image : images) total.merge(valid_sums(image, name));
  auto score = all_metrics(total);
  if (name.starts_with("taskprompter")) {
    score.abs_err = score.silog = std::nullopt;
    score.delta = {};
  }
  return score;
}

}  // namespace triptych::metrics
