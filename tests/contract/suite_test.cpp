// The contract suite: what every module plugin must keep, whoever wrote it. One entry per plugin
// that was built, fixtures included; its surroundings are found, not named.
#include <torch/serialize.h>

#include <sstream>

#include "fixture.h"
#include "triptych/compose/surroundings.h"
#include "triptych/host/check.h"
#include "written_script.h"

namespace triptych::testing {
namespace {

using ::testing::IsEmpty;

struct Plugin {
  std::string slot;
  std::string name;
};

void PrintTo(const Plugin& plugin, std::ostream* out) { *out << plugin.slot << " " << plugin.name; }

std::string test_name(const ::testing::TestParamInfo<Plugin>& info) {
  return info.param.slot + "_" + info.param.name;
}

std::vector<Plugin> plugins_of(const std::vector<std::string>& slots) {
  std::vector<Plugin> found;
  for (const auto& slot : slots) {
    for (const auto& name : plugins().names(slot)) found.push_back({slot, name});
  }
  return found;
}

// Values for parameters that have no default.
Values required_values(const Plugin& plugin) {
  Values values;
  for (const auto& param : plugins().spec(plugin.slot, plugin.name).params()) {
    if (param.is_required && param.type == ParamType::kText) values[param.name] = script_file();
  }
  return values;
}

void to_double(torch::nn::Module& model) {
  // Module::to would turn index buffers into numbers as well.
  const auto cast = [](torch::Tensor tensor) {
    if (tensor.is_floating_point()) tensor.set_data(tensor.to(torch::kDouble));
  };
  for (const auto& parameter : model.parameters()) cast(parameter);
  for (const auto& buffer : model.buffers()) cast(buffer);
}

Images random_doubles(const compose::Request& request, std::int64_t batch) {
  auto images = random_images(request, batch);
  images.rgb = images.rgb.to(torch::kDouble);
  return images;
}

std::vector<torch::Tensor> tensors_of(const Prediction& prediction) {
  std::vector<torch::Tensor> all;
  if (prediction.map.defined()) all.push_back(prediction.map);
  for (const auto& [name, levels] : prediction.branches) {
    all.insert(all.end(), levels.begin(), levels.end());
  }
  return all;
}

// Every tensor that a pass gives: predictions, then auxiliaries.
std::vector<torch::Tensor> outputs_of(compose::Model& model, const Images& images,
                                      bool is_training) {
  auto side = context(is_training);
  const auto outputs = model.forward(images, side);
  std::vector<torch::Tensor> all;
  for (const auto& prediction : outputs.predictions) {
    for (const auto& tensor : tensors_of(prediction)) all.push_back(tensor);
  }
  for (const auto& auxiliary : side.auxiliaries) {
    for (const auto& tensor : tensors_of(auxiliary.prediction)) all.push_back(tensor);
  }
  return all;
}

// One number in which every element of every output counts.
torch::Tensor scalar_of(compose::Model& model, const Images& images) {
  auto weights = at::detail::createCPUGenerator(11);
  auto sum = torch::zeros({}, torch::kDouble);
  for (const auto& tensor : outputs_of(model, images, /*is_training=*/true)) {
    sum = sum + (tensor * torch::randn(tensor.sizes(), weights, torch::kDouble)).sum();
  }
  return sum;
}

bool are_equal(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return torch::equal(x, y); });
}

class Module : public ::testing::TestWithParam<Plugin> {
 protected:
  // The plugin with one task and with three; prompts also with a fusion that decodes their maps.
  std::vector<compose::Request> requests() const {
    const auto chosen = module(GetParam().slot, GetParam().name, required_values(GetParam()));
    std::vector<compose::Request> all;
    for (const std::int64_t tasks : {1, 3}) {
      for (const bool is_decoded : {false, true}) {
        if (is_decoded && GetParam().slot != "prompt") continue;
        std::string why;
        const auto request = compose::request_around({.slot = GetParam().slot,
                                                      .module = chosen,
                                                      .tasks = tasks,
                                                      .is_decoded = is_decoded,
                                                      .images = {}},
                                                     plugins(), &why);
        if (request) all.push_back(*request);
        EXPECT_TRUE(request || is_decoded) << why;
      }
    }
    return all;
  }
};

TEST_P(Module, has_a_complete_spec) {
  const auto& info = plugins().info(GetParam().slot, GetParam().name);
  const auto& spec = plugins().spec(GetParam().slot, GetParam().name);
  std::vector<std::string> texts;
  for (const auto& problem : host::spec_problems(info, spec)) texts.push_back(problem.text());
  EXPECT_THAT(texts, IsEmpty());
}

TEST_P(Module, passes_the_check_and_consumes_every_param) {
  const auto& info = plugins().info(GetParam().slot, GetParam().name);
  std::vector<std::string> texts;
  for (const auto& problem : compose::check_plugin(plugins(), info))
    texts.push_back(problem.text());
  EXPECT_THAT(texts, IsEmpty());
}

