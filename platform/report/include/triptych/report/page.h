#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <triptych/store/store.h>

#include "triptych/report/compare.h"

// The page: one HTML file that opens from file:// and asks nobody for anything.
//
// Data contract (format 1). The page holds two blocks,
//   <script type="application/octet-stream" id="triptych-data" data-enc="deflate-raw"
//           data-sha256="HEX">BASE64</script>
// and `triptych-pictures` alike. Content: UTF-8 JSON, raw deflate (RFC 1951), base64; data-sha256
// is that of the JSON text. Base64 cannot close a script element, so no name can break out of it.
//   triptych-data     {"format": 1, "title", "version", "studies": [study]}
//   study             {"name", "protocol", "created_at", "comparison": [row of compare --json],
//                      "notes": [text], "runs": [run], "charts": [chart], "pictures": [picture]}
//   run               {"run_id", "point_id", "label", "role", "seed", "status", "reason", "device",
//                      "started_at", "finished_at", "steps", "probes": [...], "plugins": [...],
//                      "environment": {...}, "events": [...], "manifest": text}
//   chart             {"task", "metric", "split", "unit", "direction",
//                      "series": [{"run": index, "steps": [n], "values": [six digits or null]}]}
//   picture           {"run": index, "image_id", "task", "kind", "name", "step", "png": index}
//   triptych-pictures {"format": 1, "pngs": [base64 of a PNG file]}

namespace triptych::report {

struct PageRun {
  store::RunRow row;
  std::vector<store::ProbeRow> probes;
  std::vector<store::PluginRow> plugins;
  std::map<std::string, std::string> environment;
  std::vector<store::EventRow> events;
  std::string manifest;  ///< resolved, indented JSON
};

struct PageSeries {
  std::size_t run = 0;  ///< index into PageStudy::runs
  std::vector<std::int64_t> steps;
  std::vector<double> values;  ///< NaN where undefined
};

struct PageChart {
  std::string task, metric, split, unit, direction;  ///< unit and direction "" where unknown
  std::vector<PageSeries> series;
};

struct PagePicture {
  std::size_t run = 0;  ///< index into PageStudy::runs
  store::PictureRow row;
  std::size_t png = 0;  ///< index into PageData::pngs
};

struct PageStudy {
  std::string name, protocol, created_at;
  Comparison comparison;
  std::vector<PageRun> runs;
  std::vector<PageChart> charts;
  std::vector<PagePicture> pictures;
};

struct PageData {
  std::string title;
  std::vector<PageStudy> studies;  ///< newest plan first
  std::vector<std::string> pngs;   ///< each picture's bytes once, however many runs show it
};

struct PageOptions {
  std::string study;              ///< "" = all studies
  std::size_t most_points = 400;  ///< per curve; longer ones keep the extremes of each piece
  std::size_t most_picture_bytes = 24u << 20;  ///< later pictures are left out, with a note
};

/// Reads what the page shows. Host and user names and the folders of absolute paths are taken out.
/// A study without a finished run is shown with its runs and no comparison.
[[nodiscard]] PageData collect_page(const store::Store& store, const PageOptions& options = {});

/// The whole HTML file. The same data gives the same bytes: no clock, no host.
[[nodiscard]] std::string render_page(const PageData& page);

/// collect_page and render_page into a file, which appears whole or not at all.
void write_page(const store::Store& store, const std::filesystem::path& file,
                const PageOptions& options = {});

/// The JSON text of a block of a page, checked against its SHA-256: the inverse of what render_page
/// does. Error report.004 when the block is missing or damaged.
[[nodiscard]] std::string read_block(const std::string& html, const std::string& id);

}  // namespace triptych::report
