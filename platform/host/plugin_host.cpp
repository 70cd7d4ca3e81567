#include "triptych/host/plugin_host.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "library.h"
#include "probe.h"
#include "triptych/core/hash.h"
#include "triptych/error.h"

namespace fs = std::filesystem;

namespace triptych::host {
namespace {

PluginInfo describe(const PluginFile& plugin) {
  PluginInfo info{.slot = plugin.slot,
                  .name = plugin.name,
                  .file = plugin.file.string(),
                  .sha256 = "",
                  .source_hash = "",
                  .status = "broken",
                  .reason = "",
                  .compiler = ""};
  std::error_code failure;
  if (!fs::is_regular_file(plugin.file, failure)) return info;
  try {
    info.sha256 = core::sha256_file(plugin.file);
  } catch (const Error&) {
    info.sha256.clear();  // unreadable: the inspection says so
  }
  return info;
}

void fill(PluginInfo& info, const Inspection& inspection) {
  info.source_hash = inspection.source_hash;
  info.compiler = inspection.compiler;
  info.status = inspection.problem ? "broken" : "ok";
  info.reason = inspection.problem ? inspection.problem->text() : "";
}

std::string searched(const std::vector<fs::path>& folders) {
  std::vector<std::string> words;
  for (const auto& folder : folders) {
    std::error_code failure;
    words.push_back(folder.string() + (fs::is_directory(folder, failure) ? "" : " (not there)"));
  }
  return join(words);
}

}  // namespace

struct PluginHost::Entry {
  PluginInfo info;
  OpenPlugin plugin;
};

PluginHost::PluginHost(HostOptions options)
    : options_(std::move(options)), files_(find_plugins(options_.path.folders())) {}

PluginHost::PluginHost(HostOptions options, std::vector<PluginFile> files)
    : options_(std::move(options)), files_(std::move(files)) {}

PluginHost::~PluginHost() = default;

const PluginFile& PluginHost::find(const std::string& kind, const std::string& name) const {
  if (std::ranges::count(kinds(), kind) == 0) {
    throw Error(Problem{.code = "host.012",
                        .message = "'" + kind + "' is no kind of plugin",
                        .expected = "one of: " + join(kinds()),
                        .suggestion = did_you_mean(kind, kinds())});
  }
  for (const auto& file : files_) {
    if (file.slot == kind && file.name == name) return file;
  }
  const auto known = names(kind);
  auto advice = did_you_mean(name, known);
  advice += std::string(advice.empty() ? "" : " ") +
            "Searched: " + searched(options_.path.folders()) + ".";
  throw Error(Problem{.code = "host.010",
                      .message = "no plugin " + kind + " '" + name + "'",
                      .expected = "there are: " + join(known),
                      .suggestion = advice});
}

const PluginHost::Entry& PluginHost::open(const std::string& kind, const std::string& name) const {
  const std::lock_guard lock(mutex_);
  auto& entry = entries_[kind + "." + name];
  if (entry) return *entry;
  const auto& file = find(kind, name);
  auto info = describe(file);
  if (options_.probes_first) probe_unknown(file, info.sha256, options_);
  Inspection inspection;
  auto plugin = open_plugin(file, inspection);
  fill(info, inspection);
  entry = std::make_unique<Entry>(std::move(info), std::move(plugin));
  return *entry;
}

template <class F>
const F& PluginHost::factory(const std::string& kind, const std::string& name) const {
  return *static_cast<const F*>(open(kind, name).plugin.factory);
}

const EmbeddingFactory& PluginHost::embedding(const std::string& name) const {
  return factory<EmbeddingFactory>("embedding", name);
}
const EncoderFactory& PluginHost::encoder(const std::string& name) const {
  return factory<EncoderFactory>("encoder", name);
}
const PromptFactory& PluginHost::prompt(const std::string& name) const {
  return factory<PromptFactory>("prompt", name);
}
const FusionFactory& PluginHost::fusion(const std::string& name) const {
  return factory<FusionFactory>("fusion", name);
}
const HeadFactory& PluginHost::head(const std::string& name) const {
  return factory<HeadFactory>("head", name);
}
const TaskFactory& PluginHost::task(const std::string& name) const {
  return factory<TaskFactory>("task", name);
}
const DatasetFactory& PluginHost::dataset(const std::string& name) const {
  return factory<DatasetFactory>("dataset", name);
}
const BalancerFactory& PluginHost::balancer(const std::string& name) const {
  return factory<BalancerFactory>("balancer", name);
}

const Spec& PluginHost::spec(const std::string& kind, const std::string& name) const {
  return open(kind, name).plugin.spec;
}

const PluginInfo& PluginHost::info(const std::string& kind, const std::string& name) const {
  return open(kind, name).info;
}

bool PluginHost::has(const std::string& kind, const std::string& name) const {
  return std::ranges::any_of(
      files_, [&](const PluginFile& file) { return file.slot == kind && file.name == name; });
}

std::vector<std::string> PluginHost::names(const std::string& kind) const {
  std::vector<std::string> all;
  for (const auto& file : files_) {
    if (file.slot == kind) all.push_back(file.name);
  }
  std::ranges::sort(all);
  return all;
}

std::vector<PluginHost::Inspected> PluginHost::inspect() const {
  auto inspections = probe(files_, options_);
  std::vector<Inspected> rows;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    auto info = describe(files_[i]);
    fill(info, inspections[i]);
    rows.push_back({std::move(info), std::move(inspections[i].problem)});
  }
  return rows;
}

std::vector<PluginInfo> PluginHost::list() const {
  std::vector<PluginInfo> rows;
  for (auto& inspected : inspect()) rows.push_back(std::move(inspected.info));
  return rows;
}

std::string doing(const std::string& verb, const PluginInfo& plugin) {
  return "while " + verb + " " + plugin.slot + " '" + plugin.name + "' (" + plugin.file + ")";
}

}  // namespace triptych::host
