#include "probe.h"

#include <torch/version.h>

#include <algorithm>
#include <fstream>
#include <system_error>

#include "child.h"
#include "probe_records.h"
#include "triptych/core/paths.h"

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace triptych::host {
namespace {

constexpr char kProgram[] = "triptych-plugin-probe";
constexpr std::chrono::seconds kStartLimit{60};  // of the child itself, on a machine under load

fs::path find_program(const HostOptions& options) {
  if (!options.probe_program.empty()) return options.probe_program;
  const auto beside = core::executable_dir();
  for (const auto& folder : {beside, beside.parent_path() / "bin"}) {
    std::error_code failure;
    if (fs::exists(folder / kProgram, failure)) return folder / kProgram;
  }
  throw Error("host.033", kProgram, "not found in " + beside.string(),
              "It belongs to this program: build or install it again.");
}

Problem death(const PluginFile& plugin, const std::string& stage, const char* code,
              const std::string& how, const std::string& printed) {
  const std::string when = stage == "spec" ? " while it was asked for its spec"
                                           : " while it was loaded (in a static initialiser)";
  return {
      .code = code,
      .message = plugin.file.string() + ": " + how + when + last_words(printed),
      .expected = "a plugin runs nothing at load time and its spec() only describes",
      .suggestion = "Remove objects with constructors at namespace scope. " + rebuild_hint(plugin)};
}

// One child and the files that it still has to open.
class Round {
 public:
  Round(std::span<const PluginFile> files, std::span<Inspection> results,
        const HostOptions& options)
      : files_(files),
        results_(results),
        options_(options),
        child_(find_program(options), arguments(files)) {}

  // Number of files that are settled afterwards: all, or those up to the one that broke the child.
  std::size_t run() {
    auto deadline = Clock::now() + kStartLimit;
    while (true) {
      const auto event = child_.wait(deadline);
      if (take_records()) deadline = Clock::now() + options_.load_limit;
      if (done_ == files_.size()) return done_;
      if (event == Child::Event::kBytes) continue;
      settle_broken(event);
      return done_;
    }
  }

 private:
  static std::vector<std::string> arguments(std::span<const PluginFile> files) {
    std::vector<std::string> words;
    for (const auto& file : files) {
      words.insert(words.end(), {file.slot, file.name, file.file.string()});
    }
    return words;
  }

  bool take_records() {
    bool has_news = false;
    for (auto fields = take_record(child_.records); !fields.empty();
         fields = take_record(child_.records)) {
      has_news = true;
      if (fields[0] == "stage" && fields.size() == 3) stage_ = fields[2];
      if (fields[0] == "result" && done_ < results_.size()) take_result(fields);
    }
    return has_news;
  }

  void take_result(const std::vector<std::string>& fields) {
    auto& result = results_[done_++];
    stage_.clear();
    if (fields.size() >= 4) {
      result.source_hash = fields[2];
      result.compiler = fields[3];
    }
    if (fields.size() == 8) {
      result.problem = Problem{
          .code = fields[4], .message = fields[5], .expected = fields[6], .suggestion = fields[7]};
    }
  }

  void settle_broken(Child::Event event) {
    const bool is_hung = event == Child::Event::kTimeout;
    const auto how = child_.finish(/*kill_first=*/is_hung);
    if (stage_.empty()) {
      throw Error("host.033", kProgram,
                  "it " + how + " before it opened anything" + last_words(child_.printed),
                  "It belongs to this program: build or install it again.");
    }
    const auto printed = last_printed(child_.printed);
    const auto seconds = std::to_string(options_.load_limit.count() / 1000.0);
    const bool is_exit = how.find("exit code") != std::string::npos;
    results_[done_].problem =
        is_hung
            ? death(files_[done_], stage_, "host.032",
                    "did not come back within " + seconds.substr(0, seconds.find('.') + 2) + " s",
                    printed)
            : death(files_[done_], stage_, is_exit ? "host.031" : "host.030",
                    (is_exit ? "it ended the process (" : "it crashed (the process ") + how + ")",
                    printed);
    ++done_;
  }

  std::span<const PluginFile> files_;
  std::span<Inspection> results_;
  const HostOptions& options_;
  Child child_;
  std::string stage_;  // of the file that is being opened; "" between files
  std::size_t done_ = 0;
};

// One empty file per content that passed: what loads once loads again.
fs::path passed_marker(const std::string& sha256) {
  return core::cache_dir() / "plugins" / (sha256 + "-torch-" + TORCH_VERSION);
}

}  // namespace

std::string last_words(const std::string& printed) {
  constexpr std::size_t kMostBytes = 300;
  auto words = printed.size() > kMostBytes ? printed.substr(printed.size() - kMostBytes) : printed;
  while (!words.empty() && words.back() == '\n') words.pop_back();
  std::ranges::replace(words, '\n', ' ');
  return words.empty() ? "" : "; it printed: " + words;
}

std::vector<Inspection> probe(std::span<const PluginFile> files, const HostOptions& options) {
  std::vector<Inspection> results(files.size());
  for (std::size_t done = 0; done < files.size();) {
    Round round(files.subspan(done), std::span(results).subspan(done), options);
    done += round.run();
  }
  return results;
}

void probe_unknown(const PluginFile& plugin, const std::string& sha256,
                   const HostOptions& options) {
  std::error_code failure;
  const auto marker = passed_marker(sha256);
  if (!sha256.empty() && fs::exists(marker, failure)) return;
  const auto result = probe(std::span(&plugin, 1), options).front();
  if (result.problem) throw Error(*result.problem);
  fs::create_directories(marker.parent_path(), failure);
  std::ofstream{marker};  // where the folder cannot be written, the next process probes again
}

}  // namespace triptych::host
