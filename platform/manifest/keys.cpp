#include "keys.h"

namespace triptych::manifest {

namespace {

constexpr double kLargestSeed = 9007199254740992.0;  // 2^53: exact in JSON readers everywhere

}  // namespace

std::vector<std::string> KeyTable::names() const {
  auto all = spec.param_names();
  for (const auto& key : nested) all.push_back(key.name);
  return all;
}

KeyTable top_keys() {
  Spec spec("manifest", "A run, or with matrix, seeds and baselines a study.");
  spec.optional("$schema", ParamType::kText, "path of the JSON schema, for editors")
      .param("schema_version", 1, "version of this format", between(1, 1))
      .optional("name", ParamType::kText, "the study's name; the file's name where absent")
      .param("notes", "", "anything; not part of a run's identity")
      .param("tags", std::vector<std::string>{}, "words to find runs by; not part of the identity")
      .param("seed", 1, "seed of the single run of a manifest without seeds",
             between(0, kLargestSeed))
      .param("probes", std::vector<std::string>{}, "what is measured beside the metrics",
             one_of({"latency", "memory", "flops", "energy", "interference"}));
  return {spec,
          {{"include", "manifests that this one is merged onto, in order (RFC 7396)"},
           {"protocol", "\"name/version\": data, splits, sizes and metric variants; required"},
           {"data", "data set and where its files lie"},
           {"tasks", "tasks by name; their order has a meaning (rows of prompts)"},
           {"slots", "the modules"},
           {"recipe", "how it is trained"},
           {"seeds", "{\"count\": 6, \"base\": 1}, or a list of seeds: one run each"},
           {"matrix",
            "axes of the study: key -> list of values; a value may be an object with a "
            "label and several keys"},
           {"exclude", "cells of the matrix to leave out: lists of {axis: value}"},
           {"baselines",
            "\"single_task\", {\"single_task\": \"plain\"}, {\"single_task\": {\"label\": ..., "
            "\"plain\": ..., key: value}} or {\"multi_task\": {\"label\": ..., key: value}}"},
           {"select", "which weights count: \"last\" or {\"metric\": \"task.metric\"}"},
           {"plugins", "where else plugins lie"}}};
}

KeyTable slot_keys() {
  return {Spec("slots", "The modules; parameters stand beside \"use\"."),
          {{"embedding", "image to grid"},
           {"encoder", "grid to pyramid"},
           {"prompt", "a chain, in order; [] = none"},
           {"fusion", "a chain, in order; [] = hard sharing"},
           {"head", "default of all tasks"}}};
}

KeyTable recipe_keys() {
  Spec spec("recipe", "How a model is trained.");
  spec.param("steps", 1000, "updates", at_least(1))
      .param("batch", 4, "images per step, or per micro step where accumulate is above 1",
             at_least(1))
      .param("accumulate", 1, "micro steps per update; losses are normalised over all of them",
             between(1, 65536))
      .param("precision", "float32", "arithmetic of forward and backward pass",
             one_of({"float32", "bfloat16"}))
      .param("augment", std::vector<std::string>{}, "changes of training samples, in order",
             one_of({"flip", "crop"}))
      .optional("clip_norm", ParamType::kNumber,
                "largest norm of the whole gradient; null: no clipping", at_least(0))
      .param("evaluate_every", 0, "steps between evaluations on the selection split; 0: none",
             at_least(0))
      .param("checkpoint_every", 500, "steps between checkpoints; 0: at the end only", at_least(0))
      .param("log_every", 10, "steps between points of the training curves", at_least(1))
      .param("workers", 2, "threads that load samples", between(0, 256))
      .optional("threads", ParamType::kInteger,
                "threads that compute; bits are equal for equal numbers; null: the number of cores",
                between(1, 1024));
  return {spec,
          {{"init_from",
            "weights to start from: a file or a run; an object also says what need not fit and "
            "which names differ; null: none"},
           {"optimizer", "update rule"},
           {"schedule", "learning rate over the steps"},
           {"balancer", "how the tasks' losses are weighed; \"weights\": a factor per task"},
           {"groups", "rates and decays by name of the parameter; the first match counts"}}};
}

namespace {

Spec optimizer(const std::string& name, const std::string& summary) {
  Spec spec(name, summary);
  spec.param("lr", 1e-3, "highest learning rate", at_least(0));
  return spec;
}

Spec& with_moments(Spec& spec) {
  return spec
      .param("betas", std::vector<double>{0.9, 0.999}, "decay of the two moments, below 1",
             between(0, 1))
      .param("eps", 1e-8, "added to the root of the second moment", at_least(0));
}

Spec schedule(const std::string& name, const std::string& summary) {
  Spec spec(name, summary);
  spec.param("warmup", 0, "steps of linear rise; cut to recipe.steps", at_least(0));
  return spec;
}

}  // namespace

std::vector<Spec> optimizer_specs() {
  auto adamw = optimizer("adamw", "Adam with decoupled weight decay.");
  adamw.param("weight_decay", 0.01, "decoupled, times the learning rate", at_least(0));
  auto adam = optimizer("adam", "Adam.");
  adam.param("weight_decay", 0.0, "added to the gradient", at_least(0));
  auto sgd = optimizer("sgd", "Gradient descent with momentum.");
  sgd.param("weight_decay", 0.0, "added to the gradient", at_least(0))
      .param("momentum", 0.9, "decay of the velocity", between(0, 1));
  return {with_moments(adamw), with_moments(adam), sgd};
}

std::vector<Spec> schedule_specs() {
  auto poly = schedule("poly", "lr * (1 - t)^power, t from 0 to 1 after the warm-up.");
  poly.param("power", 0.9, "exponent", at_least(0))
      .param("min_lr", 0.0, "lowest learning rate", at_least(0));
  auto cosine = schedule("cosine", "Half a cosine from lr to min_lr after the warm-up.");
  cosine.param("min_lr", 0.0, "lowest learning rate", at_least(0));
  return {poly, cosine, schedule("constant", "lr after the warm-up.")};
}

Spec group_keys() {
  Spec spec("group", "Parameters with names that match.");
  spec.required("match", ParamType::kText, "name pattern, '*' stands for anything: encoder.*")
      .param("lr_scale", 1.0, "factor on the learning rate", at_least(0))
      .optional("weight_decay", ParamType::kNumber, "instead of the optimiser's", at_least(0))
      .param("frozen", false, "not trained at all");
  return spec;
}

Spec init_from_keys() {
  Spec spec("init_from", "Weights to start from.");
  spec.required("from", ParamType::kText, "weights file or run (an id, @latest, @best:METRIC)")
      .param("partial", false,
             "true: tensors that are missing, left over or of another shape are a warning");
  return spec;
}

Spec seeds_keys() {
  Spec spec("seeds", "Seeds base, base + 1, ...: one run each.");
  spec.param("count", 1, "how many", between(1, 10000))
      .param("base", 1, "the first", between(0, kLargestSeed));
  return spec;
}

Spec selection_keys() {
  Spec spec("select", "The weights of the best evaluation.");
  spec.required("metric", ParamType::kText, "\"task.metric\", as semseg.mIoU")
      .optional("split", ParamType::kText, "split of the protocol; null: its selection split");
  return spec;
}

Spec data_keys() {
  Spec spec("data", "The data set; its plugin is the protocol's.");
  spec.optional("root", ParamType::kText, "folder of its files, relative to this manifest");
  return spec;
}

Spec plugins_keys() {
  Spec spec("plugins", "Where plugins lie.");
  spec.param("path", std::vector<std::string>{}, "folders, relative to this manifest");
  return spec;
}

}  // namespace triptych::manifest
