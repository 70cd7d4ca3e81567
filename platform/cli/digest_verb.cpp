// triptych digest RUN --json: what a run ended with, in two hashes.
#include <iostream>

#include "arguments.h"
#include "output.h"
#include "triptych/core/paths.h"
#include "triptych/store/store.h"
#include "verbs.h"

namespace triptych::cli {

int digest_verb(std::vector<std::string> words) {
  CommandLine line("digest",
                   "SHA-256 of a run's final model and optimiser, and of its metric rows.");
  CommonOptions options;
  std::string run;
  line.text("run", run, "id, unique prefix, @latest or @best:METRIC", {.is_required = true});
  options.add_database(line);
  options.add_plugin_dirs(line);
  options.add_json(line, "the digests");
  line.example("triptych digest @latest --json");
  if (const auto done = line.parse(std::move(words))) return *done;

  const auto store =
      store::Store::open(core::default_database(options.database), store::Mode::read_only);
  const auto run_id = store.resolve(run);
  const auto environment = store.environment(run_id);
  const auto tensors = environment.find("tensors_digest");
  if (tensors == environment.end()) {
    throw Error("usage.014", "run " + run_id,
                "it is " + store.run(run_id).status + ", so there is no final model",
                "Run its study again to finish it.");
  }
  const auto metrics = store.metrics_digest(run_id);
  if (options.wants_json) {
    print_json({{"run_id", run_id}, {"tensors", tensors->second}, {"metrics", metrics}});
  } else {
    std::cout << "run      " << run_id << "\ntensors  " << tensors->second << "\nmetrics  "
              << metrics << "\n";
  }
  return kDone;
}

}  // namespace triptych::cli
