#pragma once

// What all forms of `evaluate` write: the JSON document, the table, the per-image file.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "triptych/metrics/value.h"

namespace triptych::cli {

using Document = nlohmann::ordered_json;  // keys in the order in which they are written

/// Options of every form.
struct CommonOptions {
  std::string truth, prediction;
  std::string variant;
  bool json = false;
  int threads = 0;             ///< 0 = one per core
  std::string per_image_file;  ///< "" = none
};

/// A number, or null.
[[nodiscard]] Document json_of(const metrics::Value& value);
[[nodiscard]] Document json_of(const std::vector<metrics::Value>& values);

/// "71.93" for 0.7193, "-" for no value.
[[nodiscard]] std::string percent(const metrics::Value& value);
/// Six significant digits, "-" for no value.
[[nodiscard]] std::string number(const metrics::Value& value);

/// Columns padded to their widest cell, counted in characters; the first one to the left, the
/// others to the right. The first row is the heading.
class Table {
 public:
  explicit Table(std::vector<std::string> heading) : rows_{std::move(heading)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// The document as one line of valid UTF-8 (broken bytes are replaced).
[[nodiscard]] std::string line_of(const Document& document);

/// Warnings and notes, one line each, on stderr.
void note(const std::string& line);

/// Throws triptych::Error evaluate.003 when the per-image file could not be written later; asked
/// before anything is computed. "" = none.
void check_per_image(const std::string& file);

/// Writes the CSV `image,statistic,value`, rows in the order given.
/// Throws triptych::Error evaluate.012 when writing fails all the same: a full disk.
void write_per_image(const std::string& file, const std::vector<std::string>& images,
                     const std::vector<metrics::Statistics>& statistics);

}  // namespace triptych::cli
