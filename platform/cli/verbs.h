#pragma once

#include <string>
#include <vector>

namespace triptych::cli {

/// One verb of the program. `run` gets the words behind the verb and returns the exit code; it may
/// throw triptych::Error, which `main` prints in the one error form.
struct Verb {
  const char* name;
  const char* summary;
  int (*run)(std::vector<std::string> words);
};

// Exit codes of interface, in one place.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;    // ran and failed
inline constexpr int kBadInput = 2;  // usage, manifest, plugin or input error
inline constexpr int kRegression = 3;
inline constexpr int kPartlyDone = 4;  // some points failed
inline constexpr int kTryAgain = 75;   // store busy

int run_verb(std::vector<std::string> words);
int plan_verb(std::vector<std::string> words);
int check_verb(std::vector<std::string> words);
int status_verb(std::vector<std::string> words);
int list_verb(std::vector<std::string> words);
int describe_verb(std::vector<std::string> words);
int digest_verb(std::vector<std::string> words);
int count_verb(std::vector<std::string> words);
int predict_verb(std::vector<std::string> words);
int compare_verb(std::vector<std::string> words);
int report_verb(std::vector<std::string> words);
int export_verb(std::vector<std::string> words);
int plugins_verb(std::vector<std::string> words);
int evaluate_verb(std::vector<std::string> words);
int version_verb(std::vector<std::string> words);

}  // namespace triptych::cli
