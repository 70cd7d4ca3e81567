#include "triptych/error.h"

#include <algorithm>
#include <utility>

namespace triptych {

std::string Problem::text() const {
  std::string out;
  if (!file.empty()) {
    out += file;
    if (line > 0) out += ":" + std::to_string(line) + ":" + std::to_string(std::max(column, 1));
    out += ": ";
  }
  if (!pointer.empty()) out += pointer + ": ";
  out += message;
  if (!code.empty()) out += " [" + code + "]";
  if (!expected.empty()) out += "; " + expected;
  if (!suggestion.empty()) out += (expected.empty() ? "; " : ". ") + suggestion;
  return out;
}

namespace {

std::string joined_text(const std::vector<Problem>& problems) {
  std::string out;
  for (const auto& problem : problems) out += (out.empty() ? "" : "\n") + problem.text();
  return out;
}

}  // namespace

Error::Error(Problem problem) : Error(std::vector<Problem>{std::move(problem)}) {}

Error::Error(std::vector<Problem> problems)
    : std::runtime_error(joined_text(problems)), problems_(std::move(problems)) {
  if (problems_.empty()) problems_.push_back({.code = "internal", .message = "unknown error"});
}

Error::Error(std::string code, std::string where, std::string message, std::string suggestion)
    : Error(Problem{.code = std::move(code),
                    .message = (where.empty() ? "" : where + ": ") + message,
                    .suggestion = std::move(suggestion)}) {}

Error::~Error() = default;

Error Error::within(const std::string& context) const {
  auto problems = problems_;
  for (auto& problem : problems) problem.message = context + ": " + problem.message;
  return Error(std::move(problems));
}

namespace {

// Restricted Damerau-Levenshtein distance: insert, delete, replace, swap of neighbours.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replace});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

constexpr std::size_t kLongestWord = 200;  // longer words are not typing errors, and cost n^2

}  // namespace

std::string nearest_word(const std::string& word, const std::vector<std::string>& candidates) {
  if (word.size() > kLongestWord) return "";
  std::string best;
  std::size_t best_distance = 0;
  for (const auto& candidate : candidates) {
    if (candidate.size() > kLongestWord) continue;
    const std::size_t distance = edit_distance(word, candidate);
    const std::size_t allowed =
        std::max<std::size_t>(2, std::max(word.size(), candidate.size()) / 3);
    const bool near = distance <= allowed && distance < std::max(word.size(), candidate.size());
    if (near && (best.empty() || distance < best_distance)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
  const auto nearest = nearest_word(word, candidates);
  return nearest.empty() ? "" : "Did you mean \"" + nearest + "\"?";
}

std::string join(const std::vector<std::string>& words, const std::string& separator) {
  if (words.empty()) return "none";
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : separator) + word;
  return out;
}

}  // namespace triptych
