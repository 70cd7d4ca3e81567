/// A contour branch beside the tiles, with an auxiliary edge output.
///
///   c = relu(W_c * rgb) at 1/S;   grid = tiles(rgb) + c;   edge logits e = w_e * c
///
/// e is supervised by the task `edges`; without that task w_e is not built. Source: fixture.
#include <triptych/plugin.h>

namespace {

using namespace triptych;
using torch::nn::Conv2dOptions;

class SideEdge final : public Embedding {
 public:
  static Spec spec() {
    return Spec("side_edge", "Tiles plus a contour branch that the edges task supervises.")
        .param("stride", 4, "side of a tile in pixels", at_least(1))
        .param("width", 16, "channels of the grid", at_least(1))
        .param("weight", 0.4, "of the auxiliary loss", at_least(0))
        .input("images", "B 3 H W")
        .output("grid", "B H/{stride} W/{stride} {width}")
        .output("auxiliary contour", "B 1 H/{stride} W/{stride}")
        .source("fixture");
  }

  static GridDims ports(const Params& params, const Dims& dims) {
    const auto stride = params.integer("stride");
    if (dims.image.height % stride != 0 || dims.image.width % stride != 0) {
      throw Error("fixture.001", "embedding 'side_edge'", "the image is no whole number of tiles",
                  "Use sizes that are multiples of " + std::to_string(stride) + ".");
    }
    return {.height = dims.image.height / stride,
            .width = dims.image.width / stride,
            .channels = params.integer("width"),
            .stride = static_cast<double>(stride)};
  }

  SideEdge(const Params& params, const Dims& dims) : weight_(params.number("weight")) {
    const auto stride = params.integer("stride");
    const auto width = params.integer("width");
    tiles_ =
        register_module("tiles", torch::nn::Conv2d(Conv2dOptions(3, width, stride).stride(stride)));
    contour_ = register_module("contour",
                               torch::nn::Conv2d(Conv2dOptions(3, width, stride).stride(stride)));
    if (dims.find_task("edges") < 0) return;
    edge_ = register_module("edge", torch::nn::Conv2d(Conv2dOptions(width, 1, 1)));
  }

  Grid forward(const Images& images, Context& context) override {
    const auto contour = torch::relu(contour_->forward(images.rgb));  // [B, C, H/S, W/S]
    if (edge_) context.emit({"edges", "contour", {edge_->forward(contour), {}}, weight_});
    return {(tiles_->forward(images.rgb) + contour).permute({0, 2, 3, 1})};
  }

 private:
  double weight_;
  torch::nn::Conv2d tiles_{nullptr}, contour_{nullptr}, edge_{nullptr};
};

}  // namespace

TRIPTYCH_PLUGIN(SideEdge)
