#pragma once

#include <string>
#include <vector>

#include <triptych/store/store.h>

namespace triptych::report {

/// What the made-up study is like. Its numbers are invented; they only have to look plausible.
struct DemoOptions {
  std::string study = "streets";
  std::vector<std::string> labels = {"hard sharing", "prompts"};  ///< variants
  int num_seeds = 3;
  int num_images = 2;
};

/// Fills the database with a made-up study: variants, plain single-task baselines for semseg and
/// depth, one failed run, curves, latency, pictures, plugins and environment.
void write_demo_study(store::Store& store, const DemoOptions& options = {});

/// A small PNG file (8-bit RGB, without compression tricks) whose colours depend on `seed`.
std::vector<std::uint8_t> demo_png(int width, int height, unsigned seed);

}  // namespace triptych::report
