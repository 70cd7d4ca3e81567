/// Tiles: one convolution whose kernel is its stride.
///
///   grid[b, i, j, :] = W vec(rgb[b, :, iS..iS+S, jS..jS+S]) + b
///
/// Source: fixture. The smallest embedding there is.
#include <triptych/plugin.h>

namespace {

using namespace triptych;

class Tile final : public Embedding {
 public:
  static Spec spec() {
    return Spec("tile", "One convolution per tile of the image.")
        .param("stride", 4, "side of a tile in pixels", at_least(1))
        .param("width", 16, "channels of the grid", at_least(1))
        .input("images", "B 3 H W")
        .output("grid", "B H/{stride} W/{stride} {width}")
        .source("fixture");
  }

  static GridDims ports(const Params& params, const Dims& dims) {
    const auto stride = params.integer("stride");
    if (dims.image.height % stride != 0 || dims.image.width % stride != 0) {
      throw Error("fixture.001", "embedding 'tile'", "the image is no whole number of tiles",
                  "Use sizes that are multiples of " + std::to_string(stride) + ".");
    }
    return {.height = dims.image.height / stride,
            .width = dims.image.width / stride,
            .channels = params.integer("width"),
            .stride = static_cast<double>(stride)};
  }

  Tile(const Params& params, const Dims&)
      : project_(register_module(
            "project", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, params.integer("width"),
                                                                  params.integer("stride"))
                                             .stride(params.integer("stride"))))) {}

  Grid forward(const Images& images, Context&) override {
    return {project_->forward(images.rgb).permute({0, 2, 3, 1})};
  }

 private:
  torch::nn::Conv2d project_;
};

}  // namespace

TRIPTYCH_PLUGIN(Tile)
