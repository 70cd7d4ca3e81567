/// Draws the figure of the manual: samples of `streets` in columns; photograph, classes, depth and
/// edges in rows.
///   streets_figure OUT.png INDEX...      (of the split "train" with seed 1)
#include <triptych/data/boundaries.h>
#include <triptych/data/pictures.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "streets/render.h"

namespace {

using triptych::data::Picture;
using namespace triptych::streets;

struct Colour {
  std::uint8_t red, green, blue;
};

/// The customary colours of the Cityscapes classes.
constexpr Colour kClassColours[kNumLabels] = {
    {128, 64, 128},  {244, 35, 232}, {70, 70, 70},  {102, 102, 156}, {190, 153, 153},
    {153, 153, 153}, {250, 170, 30}, {220, 220, 0}, {107, 142, 35},  {152, 251, 152},
    {70, 130, 180},  {220, 20, 60},  {255, 0, 0},   {0, 0, 142},     {0, 0, 70},
    {0, 60, 100},    {0, 80, 100},   {0, 0, 230},   {119, 11, 32}};

/// Near = light yellow, far = dark violet, logarithmic from 3 to 120 m; black = none.
Colour depth_colour(float depth_m) {
  if (depth_m <= 0) return {0, 0, 0};
  const float t = clamp01(std::log(depth_m / 3) / std::log(40.0f));
  constexpr float kStops[5][3] = {
      {252, 255, 164}, {249, 142, 9}, {188, 55, 84}, {87, 16, 110}, {20, 11, 52}};
  const float place = t * 4;
  const int low = std::min(static_cast<int>(place), 3);
  const auto channel = [&](int c) {
    return static_cast<std::uint8_t>(
        mix(kStops[low][c], kStops[low + 1][c], place - static_cast<float>(low)));
  };
  return {channel(0), channel(1), channel(2)};
}

class Sheet {
 public:
  Sheet(int rows, int columns, int height, int width)
      : height_(height),
        width_(width),
        picture_{rows * (height + kGap) - kGap, columns * (width + kGap) - kGap, 3, {}} {
    picture_.pixels.assign(static_cast<std::size_t>(picture_.height) * picture_.width * 3, 255);
  }
  void put(int sheet_row, int sheet_column, int row, int column, Colour colour) {
    const std::size_t at =
        (static_cast<std::size_t>(sheet_row * (height_ + kGap) + row) * picture_.width +
         sheet_column * (width_ + kGap) + column) *
        3;
    picture_.pixels[at] = colour.red;
    picture_.pixels[at + 1] = colour.green;
    picture_.pixels[at + 2] = colour.blue;
  }
  [[nodiscard]] const Picture& picture() const { return picture_; }

 private:
  static constexpr int kGap = 4;
  int height_, width_;
  Picture picture_;
};

void draw(Sheet& sheet, int column_of_sheet, const Rendering& r) {
  const auto edges = triptych::data::class_boundaries(r.semseg, r.instance, r.height, r.width);
  for (int row = 0; row < r.height; ++row)
    for (int column = 0; column < r.width; ++column) {
      const std::size_t at = static_cast<std::size_t>(row) * r.width + column;
      const std::uint8_t label = r.semseg[at];
      sheet.put(0, column_of_sheet, row, column,
                {r.rgb[3 * at], r.rgb[3 * at + 1], r.rgb[3 * at + 2]});
      sheet.put(1, column_of_sheet, row, column,
                label < kNumLabels ? kClassColours[label] : Colour{0, 0, 0});
      sheet.put(2, column_of_sheet, row, column, depth_colour(r.depth[at]));
      const std::uint8_t edge = edges[at] == 1 ? 255 : edges[at] == 255 ? 90 : 15;
      sheet.put(3, column_of_sheet, row, column, {edge, edge, edge});
    }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::fputs("usage: streets_figure OUT.png INDEX...\n", stderr);
    return 2;
  }
  constexpr int kHeight = 128;
  Sheet sheet(4, argc - 2, kHeight, 2 * kHeight);
  for (int i = 2; i < argc; ++i)
    draw(sheet, i - 2, render_street(1, "train", std::atoi(argv[i]), kHeight, 2 * kHeight));
  triptych::data::write_png(argv[1], sheet.picture());
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
