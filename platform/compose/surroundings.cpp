#include "triptych/compose/surroundings.h"

#include <array>

namespace triptych::compose {

namespace {

using Choices = std::vector<manifest::ModuleChoice>;
using Chains = std::vector<Choices>;

constexpr std::array<std::int64_t, 6> kSides{16, 32, 64, 96, 128, 256};  // pixels

std::string owner(const std::string& slot, const std::string& name) {
  return slot + " '" + name + "'";
}

bool has_required(const Spec& spec) {
  for (const auto& param : spec.params()) {
    if (param.is_required) return true;
  }
  return false;
}

// All plugins of a slot that can be used with their defaults.
Choices usable(const host::PluginHost& host, const std::string& slot) {
  Choices choices;
  for (const auto& name : host.names(slot)) {
    try {
      const auto& spec = host.spec(slot, name);
      if (has_required(spec)) continue;
      choices.push_back({.use = name, .params = default_params(owner(slot, name), spec)});
    } catch (const Error&) {
      // A file that cannot be used is no candidate; `list plugins` shows why.
    }
  }
  return choices;
}

// A prompt part alone; then behind each other part, since it may need prompts that another owns.
Chains own_prompts(const manifest::ModuleChoice& own, const Choices& others) {
  Chains chains{{own}};
  for (const auto& other : others) {
    if (other.use != own.use) chains.push_back({other, own});
  }
  return chains;
}

Chains chains_of(const Choices& choices) {
  Chains chains{{}};
  for (const auto& choice : choices) chains.push_back({choice});
  return chains;
}

// The candidates of each slot; the slot of the module has it alone.
struct Candidates {
  Choices embeddings;
  Choices encoders;
  Chains prompts;
  Chains fusions;
  Choices heads;

  Candidates(const Around& around, const host::PluginHost& host) {
    const auto is = [&around](const char* slot) { return around.slot == slot; };
    const Choices own{around.module};
    embeddings = is("embedding") ? own : usable(host, "embedding");
    encoders = is("encoder") ? own : usable(host, "encoder");
    const auto others = usable(host, "prompt");
    prompts = is("prompt") ? own_prompts(around.module, others) : chains_of(others);
    fusions = is("fusion") ? Chains{own} : chains_of(usable(host, "fusion"));
    heads = is("head") ? own : usable(host, "head");
  }
};

// Tasks bear the names of task plugins, as in manifests, so that branches that look for a task by
// its name are built too.
std::vector<std::string> task_names(const host::PluginHost& host, std::int64_t count) {
  auto names = host.names("task");
  for (std::int64_t i = 0; static_cast<std::int64_t>(names.size()) < count; ++i) {
    names.push_back("task" + std::to_string(i));
  }
  names.resize(static_cast<std::size_t>(count));
  return names;
}

class Search {
 public:
  Search(const Around& around, const host::PluginHost& host)
      : around_(around),
        host_(host),
        candidates_(around, host),
        task_names_(task_names(host, around.tasks)) {}

  std::optional<Request> run() {
    auto images = around_.images;
    if (images.empty()) {
      for (const auto side : kSides) images.push_back({side, side});
    }
    for (const auto& image : images) {
      for (const auto& prompt : candidates_.prompts) {
        for (const auto& fusion : candidates_.fusions) {
          if (auto found = with_chains(image, prompt, fusion)) return found;
        }
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  std::optional<Request> with_chains(ImageSize image, const Choices& prompt,
                                     const Choices& fusion) {
    for (const auto& encoder : candidates_.encoders) {
      for (const auto& embedding : candidates_.embeddings) {
        for (const auto& head : candidates_.heads) {
          Request request{.image = image, .tasks = {}, .slots = {}};
          request.slots = {
              .embedding = embedding, .encoder = encoder, .prompt = prompt, .fusion = fusion};
          for (const auto& name : task_names_) {
            request.tasks.push_back({.name = name, .task = {}, .outputs = 2, .head = head});
          }
          if (holds(request)) return request;
        }
      }
    }
    return std::nullopt;
  }

  bool holds(const Request& request) {
    try {
      return check_contract(request, host_).decodes_maps || !around_.is_decoded;
    } catch (const Error& error) {
      why_ = error.what();
      return false;
    }
  }

  const Around& around_;
  const host::PluginHost& host_;
  Candidates candidates_;
  std::vector<std::string> task_names_;
  std::string why_;
};

}  // namespace

std::optional<Request> request_around(const Around& around, const host::PluginHost& host,
                                      std::string* why) {
  Search search(around, host);
  auto found = search.run();
  if (why) *why = search.why();
  return found;
}

std::vector<Params> param_variants(const std::string& slot, const Spec& spec) {
  if (has_required(spec)) return {};
  const auto defaults = default_params(owner(slot, spec.name()), spec);
  std::vector<Params> variants{defaults};
  for (const auto& param : spec.params()) {
    if (const auto* flag = std::get_if<bool>(&param.value)) {
      variants.push_back(defaults.with(param.name, !*flag));
    }
    if (param.type != ParamType::kText) continue;
    for (const auto& choice : param.range.choices) {
      if (param.value != ParamValue(choice)) {
        variants.push_back(defaults.with(param.name, choice));
      }
    }
  }
  return variants;
}

}  // namespace triptych::compose
