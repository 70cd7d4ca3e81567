#include "triptych/store/csv.h"

#include <triptych/core/output_folder.h>
#include <triptych/core/paths.h>

#include <charconv>
#include <string_view>

#include "connection.h"

namespace triptych::store {
namespace {

struct View {
  const char* name;
  const char* order;  // its key without the run: the rows of a run come in this order
};

constexpr View kViews[] = {
    {"v_run", "run_id"},
    {"v_metric_final", "task, metric, split, variant"},
    {"v_metric_curve", "task, metric, split, step"},
    {"v_probe", "probe, part, statistic"},
    {"v_plugin", "slot, name"},
    {"v_environment", "key"},
};
constexpr View kImages = {"v_metric_image", "task, image_id, statistic"};

std::string csv_field(std::string_view value) {
  if (value.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(value);
  std::string field = "\"";
  for (const char c : value) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + '"';
}

std::string line_of(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i)
    line += std::string(i > 0 ? "," : "") + csv_field(fields[i]);
  return line + '\n';
}

std::string field_of(const SQLite::Column& column) {
  if (column.isNull()) return {};
  if (!column.isFloat()) return column.getString();
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, column.getDouble()).ptr;
  return {digits, end};
}

std::string table_of(Connection& connection, const View& view,
                     const std::vector<PointStatus>& points) {
  return connection.translated([&] {
    auto query =
        SQLite::Statement(connection.database(), std::string("SELECT * FROM ") + view.name +
                                                     " WHERE run_id = ? ORDER BY " + view.order);
    std::vector<std::string> fields;
    for (int i = 0; i < query.getColumnCount(); ++i) fields.emplace_back(query.getColumnName(i));
    auto table = line_of(fields);
    for (const auto& point : points) {
      if (point.run_id.empty()) continue;
      query.reset();
      query.bind(1, point.run_id);
      while (query.executeStep()) {
        for (int i = 0; i < query.getColumnCount(); ++i) {
          fields[static_cast<std::size_t>(i)] = field_of(query.getColumn(i));
        }
        table += line_of(fields);
      }
    }
    return table;
  });
}

std::string plan_table(const std::vector<PointStatus>& points) {
  auto table = line_of({"point_id", "role", "label", "seed", "status", "run_id"});
  for (const auto& [point, status, run_id, reason] : points) {
    table += line_of(
        {point.point_id, point.role, point.label, std::to_string(point.seed), status, run_id});
  }
  return table;
}

}  // namespace

std::vector<std::filesystem::path> export_csv(const Store& store,
                                              const std::filesystem::path& folder,
                                              const CsvOptions& options) {
  const auto points = store.points(options.study);
  Connection connection(store.path(), Mode::read_only, {});
  const core::OutputFolder made(folder);
  std::vector<std::filesystem::path> files;
  const auto write = [&](const std::string& name, const std::string& table) {
    files.push_back(folder / (name + ".csv"));
    core::write_atomically(files.back(), table);
  };
  write("plan", plan_table(points));
  for (const auto& view : kViews) write(view.name, table_of(connection, view, points));
  if (options.has_images) write(kImages.name, table_of(connection, kImages, points));
  return files;
}

}  // namespace triptych::store
