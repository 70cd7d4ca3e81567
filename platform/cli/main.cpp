// The `triptych` program: finds the verb, runs it, and turns what it throws into one error form and
// an exit code.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>

#include "triptych/core/log.h"
#include "triptych/error.h"
#include "verbs.h"

namespace triptych::cli {

namespace {

constexpr Verb kVerbs[] = {
    {"run", "train what is missing of a manifest's study", &run_verb},
    {"plan", "show the points of a study and what is missing", &plan_verb},
    {"check", "check a manifest: words, values, shapes, a small dry run", &check_verb},
    {"status", "show how far the studies of a database are", &status_verb},
    {"list", "list plugins, runs, studies or protocols", &list_verb},
    {"describe", "show a plugin's parameters, or the manifest's schema", &describe_verb},
    {"digest", "SHA-256 of a run's final state and metrics", &digest_verb},
    {"count", "parameters of each part of a model", &count_verb},
    {"predict", "predict with trained weights", &predict_verb},
    {"compare", "compare a study with its baselines", &compare_verb},
    {"report", "write the results page", &report_verb},
    {"export", "write a study's results as CSV files", &export_verb},
    {"evaluate", "score anybody's predictions with the official metrics", &evaluate_verb},
    {"plugins", "check plugin files", &plugins_verb},
    {"version", "show versions", &version_verb},
};

// Verbs that interface and documentation name, but this version does not have.
constexpr const char* kLaterVerbs[] = {"bench", "data", "weights", "import",    "merge",
                                       "db",    "new",  "doctor",  "completion"};

std::vector<std::string> verb_names() {
  std::vector<std::string> names;
  for (const auto& verb : kVerbs) names.emplace_back(verb.name);
  return names;
}

void print_help() {
  std::cout << "usage: triptych VERB ...   (triptych VERB --help shows a verb's arguments)\n\n";
  for (const auto& verb : kVerbs) std::printf("  %-10s %s\n", verb.name, verb.summary);
  std::cout << "\nexample: triptych run experiments/quickstart/streets.json seeds.count=1\n";
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print_help();
    return words.empty() ? kBadInput : kDone;
  }
  std::string name = words[0] == "--version" ? "version" : words[0];
  for (const auto& verb : kVerbs) {
    if (name == verb.name) return verb.run({words.begin() + 1, words.end()});
  }
  const bool comes_later = std::any_of(std::begin(kLaterVerbs), std::end(kLaterVerbs),
                                       [&name](const char* later) { return name == later; });
  throw Error(Problem{.code = comes_later ? "usage.002" : "usage.001",
                      .message = comes_later ? "the verb '" + name + "' is not built yet"
                                             : "unknown verb '" + name + "'",
                      .expected = "there are: " + join(verb_names()),
                      .suggestion = comes_later ? "" : did_you_mean(name, verb_names())});
}

int exit_code(const Error& error) {
  const bool is_busy = std::all_of(error.problems().begin(), error.problems().end(),
                                   [](const Problem& p) { return p.code == "store.075"; });
  return is_busy ? kTryAgain : kBadInput;
}

int guarded(const std::vector<std::string>& words) {
  try {
    return dispatch(words);
  } catch (const Error& error) {
    for (const auto& problem : error.problems()) core::log_error(problem.text());
    return exit_code(error);
  } catch (const std::bad_alloc&) {
    core::log_error(
        "out of memory [internal.002]; close other programs, or make batch or images smaller");
    return kFailed;
  } catch (const std::filesystem::filesystem_error& error) {
    core::log_error(error.path1().string() + ": " + error.code().message() +
                    " [core.003]; check the path and its permissions");
    return kBadInput;
  } catch (const std::exception& error) {
    core::log_error(std::string(error.what()) +
                    " [internal.001]; this is a fault of triptych: please report it");
    return kFailed;
  } catch (...) {
    core::log_error(
        "something that is not a std::exception was thrown [internal.001]; this is a fault of a "
        "plugin or of triptych: please report it");
    return kFailed;
  }
}

// A verb whose result did not arrive (a full disk) has failed, even if it did its work.
int after_printing(int code) {
  std::cout.flush();
  const bool has_arrived = std::cout.good() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (has_arrived || code != kDone) return code;
  core::log_error(
      "standard output: the result cannot be written [usage.020]; free space where it goes");
  return kFailed;
}

}  // namespace

}  // namespace triptych::cli

int main(int argc, char** argv) {
  const int code = triptych::cli::after_printing(triptych::cli::guarded({argv + 1, argv + argc}));
  // Plugins are never unloaded, and torch's static objects die in an order nobody controls.
  std::_Exit(code);
}
