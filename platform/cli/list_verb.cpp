// triptych list plugins|runs|studies|protocols and triptych describe SLOT.NAME | --schema.
#include <algorithm>
#include <iostream>

#include "arguments.h"
#include "output.h"
#include "plugins.h"
#include "triptych/core/paths.h"
#include "triptych/host/check.h"
#include "triptych/manifest/describe.h"
#include "triptych/manifest/protocol.h"
#include "triptych/manifest/schema.h"
#include "triptych/report/listing.h"
#include "triptych/store/store.h"
#include "verbs.h"

namespace triptych::cli {

namespace {

using Json = nlohmann::ordered_json;

int list_plugins(const CommonOptions& options) {
  const auto plugins = open_plugins(options.plugin_dirs, "");
  const auto rows = plugins.host->list();
  std::cout << (options.wants_json ? host::list_json(rows) : host::list_text(rows));
  return kDone;
}

int list_runs(const CommonOptions& options) {
  const auto store =
      store::Store::open(core::default_database(options.database), store::Mode::read_only);
  const auto runs = store.runs();
  std::cout << (options.wants_json ? report::runs_json(runs) : report::runs_text(runs));
  return kDone;
}

int list_studies(const CommonOptions& options) {
  const auto store =
      store::Store::open(core::default_database(options.database), store::Mode::read_only);
  const auto studies = store.studies();
  std::cout << (options.wants_json ? report::studies_json(studies) : report::studies_text(studies));
  return kDone;
}

struct ListedProtocol {
  Json row;
  std::vector<std::string> cells;
};

// A faulty file is shown with what is wrong, as a broken plugin is.
ListedProtocol listed_protocol(const std::string& id, const std::vector<std::string>& folders) {
  try {
    const auto protocol = manifest::load_protocol(id, folders);
    return {.row = {{"protocol", id},
                    {"file", protocol.file},
                    {"hash", protocol.hash},
                    {"summary", protocol.summary},
                    {"tasks", protocol.task_names()},
                    {"status", "ok"},
                    {"reason", nullptr}},
            .cells = {id, join(protocol.task_names()), protocol.summary}};
  } catch (const Error& error) {
    return {.row = {{"protocol", id},
                    {"file", error.problem().file},
                    {"hash", nullptr},
                    {"summary", nullptr},
                    {"tasks", Json::array()},
                    {"status", "broken"},
                    {"reason", error.what()}},
            .cells = {id, "", "broken: " + error.problem().text()}};
  }
}

int list_protocols(const CommonOptions& options) {
  const auto folders = manifest::protocol_folders();
  Json document = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const auto& id : manifest::protocol_ids(folders)) {
    auto listed = listed_protocol(id, folders);
    document.push_back(std::move(listed.row));
    rows.push_back(std::move(listed.cells));
  }
  if (options.wants_json)
    print_json(document);
  else
    std::cout << table_text({"protocol", "tasks", "summary"}, rows);
  return kDone;
}

}  // namespace

int list_verb(std::vector<std::string> words) {
  CommandLine line("list", "Lists plugins, runs, studies or protocols.");
  CommonOptions options;
  std::string what;
  line.text("what", what, "plugins, runs, studies or protocols");
  options.add_database(line);
  options.add_plugin_dirs(line);
  options.add_json(line, "the list");
  line.example("triptych list plugins");
  if (const auto done = line.parse(std::move(words))) return *done;
  if (what == "plugins") return list_plugins(options);
  if (what == "runs") return list_runs(options);
  if (what == "studies") return list_studies(options);
  if (what == "protocols") return list_protocols(options);
  const std::vector<std::string> known = {"plugins", "runs", "studies", "protocols"};
  throw Error(Problem{.code = "usage.004",
                      .message = "triptych list: found '" + what + "'",
                      .expected = "one of: " + join(known),
                      .suggestion = did_you_mean(what, known)});
}

int describe_verb(std::vector<std::string> words) {
  CommandLine line("describe", "Shows a plugin's parameters, or the schema of manifests.");
  CommonOptions options;
  std::string what;
  bool wants_schema = false;
  line.text("plugin", what, "SLOT.NAME, e.g. fusion.gated");
  line.flag("--schema", wants_schema, "print the JSON schema of manifests for the plugins found");
  options.add_plugin_dirs(line);
  options.add_json(line, "the description");
  line.example("triptych describe encoder.swin");
  if (const auto done = line.parse(std::move(words))) return *done;

  const auto plugins = open_plugins(options.plugin_dirs, "");
  if (wants_schema) {
    std::cout << manifest::manifest_schema(*plugins.specs);
    return kDone;
  }
  const auto dot = what.find('.');
  const auto kind = what.substr(0, dot);
  const auto& kinds = manifest::kinds();
  if (dot == std::string::npos || std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
    throw Error(Problem{.code = "usage.005",
                        .message = "triptych describe: found '" + what + "'",
                        .expected = "SLOT.NAME with a slot of: " + join(kinds),
                        .suggestion = "triptych list plugins shows the names."});
  }
  const auto name = what.substr(dot + 1);
  const auto* plugin = plugins.specs->find(kind, name);
  if (plugin == nullptr) {
    throw Error(Problem{.code = "usage.006",
                        .message = "there is no " + kind + " '" + name + "'",
                        .expected = "there are: " + join(plugins.specs->names(kind)),
                        .suggestion = did_you_mean(name, plugins.specs->names(kind))});
  }
  std::cout << (options.wants_json ? manifest::describe_json(kind, *plugin)
                                   : manifest::describe_text(kind, *plugin));
  return kDone;
}

}  // namespace triptych::cli
