#include "triptych/compose/contract.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "factories.h"
#include "guard.h"
#include "ports.h"
#include "topology.h"

namespace triptych::compose {

namespace {

// A part's own record of the tasks that it asks for in vain.
Dims own(const Dims& dims) {
  auto copy = dims;
  copy.absent_tasks = std::make_shared<std::set<std::string>>();
  return copy;
}

std::string item(const std::string& pointer, std::size_t index) {
  return pointer + "/" + std::to_string(index);
}

// "prompt.spatial_channel", "fusion.gated#2": where a part stands in its chain does not matter, so
// that its initial weights stay when another part is put before it or taken away.
std::string chain_seed_key(const std::string& slot,
                           const std::vector<manifest::ModuleChoice>& chain, std::size_t index) {
  const auto begin = chain.begin();
  const auto earlier =
      std::count_if(begin, begin + static_cast<std::ptrdiff_t>(index),
                    [&](const auto& choice) { return choice.use == chain[index].use; });
  const auto repetition = earlier == 0 ? "" : "#" + std::to_string(earlier + 1);
  return slot + "." + chain[index].use + repetition;
}

// Fills a contract from left to right: each part's Dims hold what lies before it.
class Resolver {
 public:
  Resolver(const Request& request, const host::PluginHost& host) : host_(host) {
    contract_.request = request;
    base_.image = request.image;
  }

  Contract run() {
    plan_tasks();
    name_fusions();
    contract_.has_task_encoders = resolve_task_encoders(wishes_);
    plan_streams();
    plan_fusions();
    complete_streams();
    plan_heads();
    return std::move(contract_);
  }

 private:
  template <class Factory>
  Part<Factory> part(std::string slot, const manifest::ModuleChoice& choice, std::string name,
                     std::string pointer) const {
    Part<Factory> planned;
    planned.name = std::move(name);
    planned.seed_key = planned.name;
    planned.slot = std::move(slot);
    planned.use = choice.use;
    planned.pointer = std::move(pointer);
    planned.params = choice.params;
    planned.factory = guarded(planned, "contract.203", "its plugin cannot be used",
                              [&] { return factory<Factory>(host_, choice.use); });
    planned.is_fixed_size = planned.factory.spec().is_fixed_size();
    return planned;
  }

  void plan_tasks() {
    const auto& tasks = contract_.request.tasks;
    if (tasks.empty()) {
      throw Error({.code = "contract.200",
                   .message = "there is no task to compose a model for",
                   .pointer = "/tasks",
                   .expected = "at least one task",
                   .suggestion = "Name one, for example \"semseg\": {}."});
    }
    for (const auto& task : tasks) {
      const auto pointer = "/tasks/" + task.name;
      TaskPlan plan;
      if (!task.task.use.empty()) {
        static_cast<Part<TaskFactory>&>(plan) =
            part<TaskFactory>("task", task.task, "task." + task.name, pointer);
        plan.info = guarded(plan, "contract.203", "its info failed",
                            [&] { return plan.factory.info(plan.params); });
      } else {
        plan.info.outputs = task.outputs;
      }
      plan.task = task.name;
      auto head = part<HeadFactory>("head", task.head, "head." + task.name, pointer + "/head");
      base_.tasks.push_back({.name = task.name,
                             .outputs = plan.info.outputs,
                             .wants_levels = head.factory.spec().does_want_levels()});
      contract_.tasks.push_back(std::move(plan));
      contract_.heads.push_back(std::move(head));
    }
  }

  void name_fusions() {
    const auto& chain = contract_.request.slots.fusion;
    for (std::size_t i = 0; i < chain.size(); ++i) {
      FusionPlan plan;
      static_cast<Part<FusionFactory>&>(plan) = part<FusionFactory>(
          "fusion", chain[i], "fusion." + std::to_string(i), item("/slots/fusion", i));
      plan.seed_key = chain_seed_key("fusion", chain, i);
      plan.topology = guarded(plan, "contract.203", "its topology failed",
                              [&] { return plan.factory.topology(plan.params); });
      contract_.fusions.push_back(std::move(plan));
    }
    for (const auto& plan : contract_.fusions) {
      wishes_.push_back({.plan = &plan,
                         .topology = plan.topology,
                         .makes_task_features = plan.factory.spec().does_make_task_features()});
    }
  }

  void plan_streams() {
    base_.has_task_encoders = contract_.has_task_encoders;
    if (!contract_.has_task_encoders) {
      plan_stream("", base_);
      see_streams();
      return;
    }
    for (const auto& task : base_.tasks) {
      auto dims = base_;
      dims.tasks = {task};
      plan_stream(task.name, std::move(dims));
    }
    see_streams();
  }

