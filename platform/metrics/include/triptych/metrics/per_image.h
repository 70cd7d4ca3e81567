#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "triptych/error.h"

namespace triptych::metrics {

/// The statistics of the images of a data set, one entry per image, under the image's index in it.
///
/// This is the accumulator of every metric whose score function takes `std::span<const Image>`.
/// Merging keeps the entries apart and `ordered()` sorts them by index, so that a score is the same
/// bit by bit for any number of threads, any order of images and any way of splitting the work; and
/// the same entries can be scored again under another variant. Not synchronised: one per thread.
template <class Image>
class PerImage {
 public:
  /// Throws Error metrics.010 when `index` is there already.
  void add(std::int64_t index, Image image) {
    if (!images_.emplace(index, std::move(image)).second) {
      throw Error("metrics.010", "image " + std::to_string(index), "was added twice");
    }
  }
  /// Throws Error metrics.010 when both hold one index.
  void merge(PerImage other) {
    for (auto& [index, image] : other.images_) add(index, std::move(image));
  }
  void reset() { images_.clear(); }
  [[nodiscard]] std::size_t size() const { return images_.size(); }
  [[nodiscard]] const std::map<std::int64_t, Image>& by_index() const { return images_; }
  /// In the order of the indices.
  [[nodiscard]] std::vector<Image> ordered() const {
    std::vector<Image> out;
    out.reserve(images_.size());
    for (const auto& [index, image] : images_) out.push_back(image);
    return out;
  }

 private:
  std::map<std::int64_t, Image> images_;
};

}  // namespace triptych::metrics
