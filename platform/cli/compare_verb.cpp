// triptych compare STUDY|RUN... and triptych report.
#include <filesystem>
#include <iostream>

#include "arguments.h"
#include "output.h"
#include "triptych/core/log.h"
#include "triptych/core/paths.h"
#include "triptych/report/compare.h"
#include "triptych/report/page.h"
#include "triptych/store/store.h"
#include "verbs.h"

namespace triptych::cli {

int compare_verb(std::vector<std::string> words) {
  CommandLine line("compare",
                   "Compares a study, or runs, with their baselines of the same protocol.");
  CommonOptions options;
  std::vector<std::string> what;
  report::CompareOptions compare_options;
  bool wants_markdown = false;
  bool wants_latex = false;
  bool wants_csv = false;
  bool wants_all = false;
  line.texts("what", what, "a study, or runs (id, unique prefix, @latest, @best:METRIC)",
             {.value_name = "STUDY|RUN"});
  line.text("--baseline", compare_options.baseline, "single_task, multi_task, or a run");
  line.text("--by", compare_options.by, "group by a manifest key, e.g. slots.encoder.use");
  line.number("--epsilon", compare_options.epsilon, "differences within this margin are 'same'");
  line.flag("--all", wants_all, "all metrics, not only each task's main one");
  options.add_database(line);
  options.add_json(line, "the comparison");
  line.flag("--markdown", wants_markdown, "a Markdown table");
  line.flag("--latex", wants_latex, "a LaTeX tabular (booktabs)");
  line.flag("--csv", wants_csv, "all rows and columns as CSV");
  line.example("triptych compare streets --baseline single_task");
  if (const auto done = line.parse(std::move(words))) return *done;
  if (what.empty()) {
    throw Error("usage.007", "triptych compare", "no study or run given",
                "triptych list studies shows them.");
  }

  const auto store =
      store::Store::open(core::default_database(options.database), store::Mode::read_only);
  const auto comparison = report::compare(store, what, compare_options);
  if (options.wants_json)
    std::cout << report::to_json(comparison);
  else if (wants_markdown)
    std::cout << report::to_markdown(comparison, wants_all);
  else if (wants_latex)
    std::cout << report::to_latex(comparison, wants_all);
  else if (wants_csv)
    std::cout << report::to_csv(comparison);
  else
    std::cout << report::to_text(comparison, wants_all);
  return kDone;
}

int report_verb(std::vector<std::string> words) {
  CommandLine line("report", "Writes one static HTML file with the results.");
  CommonOptions options;
  std::string study;
  std::string output;
  line.text("--study", study, "only this study (default: all)");
  line.text("-o,--output", output, "file to write (default: the database's name with .html)");
  options.add_database(line);
  line.example("triptych report --study streets -o results/streets.html");
  if (const auto done = line.parse(std::move(words))) return *done;

  const auto database = core::default_database(options.database);
  const auto store = store::Store::open(database, store::Mode::read_only);
  if (output.empty()) output = std::filesystem::path(database).replace_extension(".html").string();
  report::write_page(store, output, {.study = study});
  std::cout << output << "\n";
  return kDone;
}

}  // namespace triptych::cli
