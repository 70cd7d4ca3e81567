// Swin with prompts and prompt decoding as a whole, against a written-out version.
#include <gtest/gtest.h>

#include "naive.h"
#include "small_model.h"

namespace modules_test {
namespace {

using naive::Field;
using naive::Rows;
using naive::Vector;
using naive::Weights;

// Two stages of float32 against double; features are of order 1.
constexpr double kTolerance = 1e-5;

/// Everything that one sample's encoder gives, level by level.
struct Encoded {
  std::vector<Field> levels;
  std::vector<std::vector<std::vector<Vector>>> spatial;  // [stage][head][task] over cells
  std::vector<std::vector<Rows>> channel;                 // [stage][channel head][task][channel]
};

Vector mlp(const Weights& weights, const std::string& name, const Vector& x) {
  auto hidden = weights.linear(name + ".fc1", x);
  for (double& value : hidden) value = naive::gelu(value);
  return weights.linear(name + ".fc2", hidden);
}

Vector residuals(const Weights& weights, const std::string& name, const Vector& x,
                 const Vector& attended) {
  const auto sum = naive::added(x, attended);
  return naive::added(sum, mlp(weights, name + ".mlp", weights.layer_norm(name + ".norm2", sum)));
}

/// 2x2 neighbours in the order (0,0), (1,0), (0,1), (1,1) of (row, column); zeros beyond the grid.
Field merged(const Weights& weights, const std::string& name, const Field& field) {
  Field out{(field.height + 1) / 2, (field.width + 1) / 2, {}};
  const auto channels = field.cells.front().size();
  for (std::int64_t r = 0; r < out.height; ++r) {
    for (std::int64_t c = 0; c < out.width; ++c) {
      Vector joined;
      for (const auto& [down, right] : {std::pair{0, 0}, {1, 0}, {0, 1}, {1, 1}}) {
        const auto row = 2 * r + down, column = 2 * c + right;
        const bool is_there = row < field.height && column < field.width;
        const auto cell = is_there ? field.at(row, column) : Vector(channels, 0.0);
        joined.insert(joined.end(), cell.begin(), cell.end());
      }
      out.cells.push_back(
          weights.linear(name + ".reduction", weights.layer_norm(name + ".norm", joined)));
    }
  }
  return out;
}

/// 3x3 convolution with padding 1 over maps [channel] of one size.
std::vector<Vector> conv3(const torch::Tensor& weight, const torch::Tensor& bias,
                          const std::vector<Vector>& maps, std::int64_t height, std::int64_t width,
                          std::int64_t stride) {
  const auto w = weight.accessor<double, 4>();
  std::vector<Vector> out(static_cast<std::size_t>(w.size(0)));
  for (std::int64_t o = 0; o < w.size(0); ++o) {
    for (std::int64_t r = 0; r < height; r += stride) {
      for (std::int64_t c = 0; c < width; c += stride) {
        double sum = bias[o].item<double>();
        for (std::int64_t i = 0; i < w.size(1); ++i) {
          for (std::int64_t dy = -1; dy <= 1; ++dy) {
            for (std::int64_t dx = -1; dx <= 1; ++dx) {
              if (r + dy < 0 || r + dy >= height || c + dx < 0 || c + dx >= width) continue;
              sum += w[o][i][dy + 1][dx + 1] *
                     maps[static_cast<std::size_t>(i)]
                         [static_cast<std::size_t>((r + dy) * width + c + dx)];
            }
          }
        }
        out[static_cast<std::size_t>(o)].push_back(sum);
      }
    }
  }
  return out;
}

std::vector<Vector> conv3(const Weights& weights, const std::string& name,
                          const std::vector<Vector>& maps, std::int64_t height, std::int64_t width,
                          std::int64_t stride = 1) {
  return conv3(weights.at(name + ".weight"), weights.at(name + ".bias"), maps, height, width,
               stride);
}

/// 1x1 convolution: the linear map at each cell.
std::vector<Vector> conv1(const Weights& weights, const std::string& name,
                          const std::vector<Vector>& maps) {
  const auto w = weights.at(name + ".weight");
  std::vector<Vector> out(static_cast<std::size_t>(w.size(0)));
  for (std::size_t o = 0; o < out.size(); ++o) {
    out[o].assign(maps.front().size(), weights.at(name + ".bias")[o].item<double>());
    for (std::size_t i = 0; i < maps.size(); ++i) {
      const double factor =
          w[static_cast<std::int64_t>(o)][static_cast<std::int64_t>(i)].item<double>();
      for (std::size_t k = 0; k < out[o].size(); ++k) out[o][k] += factor * maps[i][k];
    }
  }
  return out;
}

/// Bilinear resize with aligned pixel centres: the source of x is (x + 0.5) from/to - 0.5, at least
/// 0.
Vector resized(const Vector& map, std::int64_t height, std::int64_t width, std::int64_t to_height,
               std::int64_t to_width) {
  Vector out;
  const auto source = [](std::int64_t x, std::int64_t from, std::int64_t to) {
    const double place =
        (static_cast<double>(x) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5;
    return std::max(place, 0.0);
  };
  for (std::int64_t r = 0; r < to_height; ++r) {
    for (std::int64_t c = 0; c < to_width; ++c) {
      const double y = source(r, height, to_height), x = source(c, width, to_width);
      const auto y0 = static_cast<std::int64_t>(y), x0 = static_cast<std::int64_t>(x);
      const auto y1 = std::min(y0 + 1, height - 1), x1 = std::min(x0 + 1, width - 1);
      const double v = y - static_cast<double>(y0), u = x - static_cast<double>(x0);
      const auto at = [&](std::int64_t row, std::int64_t column) {
        return map[static_cast<std::size_t>(row * width + column)];
      };
      out.push_back((1 - v) * ((1 - u) * at(y0, x0) + u * at(y0, x1)) +
                    v * ((1 - u) * at(y1, x0) + u * at(y1, x1)));
    }
  }
  return out;
}

struct Shape {
  std::int64_t tasks, channel_heads, window;
  bool is_merged;
  bool is_of_paper = false;  // the decoding of TaskPrompter's older model, else of its current one
};

Encoded encode(const SmallModel& model, const torch::Tensor& patches, const Shape& shape) {
  const Weights encoder(*model.encoder), prompt(*model.prompt);
  Encoded out;
  auto field = naive::field_of(patches);
  auto prompts = naive::rows_of(prompt.at("task_prompts"));
  for (std::size_t s = 0; s < model.dims.stages.size(); ++s) {
    const auto& stage = model.dims.stages[s];
    const bool is_last_stage = s + 1 == model.dims.stages.size();
    naive::Attended attended;
    naive::ChannelAttended channel;
    for (std::int64_t b = 0; b < stage.blocks; ++b) {
      const auto name = "layers." + std::to_string(s) + ".blocks." + std::to_string(b);
      auto normed = field;
      for (auto& cell : normed.cells) cell = encoder.layer_norm(name + ".norm1", cell);
      Rows prompts_normed;
      for (const auto& p : prompts)
        prompts_normed.push_back(encoder.layer_norm(name + ".norm1", p));
      attended = naive::window_attention(encoder, name + ".attn", normed, prompts_normed,
                                         stage.heads, shape.window, b % 2 == 1);
      channel = naive::channel_attention(
          prompt, name, prompts, naive::pooled(attended.patches, 2, 3), shape.channel_heads);
      for (std::size_t k = 0; k < field.cells.size(); ++k) {
        field.cells[k] = residuals(encoder, name, field.cells[k], attended.patches.cells[k]);
      }
      if (is_last_stage && b + 1 == stage.blocks) break;
      for (std::size_t p = 0; p < prompts.size(); ++p) {
        prompts[p] = residuals(encoder, name, prompts[p],
                               naive::added(attended.prompts[p], channel.prompts[p]));
      }
    }
    auto spatial = attended.maps;
    if (!is_last_stage) {
      const auto down = "layers." + std::to_string(s) + ".downsample";
      if (!shape.is_merged) {
        auto level = field;
        for (auto& cell : level.cells) {
          cell = encoder.layer_norm("norm" + std::to_string(s), cell);
        }
        out.levels.push_back(level);
      } else {
        std::vector<Vector> maps;  // head * T + task
        for (const auto& head : spatial) maps.insert(maps.end(), head.begin(), head.end());
        const auto moved = conv3(prompt, down + ".spa_attn_ds", maps, field.height, field.width, 2);
        for (std::size_t m = 0; m < moved.size(); ++m) {
          spatial[m / prompts.size()][m % prompts.size()] = moved[m];
        }
        for (auto& head : channel.logits) {
          for (auto& row : head) row = prompt.linear(down + ".process_chan_attn", row);
        }
      }
      field = merged(encoder, down, field);
      for (auto& p : prompts) p = prompt.linear(down + ".task_prompts_up", p);
      if (shape.is_merged) out.levels.push_back(field);
    } else {
      const auto norm = shape.is_merged ? std::string("norm") : "norm" + std::to_string(s);
      for (auto& cell : field.cells) cell = encoder.layer_norm(norm, cell);
      out.levels.push_back(field);
    }
    out.spatial.push_back(spatial);
    out.channel.push_back(channel.logits);
  }
  return out;
}

/// The map of one task from all levels, in evaluation mode (BN: running statistics 0 and 1): here
/// every level is made larger BEFORE its 1x1 convolutions, as the formula is usually written.
/// Current model: levels twice as large, summed. Model of the paper: levels as they are, all their
/// channels one after the other.
std::vector<Vector> decode(const SmallModel& model, const Encoded& encoded, std::size_t task,
                           const Shape& shape) {
  const Weights weights(*model.fusion);
  const auto& name = model.dims.tasks[task].name;
  const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(shape.channel_heads)));
  const std::int64_t factor = shape.is_of_paper ? 1 : 2;
  const auto to_height = encoded.levels[0].height * factor;
  const auto to_width = encoded.levels[0].width * factor;
  std::vector<Vector> merged_maps;
  for (std::size_t l = 0; l < encoded.levels.size(); ++l) {
    const auto& level = encoded.levels[l];
    const auto channels = level.cells.front().size();
    const auto heads = encoded.spatial[l].size();
    std::vector<Vector> by_head, by_channel;
    for (std::size_t c = 0; c < channels; ++c) {
      Vector one, other;
      for (std::size_t k = 0; k < level.cells.size(); ++k) {
        const double x = level.cells[k][c];
        const auto row = static_cast<std::int64_t>(k) / level.width;
        const auto column = static_cast<std::int64_t>(k) % level.width;
        const auto head = (row * side / level.height) * side + column * side / level.width;
        one.push_back(x * (1 + encoded.spatial[l][c / (channels / heads)][task][k]));
        other.push_back(x * (1 + encoded.channel[l][static_cast<std::size_t>(head)][task][c]));
      }
      const auto larger = [&](const Vector& map) {
        return resized(map, level.height, level.width, level.height * factor, level.width * factor);
      };
      by_head.push_back(larger(one));
      by_channel.push_back(larger(other));
    }
    const auto place = std::to_string(l) + "." + name + ".";
    auto joined = conv1(weights, "fea_decode_spa." + place + "0", by_head);
    const auto channel = conv1(weights, "fea_decode_chan." + place + "0", by_channel);
    joined.insert(joined.end(), channel.begin(), channel.end());
    const auto height = level.height * factor, width = level.width * factor;
    const auto fuse = "fea_fuse." + place;
    auto maps = conv3(weights, fuse + "1", conv1(weights, fuse + "0", joined), height, width);
    for (std::size_t c = 0; c < maps.size(); ++c) {
      const auto index = static_cast<std::int64_t>(c);
      for (double& value : maps[c]) {
        value = naive::gelu(value / std::sqrt(1 + 1e-5) *
                                weights.at(fuse + "2.weight")[index].item<double>() +
                            weights.at(fuse + "2.bias")[index].item<double>());
      }
    }
    maps = conv3(weights, fuse + "4", maps, height, width);
    for (auto& map : maps) map = resized(map, height, width, to_height, to_width);
    if (shape.is_of_paper || l == 0) {
      merged_maps.insert(merged_maps.end(), maps.begin(), maps.end());
      continue;
    }
    for (std::size_t c = 0; c < maps.size(); ++c) {
      merged_maps[c] = naive::added(merged_maps[c], maps[c]);
    }
  }
  return conv3(weights, "multi_scale_fuse." + name, merged_maps, to_height, to_width);
}

class WholeModel : public testing::TestWithParam<Shape> {};

TEST_P(WholeModel, AgreesWithTheWrittenOutVersion) {
  const auto shape = GetParam();
  torch::manual_seed(8);
  const std::vector<TaskDims> all{{"semseg", 5, false}, {"depth", 1, false}, {"edges", 1, false}};
  constexpr std::int64_t kHeight = 7, kWidth = 10;
  SmallModel model(
      {.grid = {kHeight, kWidth, 8, 4},
       .tasks = {all.begin(), all.begin() + shape.tasks},
       .encoder = small_swin({2, 2}, shape.is_merged ? "merged" : "unmerged", shape.window),
       .prompt_params = small_prompts("pooled", shape.channel_heads),
       .fusion = shape.is_of_paper ? small_paper_decode() : small_decode()});
  {
    const torch::NoGradGuard no_grad;
    for (const auto& [name, parameter] : model.parameters()) {
      parameter.add_(torch::randn_like(parameter), 0.1);  // biases and norms show as well
    }
  }
  for (const auto& module : model.modules()) module->eval();
  const auto patches = torch::randn({2, kHeight, kWidth, 8});
  auto context = make_context();
  const auto stream = model.encode(patches, context);
  const auto features = model.decode(stream, context);
  for (std::int64_t b = 0; b < 2; ++b) {
    const auto encoded = encode(model, patches[b], shape);
    for (std::size_t l = 0; l < encoded.levels.size(); ++l) {
      EXPECT_LT(distance(stream.pyramid[l].map[b].to(torch::kDouble).flatten(1).t(),
                         naive::tensor_of(encoded.levels[l].cells)),
                kTolerance);
    }
    for (std::size_t t = 0; t < features.size(); ++t) {
      ASSERT_EQ(features[t].size(), 1U);
      const auto expected = decode(model, encoded, t, shape);
      const auto found = features[t][0].map[b].to(torch::kDouble).flatten(1);
      const auto scale = 1 + naive::tensor_of(expected).abs().max().item<double>();
      EXPECT_LT(distance(found, naive::tensor_of(expected)), kTolerance * scale);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, WholeModel,
                         testing::Values(Shape{2, 1, 4, true}, Shape{2, 1, 4, false},
                                         Shape{1, 1, 3, true}, Shape{3, 4, 4, true},
                                         Shape{2, 1, 4, true, true}, Shape{2, 1, 4, false, true},
                                         Shape{1, 4, 3, false, true}));

void expect_gradients(const SmallModel::Values& decoding, const std::string& levels) {
  torch::manual_seed(9);
  SmallModel model({.grid = {5, 6, 8, 4},
                    .encoder = small_swin({1, 2}, levels, 3),
                    .prompt_params = small_prompts(),
                    .fusion = decoding});
  model.to_double();
  auto patches = torch::randn({2, 5, 6, 8}, torch::kDouble).requires_grad_();
  const auto& map = model.fusion_ports.features[0][0];
  const auto mix = torch::randn({2, map.channels, map.height, map.width}, torch::kDouble);
  const auto value = [&] {
    auto context = make_context(true);
    torch::Tensor sum;
    for (const auto& levels : model.decode(model.encode(patches, context), context)) {
      const auto part = (levels[0].map * mix).sum();
      sum = sum.defined() ? sum + part : part;
    }
    return sum;
  };
  value().backward();
  expect_finite_differences(patches, value);
  for (const auto& [name, parameter] : model.parameters()) {
    SCOPED_TRACE(name);
    expect_finite_differences(parameter, value, /*entries=*/1);
  }
}

TEST(WholeModel, GradientsAgreeWithFiniteDifferences) {
  expect_gradients(small_decode(), "merged");
}

TEST(WholeModel, GradientsOfThePapersDecodingAgreeWithFiniteDifferences) {
  expect_gradients(small_paper_decode(), "unmerged");  // levels of 8 and 16 channels
}

TEST(PromptDecode, TasksThatWantLevelsGetThemWithoutUpSampling) {
  SmallModel model({.tasks = {{"semseg", 5, false}, {"detection", 0, true}},
                    .encoder = small_swin(),
                    .prompt_params = small_prompts(),
                    .fusion = small_decode()});
  auto context = make_context();
  const auto features = model.decode(model.encode(torch::randn({1, 6, 10, 8}), context), context);
  for (std::size_t t = 0; t < 2; ++t) {
    const auto& ports = model.fusion_ports.features[t];
    ASSERT_EQ(features[t].size(), ports.size());
    for (std::size_t l = 0; l < ports.size(); ++l) {
      EXPECT_EQ(features[t][l].map.sizes(),
                (std::vector<std::int64_t>{1, 10, ports[l].height, ports[l].width}));
      EXPECT_EQ(features[t][l].stride, ports[l].stride);
    }
  }
  EXPECT_EQ(features[0].size(), 1U);
  EXPECT_EQ(features[1].size(), 2U);
}

TEST(Swin, RefusesHeadsThatDoNotDivideTheChannels) {
  const auto& factory = open_factory<EncoderFactory>("encoder", "swin");
  Dims dims;
  dims.grid = {.height = 8, .width = 8, .channels = 40, .stride = 4};
  try {
    (void)factory.ports(params_of(factory.spec()), dims);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "module.112");
  }
  EXPECT_THROW((void)factory.ports(
                   params_of(factory.spec(), {{"heads", std::vector<std::int64_t>{2}}}), dims),
               Error);
}

TEST(Swin, DropPathGivesSamplesOfOneSeedTheSameBits) {
  SmallModel::Options options{.encoder = small_swin({2, 2}), .prompt_params = small_prompts()};
  options.encoder["drop_path"] = 0.5;
  SmallModel model(options);
  const auto patches = torch::randn({4, 6, 10, 8});
  const auto run = [&](bool is_training, std::uint64_t seed) {
    auto context = make_context(is_training, seed);
    return model.encode(patches, context).pyramid[1].map;
  };
  EXPECT_TRUE(torch::equal(run(true, 1), run(true, 1)));
  EXPECT_FALSE(torch::equal(run(true, 1), run(true, 2)));
  EXPECT_TRUE(torch::equal(run(false, 1), run(false, 2)));
}

}  // namespace
}  // namespace modules_test
