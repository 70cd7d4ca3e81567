#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace triptych {

/// One thing that is wrong with something the user gave: a manifest, a file, a shape, a plugin.
///
/// `text()` is the one error form of the platform:
///   exp.json:14:9: /slots/fusion/0/gate_logits: unknown parameter of fusion 'gated'
///   [manifest.104]; it has: gate_logit. Did you mean "gate_logit"?
struct Problem {
  std::string code;        ///< stable, listed in platform/docs/errors.md, e.g. "manifest.104"
  std::string message;     ///< what was found, without a final stop
  std::string file;        ///< file name, or "" where there is none
  int line = 0;            ///< 1-based, 0 = unknown
  int column = 0;          ///< 1-based, 0 = unknown
  std::string pointer;     ///< JSON pointer into the manifest, or "" where there is none
  std::string expected;    ///< what was expected, without a final stop; may be ""
  std::string suggestion;  ///< what to do, a whole sentence; may be ""

  [[nodiscard]] std::string text() const;
};

/// Their fault: manifest, file, shape, plugin. Carries one problem or several (all that could be
/// collected). Our own faults are TORCH_INTERNAL_ASSERT or std::logic_error.
class Error : public std::runtime_error {
 public:
  explicit Error(Problem problem);
  explicit Error(std::vector<Problem> problems);  ///< at least one
  /// Short form: `where` is a file, a pointer or the name of a thing; it stands before the message.
  Error(std::string code, std::string where, std::string message, std::string suggestion = "");
  ~Error() override;

  [[nodiscard]] const std::vector<Problem>& problems() const { return problems_; }
  [[nodiscard]] const Problem& problem() const { return problems_.front(); }
  /// A copy with `context` in front of each message ("while building encoder 'swin'").
  [[nodiscard]] Error within(const std::string& context) const;

 private:
  std::vector<Problem> problems_;
};

/// The candidate nearest to `word` by edit distance (Damerau-Levenshtein), or "" when none is near
/// enough (more than a third of the longer word, at least 2 edits, differs).
[[nodiscard]] std::string nearest_word(const std::string& word,
                                       const std::vector<std::string>& candidates);

/// "Did you mean \"x\"?" for the nearest candidate, or "".
[[nodiscard]] std::string did_you_mean(const std::string& word,
                                       const std::vector<std::string>& candidates);

/// "a, b, c" (an empty list reads "none").
[[nodiscard]] std::string join(const std::vector<std::string>& words,
                               const std::string& separator = ", ");

}  // namespace triptych
