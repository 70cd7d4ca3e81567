#include <triptych/data/pictures.h>
#include <triptych/error.h>

#include "border.h"
#include "pixels.h"
#include "training_run.h"
#include "triptych/train/digest.h"
#include "triptych/train/safetensors.h"
#include "triptych/train/torch_compat.h"
#include "triptych/train/weights.h"

namespace triptych::train {
namespace {

constexpr std::int64_t kPictures = 4;  // images shown per run

/// [H, W, 3] uint8 on the host as a PNG file.
std::vector<std::uint8_t> png_of(const at::Tensor& pixels) {
  const at::Tensor plain = pixels.to(at::kCPU, at::kByte).contiguous();
  if (plain.dim() != 3 || plain.size(2) != 3) {
    throw Error("train.042", "picture", "is not [H, W, 3] uint8", "The fault is in the plugin.");
  }
  const auto* first = plain.const_data_ptr<std::uint8_t>();
  return data::encode_png({.height = static_cast<int>(plain.size(0)),
                           .width = static_cast<int>(plain.size(1)),
                           .channels = 3,
                           .pixels = {first, first + plain.numel()}});
}

}  // namespace

void TrainingRun::report_pictures(const Batch& batch, const std::vector<Decoded>& decoded) {
  for (std::int64_t i = 0; i < batch.size() && pictures_ < kPictures; ++i, ++pictures_) {
    const std::string& id = batch.ids[static_cast<std::size_t>(i)];
    const auto show = [&](const char* kind, const std::string& task, const at::Tensor& pixels) {
      const std::vector<std::uint8_t> png = png_of(pixels);
      events_.picture({.name = kind,
                       .step = best_ ? best_->step : step_,
                       .task = task,
                       .kind = kind,
                       .image_id = id,
                       .png = png});
    };
    show("input", "", displayed(batch.images, i));
    for (std::size_t t = 0; t < decoded.size(); ++t) {
      const compose::NamedTask& task = model_->tasks()[t];
      named("task '" + task.name + "'", [&] {
        show("prediction", task.name, task.module->picture(decoded[t], i));
        const auto target = batch.targets.find(task.info.label);
        if (target == batch.targets.end() || !target->second.present[static_cast<std::size_t>(i)]) {
          return;
        }
        show("target", task.name, task.module->picture(target->second, i));
      });
    }
  }
}

void TrainingRun::finish(TrainOutcome& outcome) {
  outcome.device = device_text(device_);
  outcome.tensors_digest = tensors_digest(final_state());
  if (best_) load_state(*model_, best_->weights, "the selected weights");
  for (const auto& [name, tensor] : state_of(*model_)) {
    if (tensor.is_floating_point() && !tensor.isfinite().all().item<bool>()) {
      throw Error("train.040", "parameter " + name, "is not finite after the last step",
                  "Use a smaller learning rate, a warm-up or recipe.clip_norm.");
    }
  }
  const std::string split = manifest_.protocol.evaluation_split;
  const Scores scores = evaluate_split(
      split, [this](const auto& batch, const auto& decoded) { report_pictures(batch, decoded); });
  report_curve(*model_, scores, best_ ? best_->step : step_, split, events_);
  report_final(*model_, scores, split, events_);
  report_images(*model_, scores, events_);
  times_.report(events_);
  outcome.weights = plan_.folder / "weights.safetensors";
  std::filesystem::create_directories(plan_.folder);
  write_safetensors(outcome.weights, state_of(*model_),
                    {{"format", "triptych weights 1"},
                     {"run_id", plan_.run_id},
                     {"identity", plan_.identity},
                     {"protocol", manifest_.protocol.id()},
                     {"step", std::to_string(best_ ? best_->step : step_)},
                     {"tensors_digest", outcome.tensors_digest}});
  events_.flush();
  model_->eval();
  outcome.model = model_;
}

}  // namespace triptych::train
