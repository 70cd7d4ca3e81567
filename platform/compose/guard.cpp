#include "guard.h"

namespace triptych::compose {

Problem problem_of(const PartPlan& plan, std::string code, std::string message,
                   std::string expected, std::string suggestion) {
  const bool says_name = plan.name.empty() || plan.name == plan.slot;
  auto where = plan.title() + (says_name ? "" : " (part " + plan.name + ")");
  return {.code = std::move(code),
          .message = std::move(where) + ": " + std::move(message),
          .pointer = plan.pointer,
          .expected = std::move(expected),
          .suggestion = std::move(suggestion)};
}

Error with_pointer(const Error& error, const PartPlan& plan) {
  auto problems = error.problems();
  for (auto& problem : problems) {
    if (problem.pointer.empty() && problem.file.empty()) problem.pointer = plan.pointer;
  }
  return Error(std::move(problems));
}

}  // namespace triptych::compose
