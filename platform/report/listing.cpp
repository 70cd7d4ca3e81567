#include "triptych/report/listing.h"

#include <map>
#include <nlohmann/json.hpp>

#include <triptych/error.h>

#include "text_table.h"

namespace triptych::report {
namespace {

using nlohmann::ordered_json;

ordered_json text_or_null(const std::string& text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

std::string dumped(const ordered_json& document) {
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string runs_json(const std::vector<store::RunRow>& runs) {
  ordered_json document = ordered_json::array();
  for (const auto& run : runs) {
    document.push_back({{"run_id", run.run_id},
                        {"point_id", run.point_id},
                        {"study", run.study},
                        {"label", run.label},
                        {"role", run.role},
                        {"seed", run.seed},
                        {"status", run.status},
                        {"reason", text_or_null(run.reason)},
                        {"device", run.device},
                        {"protocol", run.protocol},
                        {"started_at", run.started_at},
                        {"finished_at", text_or_null(run.finished_at)},
                        {"steps", run.steps}});
  }
  return dumped(document);
}

std::string runs_text(const std::vector<store::RunRow>& runs) {
  if (runs.empty()) return "no runs yet\n";
  std::vector<std::vector<std::string>> rows = {
      {"run", "study", "label", "seed", "status", "steps", "started", "reason"}};
  for (const auto& run : runs) {
    rows.push_back({run.run_id, run.study, run.label, std::to_string(run.seed), run.status,
                    std::to_string(run.steps), run.started_at, run.reason});
  }
  return text_table(std::move(rows));
}

std::string studies_json(const std::vector<store::StudyRow>& studies) {
  ordered_json document = ordered_json::array();
  for (const auto& study : studies) {
    document.push_back({{"study", study.study},
                        {"protocol", study.protocol},
                        {"created_at", study.created_at},
                        {"points", study.points},
                        {"planned", study.planned},
                        {"running", study.running},
                        {"done", study.done},
                        {"failed", study.failed},
                        {"interrupted", study.interrupted}});
  }
  return dumped(document);
}

std::string studies_text(const std::vector<store::StudyRow>& studies) {
  if (studies.empty()) return "no studies yet\n";
  std::vector<std::vector<std::string>> rows = {
      {"study", "protocol", "points", "done", "running", "interrupted", "failed", "planned"}};
  for (const auto& study : studies) {
    rows.push_back({study.study, study.protocol, std::to_string(study.points),
                    std::to_string(study.done), std::to_string(study.running),
                    std::to_string(study.interrupted), std::to_string(study.failed),
                    std::to_string(study.planned)});
  }
  return text_table(std::move(rows));
}

std::string points_json(const std::string& study, const std::string& protocol,
                        const std::vector<store::PointStatus>& points) {
  ordered_json document = {
      {"study", study}, {"protocol", protocol}, {"points", ordered_json::array()}};
  for (const auto& [point, status, run_id, reason] : points) {
    document["points"].push_back({{"point_id", point.point_id},
                                  {"role", point.role},
                                  {"label", point.label},
                                  {"seed", point.seed},
                                  {"status", status},
                                  {"run_id", text_or_null(run_id)},
                                  {"reason", text_or_null(reason)}});
  }
  return dumped(document);
}

std::string points_text(const std::string& study, const std::string& protocol,
                        const std::vector<store::PointStatus>& points) {
  std::vector<std::vector<std::string>> rows = {
      {"point", "role", "label", "seed", "status", "run", "reason"}};
  std::map<std::string, int> counts;
  for (const auto& [point, status, run_id, reason] : points) {
    rows.push_back({point.point_id, point.role, point.label, std::to_string(point.seed), status,
                    run_id, reason});
    ++counts[status];
  }
  std::vector<std::string> parts;
  for (const auto& [status, count] : counts) parts.push_back(std::to_string(count) + " " + status);
  return on_one_line(study) + ", protocol " + on_one_line(protocol) + "\n\n" +
         text_table(std::move(rows)) + "\n" + std::to_string(points.size()) +
         " points: " + join(parts) + "\n";
}

}  // namespace triptych::report
