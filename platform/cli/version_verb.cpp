// triptych version [--json] and triptych evaluate ... (the words go on as they are).
#include <torch/version.h>

#include <iostream>

#include "arguments.h"
#include "output.h"
#include "triptych/cli/evaluate.h"
#include "triptych/core/environment.h"
#include "triptych/manifest/plan.h"
#include "verbs.h"

namespace triptych::cli {

int version_verb(std::vector<std::string> words) {
  CommandLine line("version", "Shows versions.");
  CommonOptions options;
  options.add_json(line, "the versions");
  if (const auto done = line.parse(std::move(words))) return *done;
  nlohmann::ordered_json document = {{"triptych", core::version()},
                                     {"torch", TORCH_VERSION},
                                     {"results_version", manifest::kResultsVersion}};
  for (const auto& [key, value] : core::environment()) {
    const bool is_build = key == "compiler" || key == "build_type" || key.starts_with("git_");
    if (is_build) document[key] = value;
    if (key == "git_dirty") document[key] = value == "true";
  }
  if (options.wants_json) {
    print_json(document);
  } else {
    for (const auto& [key, value] : document.items()) {
      std::cout << key << " " << (value.is_string() ? value.get<std::string>() : value.dump())
                << "\n";
    }
  }
  return kDone;
}

int evaluate_verb(std::vector<std::string> words) {
  words.insert(words.begin(), "evaluate");
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  return run_evaluate(static_cast<int>(words.size()), arguments.data());
}

}  // namespace triptych::cli