TEST_P(Module, gives_what_its_ports_say_at_several_sizes) {
  for (auto request : requests()) {
    const auto side = request.image.height;
    for (const auto& image :
         {ImageSize{side, side}, ImageSize{side, 2 * side}, ImageSize{3 * side, side}}) {
      request.image = image;
      compose::Contract contract;
      try {
        contract = compose::check_contract(request, plugins());
      } catch (const Error&) {
        ASSERT_FALSE(image == (ImageSize{side, side}));
        continue;  // the ports refuse this size
      }
      // The first pass compares every tensor with the ports; weights are built anew for the size.
      EXPECT_NO_THROW(outputs_of(*compose::compose(contract, 1), random_images(request), true));
    }
  }
}

TEST_P(Module, has_the_gradient_of_finite_differences) {
  constexpr double kStep = 1e-5;  // error of central differences 1e-10, of rounding 1e-11 |f|
  for (const auto& request : requests()) {
    const auto model = composed(request);
    to_double(*model);
    model->eval();  // two samples in a batch norm of a 1 x 1 map make a step function
    auto images = random_doubles(request, 2);
    std::vector<torch::Tensor> moved{images.rgb.requires_grad_()};
    for (const auto& parameter : model->named_parameters()) {
      if (parameter.key().starts_with(GetParam().slot)) moved.push_back(parameter.value());
    }
    const auto value = scalar_of(*model, images);
    value.backward();

    auto generator = at::detail::createCPUGenerator(5);
    std::vector<torch::Tensor> direction;
    double expected = 0;
    for (const auto& tensor : moved) {
      const auto along = torch::randn(tensor.sizes(), generator, torch::kDouble);
      direction.push_back(along / std::max(1.0, along.norm().item<double>()));
      if (tensor.grad().defined())
        expected += (tensor.grad() * direction.back()).sum().item<double>();
    }
    const torch::NoGradGuard no_grad;
    const auto at_offset = [&](double offset) {
      for (std::size_t i = 0; i < moved.size(); ++i) moved[i].add_(direction[i], offset);
      return scalar_of(*model, images).item<double>();
    };
    const auto above = at_offset(kStep);
    const auto below = at_offset(-2 * kStep);
    const auto found = (above - below) / (2 * kStep);
    const auto tolerance =
        1e-4 * std::abs(expected) + 1e-6 * std::max(1.0, std::abs(value.item<double>()));
    EXPECT_NEAR(found, expected, tolerance);
  }
}

TEST_P(Module, gives_the_same_bits_for_the_same_seed) {
  for (const auto& request : requests()) {
    const auto images = random_images(request);
    EXPECT_TRUE(are_equal(outputs_of(*composed(request, 4), images, true),
                          outputs_of(*composed(request, 4), images, true)));
  }
}

TEST_P(Module, is_saved_and_loaded_whole) {
  for (const auto& request : requests()) {
    const auto images = random_images(request);
    const auto first = composed(request, 1);
    const auto second = composed(request, 2);
    (void)outputs_of(*first, images, true);  // moves running statistics away from their defaults
    std::stringstream file;
    torch::save(std::static_pointer_cast<torch::nn::Module>(first), file);
    auto target = std::static_pointer_cast<torch::nn::Module>(second);
    torch::load(target, file);
    first->eval();
    second->eval();
    EXPECT_TRUE(are_equal(outputs_of(*first, images, false), outputs_of(*second, images, false)));
  }
}

TEST_P(Module, keeps_samples_apart_in_evaluation) {
  constexpr double kTolerance = 1e-9;  // sums of double in another order
  for (const auto& request : requests()) {
    const auto model = composed(request);
    to_double(*model);
    model->eval();
    const torch::NoGradGuard no_grad;
    const auto images = random_doubles(request, 2);
    const auto both = outputs_of(*model, images, false);
    for (std::int64_t b = 0; b < 2; ++b) {
      const auto alone = outputs_of(*model, {images.rgb.slice(0, b, b + 1), {}}, false);
      ASSERT_EQ(alone.size(), both.size());
      for (std::size_t i = 0; i < both.size(); ++i) {
        EXPECT_TRUE(torch::allclose(both[i].slice(0, b, b + 1), alone[i], kTolerance, kTolerance));
      }
    }
  }
}

TEST_P(Module, changes_nothing_in_evaluation) {
  for (const auto& request : requests()) {
    const auto model = composed(request);
    model->eval();
    std::vector<torch::Tensor> before;
    for (const auto& buffer : model->buffers()) before.push_back(buffer.clone());
    const auto images = random_images(request);
    const auto first = outputs_of(*model, images, false);
    EXPECT_TRUE(are_equal(model->buffers(), before));
    EXPECT_TRUE(are_equal(outputs_of(*model, images, false), first));
    auto side = context(/*is_training=*/false);
    (void)model->forward(images, side);
    EXPECT_TRUE(side.auxiliaries.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Plugins, Module,
                         ::testing::ValuesIn(plugins_of({"embedding", "encoder", "prompt", "fusion",
                                                         "head"})),
                         test_name);

}  // namespace
}  // namespace triptych::testing
