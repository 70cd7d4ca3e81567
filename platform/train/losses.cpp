#include "triptych/train/losses.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <tuple>

namespace triptych::train {
namespace {

/// Terms of one task over all parts: sums and weights of equal names are added.
std::vector<LossTerm> merged(std::span<const std::vector<compose::TaskTerms>> parts,
                             std::size_t task) {
  std::vector<LossTerm> merged;
  for (const auto& part : parts) {
    for (const LossTerm& term : part[task].terms) {
      const auto known = std::find_if(merged.begin(), merged.end(), [&](const LossTerm& other) {
        return other.name == term.name;
      });
      if (known == merged.end()) {
        merged.push_back(term);
        continue;
      }
      known->sum = known->sum + term.sum;
      known->weight = known->weight + term.weight;
    }
  }
  return merged;
}

/// scale * sum / weight; 0 where the weight is 0 (then the sum is 0 too).
at::Tensor value_of(const LossTerm& term, const at::Tensor& weight) {
  return term.scale * term.sum / (weight + (weight == 0));
}

at::Device device_of(std::span<const std::vector<compose::TaskTerms>> parts) {
  for (const auto& part : parts) {
    for (const auto& task : part) {
      if (!task.terms.empty()) return task.terms.front().sum.device();
    }
  }
  return at::kCPU;
}

}  // namespace

TaskLosses normalise(std::span<const std::vector<compose::TaskTerms>> parts) {
  TaskLosses result;
  const at::Device device = device_of(parts);
  std::vector<at::Tensor> losses;
  const std::size_t tasks = parts.empty() ? 0 : parts.front().size();
  for (std::size_t task = 0; task < tasks; ++task) {
    const std::vector<LossTerm> terms = merged(parts, task);
    at::Tensor loss;
    for (const LossTerm& term : terms) {
      const at::Tensor weight = term.weight.detach();
      const at::Tensor value = value_of(term, weight);
      result.terms.push_back({parts.front()[task].task, term.name, value.detach(), weight});
      loss = loss.defined() ? loss + value : value;
    }
    result.tasks.push_back(parts.front()[task].task);
    result.present.push_back(loss.defined());
    losses.push_back(loss.defined() ? loss.reshape({}).to(at::kFloat)
                                    : at::zeros({}, at::device(device).dtype(at::kFloat)));
  }
  result.losses = losses.empty() ? at::zeros({0}) : at::stack(losses);
  return result;
}

at::Tensor share_of(const std::vector<compose::TaskTerms>& part, const TaskLosses& whole,
                    const at::Tensor& factors) {
  at::Tensor share;
  for (std::size_t task = 0; task < part.size(); ++task) {
    for (const LossTerm& term : part[task].terms) {
      const auto total = std::find_if(whole.terms.begin(), whole.terms.end(), [&](const auto& one) {
        return one.task == part[task].task && one.name == term.name;
      });
      const at::Tensor value = value_of(term, total->weight).reshape({}).to(at::kFloat) *
                               factors[static_cast<std::int64_t>(task)];
      share = share.defined() ? share + value : value;
    }
  }
  return share;
}

std::int64_t LossLog::key(const std::string& task, const std::string& name) {
  const auto wanted = std::pair(task, name);
  const auto known = std::find(keys_.begin(), keys_.end(), wanted);
  if (known != keys_.end()) return known - keys_.begin();
  keys_.push_back(wanted);
  return static_cast<std::int64_t>(keys_.size()) - 1;
}

void LossLog::add(std::int64_t step, const TaskLosses& losses, const at::Tensor& total,
                  const at::Tensor& gradient_norm) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> values;
  const auto keep = [&](const std::string& task, const std::string& name, const at::Tensor& value) {
    values.push_back(value.detach().reshape({}).to(at::kFloat));
    key_of_.push_back(key(task, name));
    step_of_.push_back(step);
  };
  for (std::size_t task = 0; task < losses.present.size(); ++task) {
    if (!losses.present[task]) continue;
    keep(losses.tasks[task], "loss", losses.losses[static_cast<std::int64_t>(task)]);
  }
  for (const auto& term : losses.terms) keep(term.task, "loss/" + term.name, term.value);
  keep("all", "loss", total.to(losses.losses.device()));
  if (gradient_norm.defined()) keep("all", "grad_norm", gradient_norm.to(losses.losses.device()));
  pieces_.push_back(at::stack(values));
}

at::Tensor LossLog::values() const {
  return pieces_.empty() ? at::zeros({0}, at::kFloat) : at::cat(pieces_).cpu();
}

std::vector<LossLog::Mean> LossLog::read() const {
  const at::Tensor host = values();  // the one wait per log point
  const float* value = host.const_data_ptr<float>();
  std::vector<Mean> means(keys_.size());
  std::vector<double> counts(keys_.size(), 0);
  for (std::size_t i = 0; i < key_of_.size(); ++i) {
    const auto k = static_cast<std::size_t>(key_of_[i]);
    means[k].value += static_cast<double>(value[i]);
    counts[k] += 1;
    if (means[k].first_bad == 0 && !std::isfinite(value[i])) means[k].first_bad = step_of_[i];
  }
  for (std::size_t k = 0; k < keys_.size(); ++k) {
    std::tie(means[k].task, means[k].name) = keys_[k];
    means[k].value /= counts[k];
  }
  return means;
}

void LossLog::clear() { *this = LossLog(); }

std::map<std::string, at::Tensor> LossLog::state() const {
  std::string names;
  for (const auto& [task, name] : keys_) names += task + "\t" + name + "\n";
  const auto integers = [](const std::vector<std::int64_t>& list) {
    return at::tensor(list, at::kLong);
  };
  return {
      {"log/values", values()},
      {"log/keys", integers(key_of_)},
      {"log/steps", integers(step_of_)},
      {"log/names", at::tensor(std::vector<std::uint8_t>(names.begin(), names.end()), at::kByte)}};
}

void LossLog::load(const std::map<std::string, at::Tensor>& state) {
  clear();
  const at::Tensor& keys = state.at("log/keys");
  if (keys.numel() == 0) return;
  const auto integers = [](const at::Tensor& list) {
    const at::Tensor plain = list.contiguous();
    const auto* first = plain.const_data_ptr<std::int64_t>();
    return std::vector<std::int64_t>(first, first + plain.numel());
  };
  key_of_ = integers(keys);
  step_of_ = integers(state.at("log/steps"));
  pieces_ = {state.at("log/values")};
  const at::Tensor names = state.at("log/names").contiguous();
  std::istringstream lines(
      std::string(reinterpret_cast<const char*>(names.const_data_ptr<std::uint8_t>()),
                  static_cast<std::size_t>(names.numel())));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t tab = line.find('\t');
    keys_.emplace_back(line.substr(0, tab), line.substr(tab + 1));
  }
}

}  // namespace triptych::train
