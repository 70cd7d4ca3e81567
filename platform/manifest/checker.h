#pragma once

#include <map>
#include <string>
#include <vector>

#include "keys.h"
#include "triptych/manifest/check.h"

namespace triptych::manifest {

/// Turns a tree into a Manifest, collecting every problem on the way: after a faulty value its
/// default stands in, so that one fault is reported once.
class Checker {
 public:
  /// `is_stored`: the tree is a stored canonical manifest, whose protocol is an object.
  Checker(const SpecSource& specs, const CheckOptions& options, bool is_stored);

  Checked run(const Node& tree);

 private:
  using Fixed = std::map<std::string, ParamValue>;

  // Where parameters are read, and how their owner is called.
  struct Place {
    const Node& node;
    std::string pointer;
    std::string owner;                       // "fusion 'gated'"; "" for keys of the manifest itself
    std::vector<std::string> reserved = {};  // keys that somebody else reads
  };

  void read_top(const Node& tree);
  void check_name(const Node& node);
  void read_protocol(const Node& tree);
  void read_data(const Node& tree);
  void keep_unchecked_data(const Node& params, const std::string& name);
  void read_root(const Node& root);
  void read_slots(const Node& tree);
  void read_tasks(const Node& tree);
  void read_task(const Member& member, bool has_default_head);
  void read_recipe(const Node& tree);
  void read_init_from(const Node* recipe);
  std::string weights_source(const Node& node, const std::string& pointer);
  void read_rename(const Node& node);
  void read_optimizer(const Node* recipe);
  void read_schedule(const Node* recipe);
  void read_balancer(const Node* recipe);
  void read_weights(const Node& node);
  void read_groups(const Node* recipe);
  void read_select(const Node& tree);
  void read_plugin_path(const Node& tree);

  Params read_params(const Place& place, const Spec& spec, const Fixed& fixed = {});
  ParamValue read_param(const Place& place, const ParamSpec& spec, const Fixed& fixed);
  ParamValue fixed_param(const Place& place, const ParamSpec& spec, const ParamValue& fixed);
  void refuse_unknown(const Place& place, const Spec& spec);
  void refuse_unknown_fixed(const Place& place, const Spec& spec, const Fixed& fixed);
  ModuleChoice read_module(const Node& node, const std::string& pointer, const std::string& kind,
                           std::vector<std::string> reserved = {},
                           const std::string& default_use = "", const Fixed& fixed = {});
  std::vector<ModuleChoice> read_chain(const Node& slots, const std::string& kind);
  const Spec* read_choice(const Node* node, const std::string& pointer, const std::string& what,
                          const std::vector<Spec>& specs, Params& params);
  const PluginSpec* find_plugin(const std::string& kind, const std::string& name,
                                const Position& at, const std::string& pointer);
  /// The object under `key`, or null; anything else is a problem.
  const Node* object_under(const Node& parent, const std::string& pointer, const std::string& key);
  const std::string* text_under(const Node& object, const std::string& pointer,
                                const std::string& key, const std::string& meaning);

  void report(const Position& at, std::string pointer, std::string code, std::string message,
              std::string expected = "", std::string suggestion = "");
  void warn(const Position& at, std::string pointer, std::string code, std::string message,
            std::string suggestion = "");
  void report_missing(const Node& object, const std::string& pointer, const std::string& key,
                      const std::string& expected);

  const SpecSource& specs_;
  const CheckOptions& options_;
  bool is_stored_;
  bool has_protocol_ = false;
  std::vector<std::string> folders_;
  Manifest manifest_;
  std::vector<Problem> problems_;
  std::vector<Problem> warnings_;
};

/// Sorts by file (the manifest, then its includes, then the command line), line and column, and
/// drops repetitions.
void sort_problems(std::vector<Problem>& problems, const std::string& manifest_path);

/// A path as the one who wrote it meant it: relative to the file that holds it, or to the working
/// directory on the command line; "~/" is the home folder. Absolute.
[[nodiscard]] std::string resolve_path(const std::string& path, const Position& at);

/// Fills `plugins` from the modules that the manifest names.
void collect_plugins(Manifest& manifest, const SpecSource& specs);

/// Gives each task of the manifest a weight (1 where it has none), and drops those of other tasks.
void settle_weights(Manifest& manifest);

/// The tree of a manifest: what from_canonical reads back.
[[nodiscard]] Node to_tree(const Manifest& manifest);

}  // namespace triptych::manifest
