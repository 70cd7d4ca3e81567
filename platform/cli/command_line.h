#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace triptych::cli {

/// What can be said of a word besides its name and meaning.
struct WordRule {
  std::string value_name = "";  // in the help, in place of TEXT
  bool is_required = false;
  bool is_hidden = false;                // not in the help: for copies of this program
  std::vector<std::string> one_of = {};  // values that are accepted; all if empty
};

/// The command line of one verb: declared word by word, then parsed. CLI11 does the work behind it;
/// its templates cost each unit that sees them 5 to 9 s of compilation, so only one does.
///
/// Names without dashes are positional, in the order of declaration; "-o,--output" gives a short
/// and a long form. The variables must outlive `parse`, which writes only those that were given.
class CommandLine {
 public:
  CommandLine(const std::string& verb, const std::string& summary);
  ~CommandLine();

  void text(const std::string& name, std::string& into, const std::string& what,
            const WordRule& rule = {});
  /// Positional: takes all words that are left. With dashes: repeatable, one value each time.
  void texts(const std::string& name, std::vector<std::string>& into, const std::string& what,
             const WordRule& rule = {});
  /// A whole number within `least`..`most`.
  void integer(const std::string& name, std::int64_t& into, const std::string& what,
               std::int64_t least, std::int64_t most);
  /// A number of at least 0.
  void number(const std::string& name, std::optional<double>& into, const std::string& what);
  void flag(const std::string& name, bool& into, const std::string& what,
            const WordRule& rule = {});
  /// Two declared options that are given both or not at all.
  void together(const std::string& one, const std::string& other);
  /// The first option means nothing without the other.
  void needs(const std::string& one, const std::string& other);
  /// Last line of the help.
  void example(const std::string& line);

  /// Prints the help and returns 0 when it was asked for; nothing when the verb should go on.
  /// Throws Error usage.000 with the parser's reason.
  [[nodiscard]] std::optional<int> parse(std::vector<std::string> words);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace triptych::cli
