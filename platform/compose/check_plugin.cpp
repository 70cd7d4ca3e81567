#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "triptych/compose/model.h"
#include "triptych/compose/surroundings.h"

namespace triptych::compose {

namespace {

std::string title(const host::PluginInfo& plugin) { return plugin.slot + " '" + plugin.name + "'"; }

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

using Stages = std::function<void(const std::string& stage)>;

void tell(const Stages& on_stage, const std::string& stage) {
  if (on_stage) on_stage(stage);
}

// "3 tasks, images 32x64"
std::string words(const Request& request) {
  return std::to_string(request.tasks.size()) + " tasks, images " +
         std::to_string(request.image.height) + "x" + std::to_string(request.image.width);
}

// Forward and backward at the request's own size; the first pass compares shapes with the ports.
std::shared_ptr<Model> run_once(const Request& request, const host::PluginHost& host,
                                const Stages& on_stage) {
  tell(on_stage, "it was built (" + words(request) + ")");
  const auto model = compose(check_contract(request, host), /*seed=*/1);
  auto generator = at::make_generator<at::CPUGeneratorImpl>(/*seed=*/1);
  Context context(generator, /*is_training=*/true);
  const Images images{
      .rgb = at::randn({2, 3, request.image.height, request.image.width}, generator),
      .cameras = {}};
  tell(on_stage, "it ran forward (" + words(request) + ")");
  const auto outputs = model->forward(images, context);
  at::Tensor total = at::zeros({});
  for (const auto& prediction : outputs.predictions) {
    if (prediction.map.defined()) total = total + prediction.map.sum();
    for (const auto& [name, levels] : prediction.branches) {
      for (const auto& level : levels) total = total + level.sum();
    }
  }
  tell(on_stage, "it ran backward (" + words(request) + ")");
  if (total.requires_grad()) total.backward();
  return model;
}

// The same composition at twice the width, or nothing where its parts do not accept that.
std::optional<Request> wider(Request request, const host::PluginHost& host) {
  request.image.width *= 2;
  try {
    (void)check_contract(request, host);
  } catch (const Error&) {
    return std::nullopt;
  }
  return request;
}

// The parts that have parameters of other shapes in the second model.
std::set<std::string> changed_parts(const Model& first, const Model& second) {
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (const auto& item : first.named_parameters()) shapes[item.key()] = item.value().sizes().vec();
  std::set<std::string> changed;
  for (const auto& item : second.named_parameters()) {
    const auto known = shapes.find(item.key());
    const bool is_equal = known != shapes.end() && known->second == item.value().sizes().vec();
    if (!is_equal) changed.insert(second.part_of(item.key()));
  }
  return changed;
}

class PluginCheck {
 public:
  PluginCheck(const host::PluginHost& host, const host::PluginInfo& plugin, const Stages& on_stage)
      : host_(host),
        plugin_(plugin),
        on_stage_(on_stage),
        spec_(host.spec(plugin.slot, plugin.name)) {}

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
      tell(on_stage_, "it was built");
      const auto info = factory.info(params);
      (void)factory.build(params);
      if (!info.metrics.empty()) continue;
      add("contract.263", "it has no metric", "at least one", "Name one in TaskInfo::metrics.");
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
    tell(on_stage_, "its ports were computed");
    const auto request = request_around({.slot = plugin_.slot,
                                         .module = {.use = plugin_.name, .params = params},
                                         .tasks = tasks,
                                         .is_decoded = is_decoded,
                                         .images = {}},
                                        host_, &why);
    if (request) {
      const auto model = run_once(*request, host_, on_stage_);
      const auto other_size = wider(*request, host_);
      if (other_size) compare_sizes(*model, *run_once(*other_size, host_, on_stage_));
    } else if (must_hold) {
      add("contract.261", "no composition of the plugins that were found holds it",
          "one that passes the symbolic checks", "The last one failed so: " + why);
    }
  }

  // A part whose parameters change with the image size must say so.
  void compare_sizes(const Model& model, const Model& at_other_size) {
    const auto fixed = model.contract().fixed_size_parts();
    for (const auto& part : changed_parts(model, at_other_size)) {
      const bool is_own = part.starts_with(plugin_.slot);
      const bool is_declared = std::find(fixed.begin(), fixed.end(), part) != fixed.end();
      if (!is_own || is_declared || has_undeclared_size_) continue;
      has_undeclared_size_ = true;
      add("contract.264", "the shapes of its parameters change with the image size",
          "parameters that fit every size",
          "Say .fixed_size() in its spec, or is_fixed_size in its ports for some params only.");
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
  const Stages& on_stage_;
  const Spec& spec_;
  bool has_undeclared_size_ = false;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> check_plugin(const host::PluginHost& host, const host::PluginInfo& plugin,
                                  const std::function<void(const std::string&)>& on_stage) {
  return PluginCheck(host, plugin, on_stage).run();
}

}  // namespace triptych::compose
