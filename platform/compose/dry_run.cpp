#include "triptych/compose/dry_run.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <map>

#include "guard.h"
#include "triptych/compose/count.h"
#include "triptych/compose/model.h"

namespace triptych::compose {

namespace {

constexpr std::int64_t kSmallestSide = 8;  // pixels
constexpr std::int64_t kBatch = 2;         // batch normalisation of a 1 x 1 map needs two samples
constexpr std::size_t kMostNames = 12;     // parameters named in one message

// Any fixed random weights make every element of a prediction count.
at::Tensor weighted_sum(const at::Tensor& map, at::Generator& generator) {
  return (map * at::randn(map.sizes(), generator, map.options().requires_grad(false))).sum();
}

at::Tensor weighted_sum(const Prediction& prediction, at::Generator& generator) {
  at::Tensor sum = at::zeros({});
  if (prediction.map.defined()) sum = sum + weighted_sum(prediction.map, generator);
  for (const auto& [name, levels] : prediction.branches) {
    for (const auto& level : levels) sum = sum + weighted_sum(level, generator);
  }
  return sum;
}

bool is_finite(const at::Tensor& tensor) {
  return !tensor.defined() || tensor.isfinite().all().item<bool>();
}

const PartPlan& plan_of(const Contract& contract, const std::string& part) {
  for (const auto& stream : contract.streams) {
    if (stream.embedding.name == part) return stream.embedding;
    if (stream.encoder.name == part) return stream.encoder;
    for (const auto& prompt : stream.prompts) {
      if (prompt.name == part) return prompt;
    }
  }
  for (const auto& fusion : contract.fusions) {
    if (fusion.name == part) return fusion;
  }
  for (const auto& head : contract.heads) {
    if (head.name == part) return head;
  }
  throw std::logic_error("no part " + part);
}

std::string shortened(const std::vector<std::string>& names) {
  if (names.size() <= kMostNames) return join(names);
  const std::vector<std::string> first(names.begin(), names.begin() + kMostNames);
  return join(first) + " and " + std::to_string(names.size() - kMostNames) + " more";
}

void check_predictions(const Model& model, const Outputs& outputs, const Context& context) {
  const auto check = [&model](const Prediction& prediction, std::size_t t,
                              const std::string& what) {
    bool is_good = is_finite(prediction.map);
    for (const auto& [name, levels] : prediction.branches) {
      is_good = is_good && std::all_of(levels.begin(), levels.end(), is_finite);
    }
    if (is_good) return;
    throw Error(problem_of(model.contract().heads[t], "contract.250",
                           what + " is not finite after one pass over random images",
                           "finite values", "Look at the initial values of the parts before it."));
  };
  for (std::size_t t = 0; t < outputs.predictions.size(); ++t) {
    check(outputs.predictions[t], t, "its prediction");
  }
  for (const auto& auxiliary : context.auxiliaries) {
    const auto names = model.task_names();
    const auto found = std::find(names.begin(), names.end(), auxiliary.task);
    if (found == names.end()) continue;
    check(auxiliary.prediction, static_cast<std::size_t>(found - names.begin()),
          "the auxiliary prediction '" + auxiliary.name + "'");
  }
}

// Collects parameters by part, so that one error names them all.
void check_gradients(const Model& model) {
  std::vector<Problem> problems;
  for (const auto& part : model.parts()) {
    std::vector<std::string> unreached;
    std::vector<std::string> not_finite;
    for (const auto& parameter : part.module->named_parameters()) {
      if (!parameter.value().requires_grad()) continue;
      const auto& gradient = parameter.value().grad();
      if (!gradient.defined()) unreached.push_back(parameter.key());
      if (!is_finite(gradient)) not_finite.push_back(parameter.key());
    }
    const auto& plan = plan_of(model.contract(), part.name);
    if (!unreached.empty()) {
      problems.push_back(problem_of(
          plan, "contract.251", "no gradient reaches its parameters " + shortened(unreached),
          "every parameter to take part in a prediction",
          "Remove the part that has no effect, or do not create parameters that nothing uses."));
    }
    if (!not_finite.empty()) {
      problems.push_back(problem_of(plan, "contract.252",
                                    "the gradient of " + shortened(not_finite) + " is not finite",
                                    "finite gradients", "This is a fault of a plugin."));
    }
  }
  if (!problems.empty()) throw Error(std::move(problems));
}

}  // namespace

ImageSize smallest_image(const Request& request, const host::PluginHost& host) {
  const auto longer = std::max(request.image.height, request.image.width);
  for (std::int64_t side = kSmallestSide; side < longer; side += kSmallestSide) {
    auto smaller = request;
    smaller.image = {side, side};
    try {
      (void)check_contract(smaller, host);
      return smaller.image;
    } catch (const Error&) {
      // This size does not fit; the next may.
    }
  }
  (void)check_contract(request, host);
  return request.image;
}

DryRun dry_run(const Request& request, const host::PluginHost& host) {
  auto small = request;
  small.image = smallest_image(request, host);
  const auto model = compose(check_contract(small, host), /*seed=*/1);
  model->train();
  auto generator = at::make_generator<at::CPUGeneratorImpl>(/*seed=*/1);
  Context context(generator, /*is_training=*/true);
  const Images images{
      .rgb = at::randn({kBatch, 3, small.image.height, small.image.width}, generator),
      .cameras = {}};
  const auto outputs = model->forward(images, context);
  check_predictions(*model, outputs, context);

  auto total = at::zeros({});
  for (const auto& prediction : outputs.predictions) {
    total = total + weighted_sum(prediction, generator);
  }
  for (const auto& auxiliary : context.auxiliaries) {
    total = total + weighted_sum(auxiliary.prediction, generator);
  }
  if (total.requires_grad()) {
    const auto fail = [](const std::string& text) {
      return Problem{.code = "contract.253",
                     .message = "the backward pass over random images failed: " + text,
                     .pointer = "/slots",
                     .suggestion = "This is a fault of one of the plugins."};
    };
    translated(fail, [&total] { total.backward(); });
  }
  check_gradients(*model);
  return {.image = small.image,
          .parameters = count_parameters(*model).parameters,
          .warnings = model->warnings()};
}

}  // namespace triptych::compose
