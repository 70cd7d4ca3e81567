#include "triptych/host/probe_main.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>

#include "library.h"
#include "probe_records.h"

namespace triptych::host {
namespace {

std::string current_index;  // of the file that is being opened; for the stage listener

void write_stage(const char* stage) { write_record({"stage", current_index, stage}); }

void inspect(const PluginFile& plugin) {
  Inspection inspection;
  begin_printed();
  write_stage("load");
  try {
    static_cast<void>(open_plugin(plugin, inspection, &write_stage));
  } catch (const Error& error) {
    inspection.problem = error.problem();
  }
  std::vector<std::string> fields = {"result", current_index, inspection.source_hash,
                                     inspection.compiler};
  if (inspection.problem) {
    const auto& problem = *inspection.problem;
    fields.insert(fields.end(),
                  {problem.code, problem.message, problem.expected, problem.suggestion});
  }
  write_record(fields);
}

}  // namespace

void probe_main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a plugin that hangs must not outlive the program that asked
  for (int i = 1; i + 2 < argc; i += 3) {
    auto plugin = plugin_file(argv[i + 2]);
    if (argv[i][0] != '\0') plugin = {.slot = argv[i], .name = argv[i + 1], .file = argv[i + 2]};
    current_index = std::to_string((i - 1) / 3);
    inspect(plugin);
  }
  _exit(0);  // without static destructors, among them those of the plugins
}

}  // namespace triptych::host
