#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "triptych/balancer.h"
#include "triptych/dataset.h"
#include "triptych/embedding.h"
#include "triptych/encoder.h"
#include "triptych/error.h"
#include "triptych/fusion.h"
#include "triptych/head.h"
#include "triptych/host/search_path.h"
#include "triptych/prompt.h"
#include "triptych/spec.h"
#include "triptych/task.h"

namespace triptych::host {

/// A plugin's identity and whether it can be used: a row of `list plugins`, and what a run records.
struct PluginInfo {
  std::string slot;  ///< one of kinds(), or "" where the place does not say
  std::string name;
  std::string file;         ///< absolute path
  std::string sha256;       ///< of the file, hex; "" when it cannot be read
  std::string source_hash;  ///< hex; "" when built without one, or unknown
  std::string status;       ///< "ok" or "broken"
  std::string reason;       ///< of a broken one, the whole error text; else ""
  std::string compiler;     ///< "clang 16.0.6", "gcc 12.2.0"; "" if unknown
};

struct HostOptions {
  SearchPath path;
  /// Opens a file that this machine has not opened before in a child process first, so that one
  /// that crashes or hangs is an Error. Files that passed are remembered by their content in
  /// `core::cache_dir()/plugins`.
  bool probes_first = true;
  std::filesystem::path probe_program;  ///< "" = triptych-plugin-probe in <exe>, <exe>/../bin
  std::chrono::milliseconds load_limit{10'000};  ///< a plugin that loads longer counts as hung
};

/// Finds plugins by their file names and opens the ones that are asked for. Nothing is ever
/// unloaded: what is returned stays valid until the process ends, also after the host is gone. All
/// members may be called from several threads at once.
class PluginHost {
 public:
  explicit PluginHost(HostOptions options);
  /// A host of these files; the options' search path only stands in messages.
  PluginHost(HostOptions options, std::vector<PluginFile> files);
  ~PluginHost();

  /// The factory of one plugin; opens it at the first call. Throws Error host.010 for a name that
  /// is not there (with those that are, and the nearest), host.020 to host.033 for a file that
  /// cannot be used. Run everything that the factory's functions do inside `at_border`.
  [[nodiscard]] const EmbeddingFactory& embedding(const std::string& name) const;
  [[nodiscard]] const EncoderFactory& encoder(const std::string& name) const;
  [[nodiscard]] const PromptFactory& prompt(const std::string& name) const;
  [[nodiscard]] const FusionFactory& fusion(const std::string& name) const;
  [[nodiscard]] const HeadFactory& head(const std::string& name) const;
  [[nodiscard]] const TaskFactory& task(const std::string& name) const;
  [[nodiscard]] const DatasetFactory& dataset(const std::string& name) const;
  [[nodiscard]] const BalancerFactory& balancer(const std::string& name) const;

  /// What the plugin says of itself, and its identity; both open it and throw as above.
  [[nodiscard]] const Spec& spec(const std::string& kind, const std::string& name) const;
  [[nodiscard]] const PluginInfo& info(const std::string& kind, const std::string& name) const;

  /// True when a file for it exists, usable or not.
  [[nodiscard]] bool has(const std::string& kind, const std::string& name) const;
  /// Names of the files of a kind, sorted; nothing is opened.
  [[nodiscard]] std::vector<std::string> names(const std::string& kind) const;
  [[nodiscard]] const std::vector<PluginFile>& files() const { return files_; }

  /// Every file that was found, each opened in a child process: a broken one is a row with its
  /// reason. Opens nothing in this process.
  [[nodiscard]] std::vector<PluginInfo> list() const;

  struct Inspected {
    PluginInfo info;
    std::optional<Problem> problem;  ///< the reason in its parts
  };
  /// The same with the reasons in parts.
  [[nodiscard]] std::vector<Inspected> inspect() const;

 private:
  struct Entry;
  [[nodiscard]] const PluginFile& find(const std::string& kind, const std::string& name) const;
  [[nodiscard]] const Entry& open(const std::string& kind, const std::string& name) const;
  template <class F>
  [[nodiscard]] const F& factory(const std::string& kind, const std::string& name) const;

  HostOptions options_;
  std::vector<PluginFile> files_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::unique_ptr<Entry>> entries_;  // by slot.name
};

/// "while building fusion 'gated' (/x/gated.so)": the words for `at_border`.
[[nodiscard]] std::string doing(const std::string& verb, const PluginInfo& plugin);

}  // namespace triptych::host
