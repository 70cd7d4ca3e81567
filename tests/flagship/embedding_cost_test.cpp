// What embeddings cost: the formulas against what is built and executed, and the control against
// `triple`.
#include <ATen/record_function.h>

#include "branches/stem_widths.h"
#include "embedding_fixture.h"

namespace flagship_test {
namespace {

using namespace branches;

/// Multiply-adds of the convolutions, linear layers and matrix products that are executed.
std::int64_t& executed_macs() {
  static std::int64_t macs = 0;
  return macs;
}

/// Inputs of an operator; they are gone when it ends.
struct Inputs : at::ObserverContext {
  std::vector<c10::IValue> values;
};

std::unique_ptr<at::ObserverContext> keep_inputs(const at::RecordFunction& function) {
  auto inputs = std::make_unique<Inputs>();
  inputs->values.assign(function.inputs().begin(), function.inputs().end());
  return inputs;
}

void count(const at::RecordFunction& function, at::ObserverContext* kept) {
  const auto& inputs = static_cast<Inputs*>(kept)->values;
  const std::string name = function.name();
  if (name == "aten::convolution") {
    const auto weight = inputs[1].toTensor();
    executed_macs() += function.outputs()[0].toTensor().numel() * weight.numel() / weight.size(0);
  }
  if (name == "aten::linear" || name == "aten::matmul") {
    executed_macs() += function.outputs()[0].toTensor().numel() * inputs[0].toTensor().size(-1);
  }
}

std::int64_t macs_of(Embedding& embedding) {
  executed_macs() = 0;
  const auto handle = at::addGlobalCallback(at::RecordFunctionCallback(&keep_inputs, &count)
                                                .needsInputs(true)
                                                .needsOutputs(true)
                                                .scopes({at::RecordScope::FUNCTION}));
  (void)patches_of(embedding, images_of(/*batch=*/1));
  at::removeCallback(handle);
  return executed_macs();
}

constexpr std::int64_t kCells = 4 * 6;
const Dims kEdges = dims_of({{"edges", 1, false}});

Cost cost_of(const Values& values) {
  return triple_cost(triple_options(embedding_params("triple", values), kEdges));
}

std::vector<Values> settings() {
  return {{},
          {{"fuse", "sum"}},
          {{"fuse", "concat"}},
          {{"gates", "channel"}},
          {{"context", "none"}},
          {{"context", "pooled_attention"}},
          {{"contour_operator", "pixel_difference"}},
          {{"contour_operator", "pixel_difference_angular"}},
          {{"contour_operator", "pixel_difference_radial"}},
          {{"log_sigmas", std::vector<double>{}}},
          {{"norm", false}},
          {{"edge_task", "edges"}},
          {{"global", false}},
          {{"local", false}},
          {{"contour", false}},
          {{"local", false}, {"contour", false}}};
}

TEST(Cost, OfTripleIsWhatIsBuilt) {
  for (const auto& values : settings()) {
    EXPECT_EQ(cost_of(values).parameters, count_parameters(*make("triple", values, 1, kEdges)));
  }
}

/// Multiply-adds that do not grow with the cells, so that the formula leaves them out.
std::int64_t fixed_macs(const TripleOptions& options) {
  std::int64_t macs = 0;
  if (options.has_global && options.context.kind == "pooled_attention") {
    macs += 64 * 2 * 12 * 12;  // keys and values of the 8 x 8 pooled cells
    macs += 8 * 8 * 6 * 12;    // pooling of the 6 columns
  }
  if (!options.has_contour) return macs;
  const auto sigmas = static_cast<std::int64_t>(options.contour.log_sigmas.size());
  const auto& kind = options.contour.kind;
  if (kind == "pixel_difference_radial") return macs + 8 * 3 * 8 * 25;  // folded kernel
  if (kind.starts_with("pixel_difference")) return macs + 8 * 3 * 8 * 9;
  // Rows of the border, of 6 pixels for sigma 2, of 1 for Sobel alone: filters, taps.
  return macs + (sigmas > 0 ? 12 * 24 * 6 * 13 : 2 * 24 * 2 * 3);
}

TEST(Cost, OfTripleIsWhatIsExecuted) {
  for (const auto& values : settings()) {
    const auto options = triple_options(embedding_params("triple", values), kEdges);
    EXPECT_EQ(macs_of(*make("triple", values, 1, kEdges)),
              kCells * triple_cost(options).macs + fixed_macs(options));
  }
}

TEST(WideStem, CostsWhatItsFormulaSays) {
  for (const auto& values : settings()) {
    const auto options = triple_options(embedding_params("wide_stem", values), kEdges);
    const auto cost = wide_stem_cost(options, matching_channels("wide_stem", options));
    const auto stem = make("wide_stem", values, 1, kEdges);
    EXPECT_EQ(count_parameters(*stem), cost.parameters);
    EXPECT_EQ(macs_of(*stem), kCells * cost.macs);
  }
}

TEST(WideStem, RefusesWhatItCannotMatch) {
  EXPECT_EQ(code_of([] { (void)make("wide_stem", {{"stride", std::int64_t{2}}}); }), "module.106");
  // 48 + 1 + 2 parameters: the stems of widths (1, 1) and (1, 2) have 44 and 56.
  const Values tiny{
      {"width", std::int64_t{1}}, {"context", "none"}, {"local", false}, {"contour", false}};
  EXPECT_EQ(code_of([&] { (void)make("wide_stem", tiny); }), "module.106");
  EXPECT_EQ(code_of([] {
              (void)make("wide_stem", {{"stride", std::int64_t{12}}, {"local", false}});
            }),
            "module.102");
}

/// Relative gaps of the control of `triple` with `values`: parameters, multiply-adds.
std::pair<double, double> gaps(const Values& values) {
  const auto options = triple_options(embedding_params("wide_stem", values), kEdges);
  const auto triple = triple_cost(options);
  const auto stem = wide_stem_cost(options, matching_channels("wide_stem", options));
  const auto gap = [](std::int64_t found, std::int64_t wanted) {
    return std::abs(static_cast<double>(found) / static_cast<double>(wanted) - 1);
  };
  return {gap(stem.parameters, triple.parameters), gap(stem.macs, triple.macs)};
}

// Bounds that the manual of wide_stem states, over these sizes.
TEST(WideStem, HasTheSizeOfTriple) {
  for (const std::int64_t width : {16, 32, 64, 96, 128, 192}) {
    for (const std::int64_t stride : {4, 8, 16}) {
      for (auto values : settings()) {
        const bool has_one_branch = values.contains("local") && values.contains("contour");
        const bool has_attention =
            values.contains("context") && values["context"] == ParamValue("pooled_attention");
        values["width"] = width;
        values["stride"] = stride;
        const auto [parameters, macs] = gaps(values);
        std::string text;
        for (const auto& [name, value] : values) text += name + " " + to_text(value) + " ";
        EXPECT_LE(parameters, 0.01) << text;
        EXPECT_LE(macs, has_one_branch ? 0.27 : has_attention ? 0.14 : 0.06) << text;
      }
    }
  }
}

}  // namespace
}  // namespace flagship_test
