#include "evaluate_usage.h"

#include <iostream>

#include "triptych/error.h"

namespace triptych::cli {

namespace {

// The form that the first word names; `app` itself where there is none.
const CLI::App& form_of(const CLI::App& app, const std::string& word) {
  for (const auto* form : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (form->get_name() == word) return *form;
  }
  return app;
}

// "Did you mean" for the first option that the form does not have.
std::string nearest_option(const CLI::App& form, int argc, char** argv) {
  std::vector<std::string> names;
  for (const auto* option : form.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  for (int i = 1; i < argc; ++i) {
    const std::string word(argv[i]);
    const auto name = word.substr(0, word.find('='));
    if (!name.starts_with("--") || form.get_option_no_throw(name)) continue;
    return did_you_mean(name, names);
  }
  return "";
}

}  // namespace

bool parsed(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    (void)app.exit(help, std::cout, std::cerr);
    return false;
  } catch (const CLI::ParseError& error) {
    const auto& form = form_of(app, argc > 1 ? argv[1] : "");
    const auto verb = app.get_name() + (&form == &app ? "" : " " + form.get_name());
    auto suggestion = nearest_option(form, argc, argv);
    if (!suggestion.empty()) suggestion += " ";
    throw Error("usage.000", verb, error.what(),
                suggestion + verb + " --help shows what it takes.");
  }
  return true;
}

void write_result(const std::string& text) {
  std::cout << text;
  std::cout.flush();
  if (std::cout) return;
  std::cout.clear();
  throw Error("evaluate.012", "standard output", "the result cannot be written",
              "Check that the disk has room and the output is open.");
}

}  // namespace triptych::cli
