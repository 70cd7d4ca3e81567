#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include <triptych/core/environment.h>
#include <triptych/core/hash.h>
#include <triptych/core/paths.h>
#include <triptych/error.h>

#include "encode.h"
#include "template.h"
#include "triptych/report/page.h"

namespace triptych::report {
namespace {

using nlohmann::ordered_json;

constexpr int kFormat = 1;

ordered_json number(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

// Six digits draw a curve as well as seventeen, in a third of the space.
ordered_json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "%.6g", value);
  return std::strtod(digits.data(), nullptr);
}

ordered_json probe_json(const store::ProbeRow& row) {
  return {{"probe", row.probe},
          {"part", row.part},
          {"statistic", row.statistic},
          {"value", row.value ? number(*row.value) : ordered_json(nullptr)},
          {"unit", row.unit},
          {"validity", row.validity ? ordered_json(*row.validity) : ordered_json(nullptr)},
          {"reason", row.reason}};
}

ordered_json run_json(const PageRun& run) {
  ordered_json document = {{"run_id", run.row.run_id},
                           {"point_id", run.row.point_id},
                           {"label", run.row.label},
                           {"role", run.row.role},
                           {"seed", run.row.seed},
                           {"status", run.row.status},
                           {"reason", run.row.reason},
                           {"device", run.row.device},
                           {"started_at", run.row.started_at},
                           {"finished_at", run.row.finished_at},
                           {"steps", run.row.steps},
                           {"probes", ordered_json::array()},
                           {"plugins", ordered_json::array()},
                           {"environment", ordered_json::object()},
                           {"events", ordered_json::array()},
                           {"manifest", run.manifest}};
  for (const auto& probe : run.probes) document["probes"].push_back(probe_json(probe));
  for (const auto& plugin : run.plugins) {
    document["plugins"].push_back({{"slot", plugin.slot},
                                   {"name", plugin.name},
                                   {"file", plugin.file},
                                   {"source_hash", plugin.source_hash},
                                   {"sha256", plugin.sha256}});
  }
  for (const auto& [key, value] : run.environment) document["environment"][key] = value;
  for (const auto& event : run.events) {
    document["events"].push_back({{"at", event.at}, {"code", event.code}, {"text", event.text}});
  }
  return document;
}

ordered_json chart_json(const PageChart& chart) {
  ordered_json document = {{"task", chart.task},           {"metric", chart.metric},
                           {"split", chart.split},         {"unit", chart.unit},
                           {"direction", chart.direction}, {"series", ordered_json::array()}};
  for (const auto& series : chart.series) {
    ordered_json values = ordered_json::array();
    for (const double value : series.values) values.push_back(rounded(value));
    document["series"].push_back(
        {{"run", series.run}, {"steps", series.steps}, {"values", values}});
  }
  return document;
}

ordered_json study_json(const PageStudy& study) {
  ordered_json document = {{"name", study.name},
                           {"protocol", study.protocol},
                           {"created_at", study.created_at},
                           {"comparison", ordered_json::parse(to_json(study.comparison))["rows"]},
                           {"notes", study.comparison.notes},
                           {"runs", ordered_json::array()},
                           {"charts", ordered_json::array()},
                           {"pictures", ordered_json::array()}};
  for (const auto& run : study.runs) document["runs"].push_back(run_json(run));
  for (const auto& chart : study.charts) document["charts"].push_back(chart_json(chart));
  for (const auto& picture : study.pictures) {
    document["pictures"].push_back({{"run", picture.run},
                                    {"image_id", picture.row.image_id},
                                    {"task", picture.row.task},
                                    {"kind", picture.row.kind},
                                    {"name", picture.row.name},
                                    {"step", picture.row.step},
                                    {"png", picture.png}});
  }
  return document;
}

std::string block(const std::string& id, const ordered_json& document) {
  const auto json = document.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return "<script type=\"application/octet-stream\" id=\"" + id +
         "\" data-enc=\"deflate-raw\" data-sha256=\"" + core::sha256_hex(json) + "\">" +
         to_base64(deflate_raw(json)) + "</script>";
}

std::string data_block(const PageData& page) {
  ordered_json document = {{"format", kFormat},
                           {"title", page.title},
                           {"version", core::version()},
                           {"studies", ordered_json::array()}};
  for (const auto& study : page.studies) document["studies"].push_back(study_json(study));
  return block("triptych-data", document);
}

std::string pictures_block(const PageData& page) {
  ordered_json document = {{"format", kFormat}, {"pngs", ordered_json::array()}};
  for (const auto& png : page.pngs) document["pngs"].push_back(to_base64(png));
  return block("triptych-pictures", document);
}

// What a browser without scripts shows: each study's table as preformatted text.
std::string summary(const PageData& page) {
  std::string out;
  for (const auto& study : page.studies) {
    out += "<h2>" + html_text(study.name) + "</h2><pre>";
    const std::string table = to_text(study.comparison);
    for (std::size_t begin = 0; begin < table.size();) {
      const std::size_t end = std::min(table.find('\n', begin), table.size());
      out += html_text(std::string_view(table).substr(begin, end - begin)) + "\n";
      begin = end + 1;
    }
    out += "</pre>";
  }
  return out;
}

}  // namespace

std::string render_page(const PageData& page) {
  const std::string_view whole = page_template();
  const std::array<std::pair<std::string_view, std::string>, 4> parts = {{
      {"<!--TRIPTYCH:TITLE-->", html_text(page.title)},
      {"<!--TRIPTYCH:SUMMARY-->", summary(page)},
      {"<!--TRIPTYCH:DATA-->", data_block(page)},
      {"<!--TRIPTYCH:PICTURES-->", pictures_block(page)},
  }};
  std::string out;
  std::size_t done = 0;
  for (const auto& [marker, content] : parts) {  // the markers stand in the template in this order
    const std::size_t at = whole.find(marker, done);
    if (at == std::string_view::npos) {
      throw std::logic_error("the page template lacks " + std::string(marker));
    }
    out += whole.substr(done, at - done);
    out += content;
    done = at + marker.size();
  }
  return out + std::string(whole.substr(done));
}

void write_page(const store::Store& store, const std::filesystem::path& file,
                const PageOptions& options) {
  const auto html = render_page(collect_page(store, options));
  if (file.has_parent_path()) {
    std::error_code error;  // a folder that cannot be made is reported by the write
    std::filesystem::create_directories(file.parent_path(), error);
  }
  core::write_atomically(file, html);
}

std::string read_block(const std::string& html, const std::string& id) {
  const auto refuse = [&id](const std::string& message) -> void {
    throw Error("report.004", "block " + id, message,
                "Write the page again with `triptych report`.");
  };
  const std::string start = "<script type=\"application/octet-stream\" id=\"" + id +
                            "\" data-enc=\"deflate-raw\" data-sha256=\"";
  const std::size_t at = html.find(start);
  const std::size_t digest_at = at + start.size();
  if (at == std::string::npos) refuse("is missing from the page");
  const std::size_t content_at = html.find("\">", digest_at);
  const std::size_t end = html.find("</script>", digest_at);
  if (content_at == std::string::npos || end == std::string::npos) refuse("is not complete");
  const auto digest = html.substr(digest_at, content_at - digest_at);
  const auto json =
      inflate_raw(from_base64(std::string_view(html).substr(content_at + 2, end - content_at - 2)));
  if (core::sha256_hex(json) != digest) refuse("does not have the SHA-256 that the page states");
  return json;
}

}  // namespace triptych::report
