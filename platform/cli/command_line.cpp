#include "command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "triptych/error.h"

namespace triptych::cli {

struct CommandLine::Parser {
  CLI::App app;

  void apply(CLI::Option* option, const WordRule& rule) {
    if (!rule.value_name.empty()) option->type_name(rule.value_name);
    if (rule.is_required) option->required();
    if (rule.is_hidden) option->group("");
    if (!rule.one_of.empty()) option->check(CLI::IsMember(rule.one_of));
  }
};

CommandLine::CommandLine(const std::string& verb, const std::string& summary)
    : parser_(new Parser{CLI::App(summary, verb)}) {}

CommandLine::~CommandLine() = default;

void CommandLine::text(const std::string& name, std::string& into, const std::string& what,
                       const WordRule& rule) {
  parser_->apply(parser_->app.add_option(name, into, what), rule);
}

void CommandLine::texts(const std::string& name, std::vector<std::string>& into,
                        const std::string& what, const WordRule& rule) {
  auto* option = parser_->app.add_option(name, into, what);
  if (name.starts_with('-')) option->allow_extra_args(false);
  parser_->apply(option, rule);
}

void CommandLine::integer(const std::string& name, std::int64_t& into, const std::string& what,
                          std::int64_t least, std::int64_t most) {
  parser_->app.add_option(name, into, what)->check(CLI::Range(least, most));
}

void CommandLine::number(const std::string& name, std::optional<double>& into,
                         const std::string& what) {
  parser_->app.add_option(name, into, what)->check([](const std::string& text) {
    return text.starts_with('-') ? std::string("must not be negative") : "";
  });
}

void CommandLine::flag(const std::string& name, bool& into, const std::string& what,
                       const WordRule& rule) {
  parser_->apply(parser_->app.add_flag(name, into, what), rule);
}

void CommandLine::needs(const std::string& one, const std::string& other) {
  parser_->app.get_option(one)->needs(parser_->app.get_option(other));
}

void CommandLine::together(const std::string& one, const std::string& other) {
  needs(one, other);
  needs(other, one);
}

void CommandLine::example(const std::string& line) { parser_->app.footer("example: " + line); }

std::optional<int> CommandLine::parse(std::vector<std::string> words) {
  auto& app = parser_->app;
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return 0;
  } catch (const CLI::ParseError& error) {
    throw Error(
        Problem{.code = "usage.000",
                .message = "triptych " + app.get_name() + ": " + error.what(),
                .suggestion = "triptych " + app.get_name() + " --help shows what it takes."});
  }
  return std::nullopt;
}

}  // namespace triptych::cli
