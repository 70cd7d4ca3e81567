#include "triptych/train/evaluation.h"

#include <ATen/ops/stack.h>

#include <cmath>
#include <limits>

#include "border.h"
#include "triptych/train/precision.h"
#include "triptych/train/torch_compat.h"

namespace triptych::train {
namespace {

/// Evaluation mode, and back to what it was.
class EvaluationMode {
 public:
  explicit EvaluationMode(torch::nn::Module& module)
      : module_(module), was_training_(module.is_training()) {
    module_.eval();
  }
  ~EvaluationMode() { module_.train(was_training_); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  torch::nn::Module& module_;
  bool was_training_;
};

/// Height and width of the label; of the image where the label is no map.
ImageSize label_size(const Batch& batch, const std::string& label) {
  const auto target = batch.targets.find(label);
  const at::Tensor& map = target != batch.targets.end() && target->second.map.defined()
                              ? target->second.map
                              : batch.images.rgb;
  return {map.size(-2), map.size(-1)};
}

std::string title(const compose::NamedTask& task) { return "task '" + task.name + "'"; }

/// Rows of statistics that are still on the device.
struct PendingRows {
  std::vector<std::string> images;
  std::vector<at::Tensor> values;  ///< [B', S] float64
};

void collect(const compose::NamedTask& task, const Batch& batch, const Decoded& decoded,
             PendingRows& pending) {
  const auto target = batch.targets.find(task.info.label);
  if (target == batch.targets.end() || !target->second.any_present()) return;
  const at::Tensor rows = task.module->statistics(decoded, target->second);
  if (rows.dim() != 2 || rows.size(0) != batch.size() ||
      rows.size(1) != static_cast<std::int64_t>(task.info.statistics.size())) {
    throw Error("train.042", title(task),
                "its statistics are not one row of " + std::to_string(task.info.statistics.size()) +
                    " numbers per image");
  }
  for (std::int64_t i = 0; i < batch.size(); ++i) {
    const auto sample = static_cast<std::size_t>(i);
    if (!target->second.present[sample]) continue;
    pending.images.push_back(batch.ids[sample]);
    pending.values.push_back(rows[i]);
  }
}

TaskRows fetch(const compose::NamedTask& task, PendingRows& pending) {
  TaskRows rows{.task = task.name, .images = std::move(pending.images), .values = {}};
  if (pending.values.empty()) return rows;
  const at::Tensor host = at::stack(pending.values).to(at::kCPU, at::kDouble).contiguous();
  rows.values.assign(host.const_data_ptr<double>(), host.const_data_ptr<double>() + host.numel());
  return rows;
}

}  // namespace

Scores evaluate(compose::Model& model, const BatchSource& batches, const c10::Device& device,
                const std::string& precision, const DecodedListener& listener) {
  const at::NoGradGuard no_grad;
  const EvaluationMode mode(model);
  Context context(make_generator(device, 0), /*is_training=*/false);
  std::vector<PendingRows> pending(model.tasks().size());
  batches([&](const Batch& batch) {
    compose::Outputs outputs;
    {
      const AutocastScope scope(device, precision == "bfloat16");
      outputs = model.forward(batch.images, context);
    }
    std::vector<Decoded> decoded;
    for (std::size_t t = 0; t < model.tasks().size(); ++t) {
      const compose::NamedTask& task = model.tasks()[t];
      named(title(task), [&] {
        decoded.push_back(task.module->decode(outputs.predictions[t], batch.images.cameras,
                                              label_size(batch, task.info.label)));
        collect(task, batch, decoded.back(), pending[t]);
      });
    }
    if (listener) listener(batch, decoded);
  });
  Scores scores;
  for (std::size_t t = 0; t < model.tasks().size(); ++t) {
    const compose::NamedTask& task = model.tasks()[t];
    scores.rows.push_back(fetch(task, pending[t]));
    const TaskRows& rows = scores.rows.back();
    auto& metrics = scores.metrics[task.name];
    for (const MetricInfo& info : task.info.metrics) {
      metrics[info.name] = std::numeric_limits<double>::quiet_NaN();
    }
    if (rows.images.empty()) continue;
    const auto finished = named(title(task), [&] {
      return task.module->finish(rows.values, static_cast<std::int64_t>(rows.images.size()));
    });
    for (auto& [name, value] : metrics) {
      const auto found = finished.find(name);
      if (found != finished.end()) value = found->second;
    }
  }
  return scores;
}

void report_curve(const compose::Model& model, const Scores& scores, std::int64_t step,
                  const std::string& split, core::RunEvents& events) {
  for (const compose::NamedTask& task : model.tasks()) {
    for (const MetricInfo& info : task.info.metrics) {
      events.curve({.step = step,
                    .task = task.name,
                    .metric = info.name,
                    .split = split,
                    .value = scores.metrics.at(task.name).at(info.name)});
    }
  }
}

void report_final(const compose::Model& model, const Scores& scores, const std::string& split,
                  core::RunEvents& events) {
  for (const compose::NamedTask& task : model.tasks()) {
    bool is_main = true;
    for (const MetricInfo& info : task.info.metrics) {
      events.final_metric(
          {.task = task.name,
           .metric = info.name,
           .split = split,
           .variant = info.variant,
           .value = scores.metrics.at(task.name).at(info.name),
           .unit = info.unit,
           .direction = info.direction == Direction::kHigherIsBetter ? "higher" : "lower",
           .is_main = is_main});
      is_main = false;
    }
  }
}

void report_images(const compose::Model& model, const Scores& scores, core::RunEvents& events) {
  for (std::size_t t = 0; t < scores.rows.size(); ++t) {
    const TaskRows& rows = scores.rows[t];
    const auto& names = model.tasks()[t].info.statistics;
    for (std::size_t i = 0; i < rows.images.size(); ++i) {
      events.image_statistic({.task = rows.task,
                              .image_id = rows.images[i],
                              .statistic = "image_number",
                              .value = static_cast<double>(i + 1)});
      for (std::size_t s = 0; s < names.size(); ++s) {
        const double value = rows.values[i * names.size() + s];
        if (value == 0) continue;
        events.image_statistic(
            {.task = rows.task, .image_id = rows.images[i], .statistic = names[s], .value = value});
      }
    }
  }
}

}  // namespace triptych::train