  void plan_stream(const std::string& task, Dims dims) {
    const auto& slots = contract_.request.slots;
    const auto suffix = task.empty() ? "" : "." + task;
    StreamPlan stream;
    stream.task = task;

    stream.embedding = part<EmbeddingFactory>("embedding", slots.embedding, "embedding" + suffix,
                                              "/slots/embedding");
    auto& embedding = stream.embedding;
    embedding.dims = own(dims);
    dims.grid = guarded(embedding, "contract.203", "its ports failed",
                        [&] { return embedding.factory.ports(embedding.params, embedding.dims); });
    check_grid(embedding, dims.grid);

    auto kept_maps = plan_prompts(stream, dims, suffix);

    stream.encoder =
        part<EncoderFactory>("encoder", slots.encoder, "encoder" + suffix, "/slots/encoder");
    auto& encoder = stream.encoder;
    encoder.dims = own(dims);
    const auto ports = guarded(encoder, "contract.203", "its ports failed",
                               [&] { return encoder.factory.ports(encoder.params, encoder.dims); });
    check_encoder(encoder, ports, dims.grid);
    encoder.is_fixed_size |= ports.is_fixed_size;
    if (!stream.prompts.empty() && !ports.hosts_prompts) {
      throw Error(problem_of(stream.prompts.front(), "contract.205",
                             "the encoder '" + encoder.use + "' hosts no prompts",
                             "an encoder that hosts prompts",
                             "Use another encoder, or \"prompt\": []."));
    }
    stream.stages = ports.stages;
    stream.levels = ports.levels;
    if (contract_.streams.empty()) {
      kept_maps_ = std::move(kept_maps);
      offered_taps_ = ports.taps;
    }
    check_lockstep(stream);
    contract_.streams.push_back(std::move(stream));
  }

  // What fusions and heads see of the streams; with copies, of the first.
  void see_streams() {
    const auto& first = contract_.streams.front();
    base_.grid = first.encoder.dims.grid;
    base_.prompts = first.encoder.dims.prompts;
    base_.task_prompts = first.encoder.dims.task_prompts;
    base_.stages = first.stages;
    base_.levels = first.levels;
    base_.kept_maps = kept_maps_;
    base_.is_shared = !contract_.has_task_encoders;
    for (std::size_t t = 0; t < base_.tasks.size(); ++t) {
      base_.features.push_back(contract_.streams[contract_.has_task_encoders ? t : 0].levels);
    }
  }

  // Encoders that fusions drive level by level must have the same number of stages.
  void check_lockstep(const StreamPlan& stream) const {
    if (contract_.streams.empty()) return;
    const auto expected = contract_.streams.front().stages.size();
    if (stream.stages.size() == expected) return;
    throw Error(
        problem_of(stream.encoder, "contract.204",
                   "it has " + std::to_string(stream.stages.size()) + " stages",
                   "as many as the encoder of the first task (" + std::to_string(expected) + ")",
                   "This is a fault of the plugin."));
  }

  // Gives each part its rows; returns the names of the maps that the chain keeps.
  std::vector<std::string> plan_prompts(StreamPlan& stream, Dims& dims, const std::string& suffix) {
    std::vector<std::string> kept_maps;
    const auto& chain = contract_.request.slots.prompt;
    for (std::size_t i = 0; i < chain.size(); ++i) {
      auto prompt = part<PromptFactory>("prompt", chain[i], "prompt." + std::to_string(i) + suffix,
                                        item("/slots/prompt", i));
      prompt.seed_key = chain_seed_key("prompt", chain, i) + suffix;
      prompt.dims = own(dims);
      const auto ports = guarded(prompt, "contract.203", "its ports failed",
                                 [&] { return prompt.factory.ports(prompt.params, prompt.dims); });
      check_prompt(prompt, ports);
      check_kept(prompt, ports, kept_maps);
      prompt.is_fixed_size |= ports.is_fixed_size;
      stream.segments.push_back(
          {.begin = dims.prompts, .count = ports.prompts, .attends = ports.attends});
      if (ports.are_of_tasks && dims.task_prompts.count == 0) {
        dims.task_prompts = stream.segments.back();
      }
      dims.prompts += ports.prompts;
      kept_maps.insert(kept_maps.end(), ports.keeps.begin(), ports.keeps.end());
      contract_.reads_final_prompts = contract_.reads_final_prompts || ports.reads_final_prompts;
      stream.prompts.push_back(std::move(prompt));
    }
    return kept_maps;
  }

