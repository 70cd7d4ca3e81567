#include "stored_run.h"

#include <algorithm>
#include <map>

#include "triptych/error.h"

namespace triptych::cli {

namespace {

using nlohmann::json;

constexpr const char* kNumber = "image_number";  // place in the set, from 1

struct Image {
  double number = 0;  // 0: not stored
  metrics::Statistics statistics;
};

// Images by id, per task.
std::map<std::string, std::map<std::string, Image>> images_by_task(const store::Store& store,
                                                                   const std::string& run_id) {
  std::map<std::string, std::map<std::string, Image>> tasks;
  for (auto& row : store.images(run_id)) {
    auto& image = tasks[row.task][row.image_id];
    if (row.statistic == kNumber) {
      image.number = row.value;
    } else {
      image.statistics.push_back({std::move(row.statistic), row.value});
    }
  }
  return tasks;
}

// In the order of the set where it is stored, else of the ids.
void take(std::map<std::string, Image> found, StoredTask& task) {
  std::vector<Image> images;
  for (auto& [id, image] : found) images.push_back(std::move(image));
  std::stable_sort(images.begin(), images.end(),
                   [](const Image& a, const Image& b) { return a.number < b.number; });
  task.is_complete = !images.empty();
  for (std::size_t i = 0; i < images.size(); ++i) {
    task.is_complete &= images[i].number == static_cast<double>(i + 1);
    task.images.push_back(std::move(images[i].statistics));
  }
}

json params_of(const json& manifest, const std::string& task) {
  auto params = manifest["tasks"][task];
  const auto fixed = manifest.value("/protocol/tasks"_json_pointer, json::object());
  if (fixed.contains(task)) params.update(fixed[task]);
  return params;
}

// Names of the tasks in the order of the canonical text.
std::vector<std::string> task_names(const std::string& manifest) {
  std::vector<std::string> names;
  const auto ordered = nlohmann::ordered_json::parse(manifest);
  for (const auto& [name, task] : ordered.at("tasks").items()) names.push_back(name);
  return names;
}

}  // namespace

StoredRun read_run(const store::Store& store, const std::string& run) {
  const auto row = store.run(store.resolve(run));
  const auto text = store.manifest(row.run_id);
  const auto manifest = json::parse(text);
  auto found = images_by_task(store, row.run_id);
  if (found.empty()) {
    throw Error("evaluate.010", "run " + row.run_id,
                "holds no statistics of images; its status is " + row.status,
                row.status == "done" ? "" : "They are written when a run is done: run its study.");
  }
  StoredRun out{
      .run_id = row.run_id, .study = row.study, .label = row.label, .split = {}, .tasks = {}};
  const auto finals = store.metrics(row.run_id);
  for (const auto& name : task_names(text)) {
    StoredTask task{
        .name = name, .use = {}, .params = params_of(manifest, name), .variant = {}, .images = {}};
    task.use = param<std::string>(task, "use", name);
    for (const auto& metric : finals) {
      if (metric.task != name) continue;
      task.variant = metric.variant;
      out.split = metric.split;
    }
    take(std::move(found[name]), task);
    out.tasks.push_back(std::move(task));
  }
  return out;
}

}  // namespace triptych::cli
