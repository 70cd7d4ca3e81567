#include <utility>

#include "guard.h"
#include "triptych/compose/model.h"

namespace triptych::compose {

std::vector<TaskTerms> loss_terms(const Model& model, const Outputs& outputs,
                                  const std::vector<Auxiliary>& auxiliaries,
                                  const std::map<std::string, Target>& targets) {
  std::vector<TaskTerms> all;
  for (std::size_t t = 0; t < model.tasks().size(); ++t) {
    const auto& task = model.tasks()[t];
    TaskTerms terms{.task = task.name};
    const auto target = targets.find(task.info.label);
    terms.is_present = target != targets.end() && target->second.any_present();
    if (terms.is_present) {
      const auto loss = [&](const Prediction& prediction) {
        return guarded(model.contract().tasks[t], "contract.241", "its loss failed",
                       [&] { return task.module->loss(prediction, target->second); });
      };
      terms.terms = loss(outputs.predictions[t]);
      for (const auto& auxiliary : auxiliaries) {
        if (auxiliary.task != task.name) continue;
        for (auto& term : loss(auxiliary.prediction)) {
          term.name = auxiliary.name + "/" + term.name;
          term.scale *= auxiliary.weight;
          terms.terms.push_back(std::move(term));
        }
      }
    }
    all.push_back(std::move(terms));
  }
  return all;
}

}  // namespace triptych::compose
