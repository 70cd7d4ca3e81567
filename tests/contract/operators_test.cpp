// Composition costs no operator: a composed model executes what the same layers execute when they
// are written down in one class.
#include <ATen/record_function.h>

#include <mutex>

#include "hard_wired.h"

namespace triptych::testing {
namespace {

// Operators that only make another view of the same memory.
bool is_view(const std::string& name) {
  static const std::set<std::string> views{
      "aten::view",    "aten::_unsafe_view", "aten::reshape",   "aten::_reshape_alias",
      "aten::permute", "aten::transpose",    "aten::t",         "aten::slice",
      "aten::select",  "aten::narrow",       "aten::chunk",     "aten::split",
      "aten::expand",  "aten::as_strided",   "aten::unsqueeze", "aten::flatten",
      "aten::alias",   "aten::detach",       "detach"};
  return views.contains(name);
}

// Operators of `call` by name, those that autograd runs included.
std::map<std::string, int> operators_of(const std::function<void()>& call, bool counts_views) {
  static std::mutex mutex;
  static std::map<std::string, int> counts;
  counts.clear();
  const auto handle =
      at::addGlobalCallback(at::RecordFunctionCallback([](const at::RecordFunction& function)
                                                           -> std::unique_ptr<at::ObserverContext> {
                              const std::lock_guard lock(mutex);
                              ++counts[function.name()];
                              return nullptr;
                            }).scopes({at::RecordScope::FUNCTION}));
  call();
  at::removeCallback(handle);
  auto result = counts;
  if (!counts_views) std::erase_if(result, [](const auto& entry) { return is_view(entry.first); });
  return result;
}

struct Pair {
  explicit Pair(bool has_prompts)
      : request(composed_request({"semseg", "depth"}, has_prompts)),
        composed(testing::composed(request)),
        hard_wired(std::make_shared<HardWired>(2, has_prompts)),
        images(random_images(request)) {
    hard_wired->copy_from(*composed);
    (void)run_composed();  // the first pass also compares shapes
  }

  std::vector<torch::Tensor> run_composed() const {
    auto side = context(/*is_training=*/true);
    std::vector<torch::Tensor> maps;
    for (const auto& prediction : composed->forward(images, side).predictions) {
      maps.push_back(prediction.map);
    }
    return maps;
  }

  compose::Request request;
  std::shared_ptr<compose::Model> composed;
  std::shared_ptr<HardWired> hard_wired;
  Images images;
};

void backward(const std::vector<torch::Tensor>& maps) {
  (maps[0].sum() + maps[1].sum()).backward();
}

TEST(Operators, of_a_composed_model_are_those_of_its_layers) {
  const Pair pair(/*has_prompts=*/false);
  const auto composed = operators_of([&] { backward(pair.run_composed()); }, /*counts_views=*/true);
  const auto hard_wired = operators_of([&] { backward(pair.hard_wired->forward(pair.images.rgb)); },
                                       /*counts_views=*/true);
  EXPECT_GT(composed.size(), 10u);
  EXPECT_EQ(composed, hard_wired);
}

TEST(Operators, of_prompts_and_decoding_are_those_of_their_layers_but_for_views) {
  // The encoder shows prompts and patches to the chain as views, whether or not anybody looks.
  const Pair pair(/*has_prompts=*/true);
  const auto composed =
      operators_of([&] { backward(pair.run_composed()); }, /*counts_views=*/false);
  const auto hard_wired = operators_of([&] { backward(pair.hard_wired->forward(pair.images.rgb)); },
                                       /*counts_views=*/false);
  EXPECT_GT(composed.size(), 10u);
  EXPECT_EQ(composed, hard_wired);
}

TEST(Operators, give_the_bits_of_the_hard_wired_class) {
  for (const bool has_prompts : {false, true}) {
    const Pair pair(has_prompts);
    const auto composed = pair.run_composed();
    const auto hard_wired = pair.hard_wired->forward(pair.images.rgb);
    for (std::size_t t = 0; t < 2; ++t) EXPECT_TRUE(torch::equal(composed[t], hard_wired[t]));
  }
}

}  // namespace
}  // namespace triptych::testing
