#include "contract_child.h"

#include <signal.h>
#include <sys/prctl.h>

#include "child.h"
#include "probe.h"
#include "probe_records.h"
#include "triptych/host/border.h"

using Clock = std::chrono::steady_clock;

namespace triptych::host {
namespace {

Problem death(const PluginInfo& plugin, const std::string& code, const std::string& how,
              const std::string& stage, const std::string& printed) {
  return {
      .code = code,
      .message = plugin.slot + " '" + plugin.name + "': it " + how + " while " +
                 (stage.empty() ? "it was opened" : stage) + last_words(printed),
      .file = plugin.file,
      .expected = "an Error, thrown, where something is wrong",
      .suggestion = "Run it in a debugger: gdb --args triptych plugins check " + plugin.file + "."};
}

// One plugin's check in a process of its own.
class ContractChild {
 public:
  ContractChild(const PluginInfo& plugin, const CheckSettings& settings)
      : plugin_(plugin),
        settings_(settings),
        child_(settings.contract_command.front(), words(plugin, settings)) {}

  std::vector<Problem> run() {
    auto deadline = Clock::now() + settings_.contract_limit;
    while (true) {
      const auto event = child_.wait(deadline);
      if (take_records()) deadline = Clock::now() + settings_.contract_limit;
      if (is_complete_) return std::move(problems_);
      if (event == Child::Event::kBytes) continue;
      add_death(event == Child::Event::kTimeout);
      return std::move(problems_);
    }
  }

 private:
  static std::vector<std::string> words(const PluginInfo& plugin, const CheckSettings& settings) {
    const auto& command = settings.contract_command;
    std::vector<std::string> words(command.begin() + 1, command.end());
    words.push_back(plugin.file);
    return words;
  }

  bool take_records() {
    bool has_news = false;
    for (auto fields = take_record(child_.records); !fields.empty();
         fields = take_record(child_.records)) {
      has_news = true;
      if (fields[0] == "stage" && fields.size() == 2) stage_ = fields[1];
      if (fields[0] == "end") is_complete_ = true;
      if (fields[0] != "problem" || fields.size() != 6) continue;
      problems_.push_back({.code = fields[1],
                           .message = fields[2],
                           .file = fields[3],
                           .expected = fields[4],
                           .suggestion = fields[5]});
    }
    return has_news;
  }

  void add_death(bool is_hung) {
    const auto how = child_.finish(/*kill_first=*/is_hung);
    const auto seconds = std::to_string(settings_.contract_limit.count() / 1000);
    problems_.push_back(
        is_hung ? death(plugin_, "host.035", "did not come back within " + seconds + " s", stage_,
                        child_.printed)
                : death(plugin_, "host.034", "took the process along (which " + how + ")", stage_,
                        child_.printed));
  }

  const PluginInfo& plugin_;
  const CheckSettings& settings_;
  Child child_;
  std::string stage_;
  std::vector<Problem> problems_;
  bool is_complete_ = false;
};

void write_problem(const Problem& problem) {
  write_record({"problem", problem.code, problem.message, problem.file, problem.expected,
                problem.suggestion});
}

}  // namespace

std::vector<Problem> contract_problems(const PluginInfo& plugin, const CheckSettings& settings) {
  return ContractChild(plugin, settings).run();
}

void report_contract(const std::filesystem::path& file, const SearchPath& surroundings,
                     const std::function<std::vector<Problem>(const PluginHost&, const PluginInfo&,
                                                              const ContractListener&)>& contract) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    const auto plugin = plugin_file(file);
    const HostOptions options{.path = surroundings, .probes_first = false, .probe_program = {}};
    const PluginHost host(options, with_surroundings({plugin}, surroundings));
    const auto info = host.info(plugin.slot, plugin.name);
    const auto listener = [](const std::string& stage) { write_record({"stage", stage}); };
    const auto problems =
        at_border(doing("checking", info), [&] { return contract(host, info, listener); });
    for (const auto& problem : problems) write_problem(problem);
  } catch (const Error& error) {
    for (const auto& problem : error.problems()) write_problem(problem);
  }
  write_record({"end"});
}

}  // namespace triptych::host