  void plan_fusions() {
    for (auto& fusion : contract_.fusions) {
      fusion.dims = own(base_);
      fusion.ports = guarded(fusion, "contract.203", "its ports failed",
                             [&] { return fusion.factory.ports(fusion.params, fusion.dims); });
      fusion.is_fixed_size |= fusion.ports.is_fixed_size;
      const bool makes = fusion.factory.spec().does_make_task_features();
      check_fusion(fusion, fusion.ports, offered_taps_, makes);
      base_.features = fusion.ports.features;
      base_.is_shared = base_.is_shared && !makes;
      contract_.decodes_maps = contract_.decodes_maps || !fusion.ports.reads_maps.empty();
      contract_.reads_final_prompts = contract_.reads_final_prompts || fusion.ports.reads_prompts;
      for (const auto& tap : fusion.ports.reads_taps) contract_.taps.push_back(tap);
    }
  }

  // What only the whole chain decides goes into the Dims of every part.
  void complete_streams() {
    const auto complete = [this](Dims& dims) {
      dims.decoded = contract_.decodes_maps;
      dims.reads_final_prompts = contract_.reads_final_prompts;
    };
    complete(base_);
    for (auto& stream : contract_.streams) {
      auto dims = stream.encoder.dims;
      dims.stages = stream.stages;
      dims.levels = stream.levels;
      complete(dims);
      stream.encoder.dims = dims;
      for (std::size_t i = 0; i < stream.prompts.size(); ++i) {
        dims.absent_tasks = stream.prompts[i].dims.absent_tasks;
        dims.segment = stream.segments[i];
        stream.prompts[i].dims = dims;
      }
    }
    for (auto& fusion : contract_.fusions) complete(fusion.dims);
  }

  void plan_heads() {
    for (std::size_t t = 0; t < contract_.heads.size(); ++t) {
      auto& dims = contract_.heads[t].dims = own(base_);
      dims.levels = base_.features[t];
      dims.task_index = static_cast<std::int64_t>(t);
    }
  }

  const host::PluginHost& host_;
  Contract contract_;
  Dims base_;
  std::vector<FusionWish> wishes_;
  std::vector<std::string> kept_maps_;
  std::vector<std::string> offered_taps_;
};

}  // namespace

Request request_of(const manifest::Manifest& manifest) {
  Request request;
  request.image = {manifest.protocol.height, manifest.protocol.width};
  request.slots = manifest.slots;
  for (const auto& task : manifest.tasks) {
    request.tasks.push_back(
        {.name = task.name, .task = task.task, .outputs = 0, .head = task.head});
  }
  return request;
}

Contract check_contract(const Request& request, const host::PluginHost& host) {
  return Resolver(request, host).run();
}

namespace {

// A run of a task that selection does not name keeps its last weights.
void check_selection(const manifest::Selection& select, const Contract& contract) {
  if (select.is_last) return;
  for (const auto& task : contract.tasks) {
    if (task.task != select.task) continue;
    std::vector<std::string> names;
    for (const auto& metric : task.info.metrics) names.push_back(select.task + "." + metric.name);
    const auto wanted = select.task + "." + select.metric;
    if (std::find(names.begin(), names.end(), wanted) != names.end()) return;
    throw Error(Problem{.code = "contract.212",
                        .message = "task '" + task.task + "' has no metric '" + select.metric + "'",
                        .pointer = "/select/metric",
                        .expected = "it has: " + join(names),
                        .suggestion = did_you_mean(wanted, names)});
  }
}

}  // namespace

Contract check_contract(const manifest::Manifest& manifest, const host::PluginHost& host) {
  auto contract = check_contract(request_of(manifest), host);
  check_selection(manifest.select, contract);
  return contract;
}

std::vector<std::string> Contract::task_names() const {
  std::vector<std::string> names;
  for (const auto& task : tasks) names.push_back(task.task);
  return names;
}

std::vector<std::string> Contract::fixed_size_parts() const {
  std::vector<std::string> names;
  const auto see = [&names](const PartPlan& part) {
    if (part.is_fixed_size) names.push_back(part.name);
  };
  for (const auto& stream : streams) {
    see(stream.embedding);
    see(stream.encoder);
    for (const auto& prompt : stream.prompts) see(prompt);
  }
  for (const auto& fusion : fusions) see(fusion);
  for (const auto& head : heads) see(head);
  return names;
}

}  // namespace triptych::compose
