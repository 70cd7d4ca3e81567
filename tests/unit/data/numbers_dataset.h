#pragma once

#include <ATen/ATen.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "triptych/dataset.h"

namespace triptych::data {

/// A small data set whose pixels say where they come from. Odd samples lack "depth" where
/// `is_partial`; sample `broken` throws; each takes `delay` to make.
class NumbersDataset final : public Dataset {
 public:
  std::int64_t count = 10, height = 4, width = 6;
  bool is_partial = false;
  std::int64_t broken = -1;
  std::chrono::milliseconds delay{0};
  mutable std::atomic<int> made{0};

  std::int64_t size(const std::string& split) const override {
    return split == "train" ? count : 3;
  }
  std::vector<std::string> labels() const override {
    return {"semseg", "depth", "normals", "edges"};
  }
  std::string data_hash() const override { return "numbers"; }

  Sample sample(const std::string& split, std::int64_t index) const override {
    ++made;
    std::this_thread::sleep_for(delay);
    if (index == broken) throw std::runtime_error("the disk caught fire");
    Sample out{.id = split + std::to_string(index),
               .rgb = at::empty({3, height, width}, at::kByte),
               .labels = {},
               .camera = {.fx = 50,
                          .fy = 51,
                          .cx = 2.25,
                          .cy = 1.75,
                          .baseline_m = 0.2,
                          .height_m = 1.2,
                          .pitch_rad = 0.1}};
    for (std::int64_t i = 0; i < out.rgb.numel(); ++i)
      out.rgb.mutable_data_ptr<std::uint8_t>()[i] = static_cast<std::uint8_t>(7 * index + i);
    out.labels["semseg"] =
        at::arange(height * width).view({height, width}).remainder(5).add(index).to(at::kByte);
    if (!is_partial || index % 2 == 0)
      out.labels["depth"] = at::arange(height * width)
                                .view({1, height, width})
                                .to(at::kFloat)
                                .add(static_cast<double>(index) + 0.5);
    out.labels["normals"] = at::arange(3 * height * width).view({3, height, width}).to(at::kFloat);
    out.labels["edges"] = at::ones({1, height, width}, at::kByte);
    return out;
  }
};

}  // namespace triptych::data
