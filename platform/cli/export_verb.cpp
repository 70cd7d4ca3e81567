// triptych export csv STUDY: the stable views of a study for other tools.
#include <iostream>

#include "arguments.h"
#include "triptych/core/paths.h"
#include "triptych/error.h"
#include "triptych/store/csv.h"
#include "verbs.h"

namespace triptych::cli {

int export_verb(std::vector<std::string> words) {
  CommandLine line("export", "Writes a study's results as files for other tools.");
  CommonOptions options;
  store::CsvOptions csv;
  std::string format;
  std::string folder;
  line.text("format", format, "csv: one file per view of results/README.md");
  line.text("study", csv.study, "the study's name");
  line.text("--out", folder, "folder to write to", {.value_name = "DIR"});
  line.flag("--images", csv.has_images, "the per-image statistics too (many rows)");
  options.add_database(line);
  line.example("triptych export csv streets --out streets-csv");
  if (const auto done = line.parse(std::move(words))) return *done;
  const std::vector<std::string> known = {"csv"};
  if (format != "csv") {
    throw Error(Problem{.code = "usage.017",
                        .message = "triptych export: found '" + format + "'",
                        .expected = "a format that this version has: " + join(known),
                        .suggestion = did_you_mean(format, known)});
  }
  if (csv.study.empty() || folder.empty()) {
    throw Error("usage.018", "triptych export csv",
                csv.study.empty() ? "no study given" : "no folder given",
                "triptych list studies shows the studies; --out DIR names the folder.");
  }
  const auto store =
      store::Store::open(core::default_database(options.database), store::Mode::read_only);
  for (const auto& file : store::export_csv(store, folder, csv)) std::cout << file.string() << "\n";
  return kDone;
}

}  // namespace triptych::cli
