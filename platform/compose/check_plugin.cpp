#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <array>

#include "triptych/compose/model.h"
#include "triptych/compose/surroundings.h"

namespace triptych::compose {

namespace {

std::string title(const host::PluginInfo& plugin) {
  return plugin.slot + " '" + plugin.name + "'";
}

Problem problem(const host::PluginInfo& plugin, std::string code, std::string message,
                std::string expected, std::string suggestion) {
  return {.code = std::move(code),
          .message = title(plugin) + ": " + std::move(message),
          .file = plugin.file,
          .expected = std::move(expected),
          .suggestion = std::move(suggestion)};
}

bool is_slot(const std::string& kind) {
  constexpr std::array kSlots{"embedding", "encoder", "prompt", "fusion", "head"};
  return std::find(kSlots.begin(), kSlots.end(), kind) != kSlots.end();
}

// Forward and backward at the request's own size; the first pass compares shapes with the ports.
void run_once(const Request& request, const host::PluginHost& host) {
  const auto model = compose(check_contract(request, host), /*seed=*/1);
  auto generator = at::make_generator<at::CPUGeneratorImpl>(/*seed=*/1);
  Context context(generator, /*is_training=*/true);
  const Images images{
      .rgb = at::randn({2, 3, request.image.height, request.image.width}, generator),
      .cameras = {}};
  const auto outputs = model->forward(images, context);
  at::Tensor total = at::zeros({});
  for (const auto& prediction : outputs.predictions) {
    if (prediction.map.defined()) total = total + prediction.map.sum();
    for (const auto& [name, levels] : prediction.branches) {
      for (const auto& level : levels) total = total + level.sum();
    }
  }
  if (total.requires_grad()) total.backward();
}

// The same composition at twice the width, where its parts accept that.
void run_wider(Request request, const host::PluginHost& host) {
  request.image.width *= 2;
  try {
    (void)check_contract(request, host);
  } catch (const Error&) {
    return;
  }
  run_once(request, host);
}

class PluginCheck {
 public:
  PluginCheck(const host::PluginHost& host, const host::PluginInfo& plugin)
      : host_(host), plugin_(plugin), spec_(host.spec(plugin.slot, plugin.name)) {}

  std::vector<Problem> run() {
    if (spec_.inputs().empty() || spec_.outputs().empty()) {
      add("contract.260", "its spec names no ports", "at least one input and one output",
          "Add .input(name, axes) and .output(name, axes) to the spec.");
    }
    const auto variants = param_variants(plugin_.slot, spec_);
    if (variants.empty()) return std::move(problems_);  // a required parameter: cannot be built
    const auto before = problems_.size();
    if (plugin_.slot == "task") build_task(variants);
    if (is_slot(plugin_.slot)) compose_variants(variants);
    const bool is_built =
        problems_.size() == before && (plugin_.slot == "task" || is_slot(plugin_.slot));
    if (is_built) check_consumed(variants.front());
    return std::move(problems_);
  }

 private:
  void add(std::string code, std::string message, std::string expected, std::string suggestion) {
    problems_.push_back(problem(plugin_, std::move(code), std::move(message), std::move(expected),
                                std::move(suggestion)));
  }

  void build_task(const std::vector<Params>& variants) {
    const auto& factory = host_.task(plugin_.name);
    for (const auto& params : variants) {
      const auto info = factory.info(params);
      (void)factory.build(params);
      if (!info.metrics.empty()) continue;
      add("contract.263", "it has no metric", "at least one",
          "Name one in TaskInfo::metrics.");
      return;
    }
  }

  void compose_variants(const std::vector<Params>& variants) {
    for (std::size_t i = 0; i < variants.size(); ++i) {
      const bool is_default = i == 0;
      for (const std::int64_t tasks : {3, 1}) try_in(variants[i], tasks, false, is_default);
      if (plugin_.slot == "prompt") try_in(variants[i], 3, true, false);
    }
  }

  void try_in(const Params& params, std::int64_t tasks, bool is_decoded, bool must_hold) {
    std::string why;
    const auto request = request_around({.slot = plugin_.slot,
                                         .module = {.use = plugin_.name, .params = params},
                                         .tasks = tasks,
                                         .is_decoded = is_decoded,
                                         .images = {}},
                                        host_, &why);
    if (request) {
      run_once(*request, host_);
      run_wider(*request, host_);
    } else if (must_hold) {
      add("contract.261", "no composition of the plugins that were found holds it",
          "one that passes the symbolic checks", "The last one failed so: " + why);
    }
  }

  void check_consumed(const Params& params) {
    std::vector<std::string> unread;
    for (const auto& name : spec_.param_names()) {
      if (!params.consumed().contains(name)) unread.push_back(name);
    }
    if (unread.empty()) return;
    add("contract.262", "nothing reads its parameters " + join(unread),
        "every declared parameter to be read",
        "Read them in the plugin, or take them out of its spec.");
  }

  const host::PluginHost& host_;
  const host::PluginInfo& plugin_;
  const Spec& spec_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> check_plugin(const host::PluginHost& host, const host::PluginInfo& plugin) {
  return PluginCheck(host, plugin).run();
}

}  // namespace triptych::compose
