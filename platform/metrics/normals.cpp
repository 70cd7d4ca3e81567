#include "triptych/metrics/normals.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "triptych/error.h"
#include "triptych/metrics/order_statistic.h"

namespace triptych::metrics {

void NormalsSums::add(double error_deg) {
  ++pixels;
  sum += error_deg;
  squared += error_deg * error_deg;
  within[0] += error_deg < 11.25;
  within[1] += error_deg < 22.5;
  within[2] += error_deg < 30;
  not_finite += std::isnan(error_deg);
  if (keeps_errors) errors.push_back(error_deg);
}

namespace {

constexpr std::array<const char*, kNormalsKinds> kKindNames{"classic", "taskprompter", "astmt",
                                                            "libmtl", "mtan"};

template <class Real>
void add(NormalsImage& image, const NormalsMap<Real>& truth, const NormalsMap<Real>& prediction,
         const NormalsOptions& options) {
  const auto pixels = truth.x.size();
  for (const auto size : {truth.y.size(), truth.z.size(), prediction.x.size(), prediction.y.size(),
                          prediction.z.size()}) {
    if (size == pixels) continue;
    throw Error(
        "metrics.012", "normals",
        "components of " + std::to_string(pixels) + " and of " + std::to_string(size) + " pixels");
  }
  for (const auto kind : options.kinds) {
    auto& sums = image.sums[static_cast<int>(kind)];
    if (!sums) sums = NormalsSums{.keeps_errors = options.keeps_errors};
    for (std::size_t i = 0; i < pixels; ++i) {
      const Normal g{truth.x[i], truth.y[i], truth.z[i]};
      const Normal p{prediction.x[i], prediction.y[i], prediction.z[i]};
      if (const auto error = normal_error_deg(kind, g, p)) sums->add(*error);
    }
  }
}

constexpr std::array<VariantInfo, 5> kVariants{{
    {"classic", "", false, "all pixels of the data set, exact median"},
    {"taskprompter", "", false, "InvPT, TaskPrompter and ATRC meters: mean only"},
    {"astmt", "", false,
     "ASTMT and the offline path of Multi-Task-Learning-PyTorch: 8-bit prediction"},
    {"libmtl", "", false, "LibMTL: truth as stored, pixels whose components do not sum to 0"},
    {"mtan", "", true, "MTAN, Nash-MTL, FAMO, FairGrad: mean of batch means and of batch medians"},
}};

NormalsScore pooled(std::span<const NormalsSums* const> images) {
  NormalsSums total;
  bool kept_all = true;
  std::vector<double> errors;
  for (const auto* image : images) {
    total.pixels += image->pixels;
    total.sum += image->sum;
    total.squared += image->squared;
    for (int t = 0; t < 3; ++t) total.within[t] += image->within[t];
    total.not_finite += image->not_finite;
    kept_all &= image->keeps_errors;
    errors.insert(errors.end(), image->errors.begin(), image->errors.end());
  }
  const auto n = static_cast<double>(total.pixels);
  NormalsScore score{.mean = ratio(total.sum, n), .n_valid = total.pixels};
  if (const auto mean_square = ratio(total.squared, n)) score.rmse = std::sqrt(*mean_square);
  if (total.not_finite > 0) return score;
  for (int t = 0; t < 3; ++t) score.within[t] = ratio(static_cast<double>(total.within[t]), n);
  if (kept_all) score.median = median(std::move(errors));
  return score;
}

NormalsScore batch_means(std::span<const NormalsSums* const> images, std::size_t batch) {
  NormalsScore score;
  double means = 0;
  double medians = 0;
  double batches = 0;
  for (std::size_t first = 0; first < images.size(); first += batch, ++batches) {
    const auto part = pooled(images.subspan(first, std::min(batch, images.size() - first)));
    means += part.mean.value_or(NAN);
    medians += part.median.value_or(NAN);
    score.n_valid += part.n_valid;
  }
  score.mean = ratio(means, batches);
  score.median = ratio(medians, batches);
  return score;
}

}  // namespace

void add_normals(NormalsImage& image, const NormalsMap<float>& truth,
                 const NormalsMap<float>& prediction, const NormalsOptions& options) {
  add(image, truth, prediction, options);
}

void add_normals(NormalsImage& image, const NormalsMap<double>& truth,
                 const NormalsMap<double>& prediction, const NormalsOptions& options) {
  add(image, truth, prediction, options);
}

std::span<const VariantInfo> normals_variants() { return kVariants; }

NormalsKind normals_kind(std::string_view variant) {
  const auto name = parse_variant(variant, kVariants).name;
  const auto at = std::find(kKindNames.begin(), kKindNames.end(), name);
  return static_cast<NormalsKind>(at - kKindNames.begin());
}

NormalsScore score_normals(std::span<const NormalsImage> images, std::string_view variant) {
  const auto [name, batch] = parse_variant(variant, kVariants);
  std::vector<const NormalsSums*> sums;
  for (const auto& image : images) {
    const auto& measured = image.sums[static_cast<int>(normals_kind(variant))];
    if (!measured) {
      throw Error(
          "metrics.015", "normals",
          "image " + std::to_string(sums.size()) + " was not measured for variant '" + name + "'");
    }
    sums.push_back(&*measured);
  }
  if (name == "mtan") return batch_means(sums, static_cast<std::size_t>(batch));
  auto score = pooled(sums);
  if (name == "taskprompter") return {.mean = score.mean, .n_valid = score.n_valid};
  if (name == "libmtl") score.rmse = std::nullopt;
  return score;
}

namespace {

template <class Sums, class Visitor>
void visit(Sums& sums, const Visitor& visitor) {
  visitor("pixels", sums.pixels);
  visitor("sum", sums.sum);
  visitor("squared", sums.squared);
  visitor("within_11.25", sums.within[0]);
  visitor("within_22.5", sums.within[1]);
  visitor("within_30", sums.within[2]);
  visitor("not_finite", sums.not_finite);
}

}  // namespace

Statistics statistics(const NormalsImage& image) {
  Statistics rows;
  for (int kind = 0; kind < kNormalsKinds; ++kind) {
    if (!image.sums[kind]) continue;
    visit(*image.sums[kind], [&](const char* name, auto number) {
      rows.push_back({std::string(kKindNames[kind]) + "." + name, static_cast<double>(number)});
    });
  }
  return rows;
}

NormalsImage normals_image(std::span<const Statistic> rows) {
  NormalsImage image;
  for (int kind = 0; kind < kNormalsKinds; ++kind) {
    const auto prefix = std::string(kKindNames[kind]) + ".";
    for (const auto& row : rows) {
      if (!row.name.starts_with(prefix)) continue;
      auto& sums = image.sums[kind];
      if (!sums) sums.emplace();
      visit(*sums, [&](const char* name, auto& number) {
        if (row.name != prefix + name) return;
        number = static_cast<std::decay_t<decltype(number)>>(row.value);
      });
    }
  }
  return image;
}

}  // namespace triptych::metrics
