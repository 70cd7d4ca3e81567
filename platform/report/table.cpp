#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "text_table.h"
#include "triptych/report/compare.h"

namespace triptych::report {
namespace {

using nlohmann::ordered_json;

ordered_json number_or_null(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json text_or_null(const std::string& text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

// Four significant digits are more than a handful of seeds can carry.
std::string number(const std::optional<double>& value, const char* format = "%.4g") {
  if (!value) return "";
  char text[64];
  std::snprintf(text, sizeof text, format, *value);
  return text;
}

// Decimals that show the spread with two digits: 0.4278 +- 0.0029, 6.98 +- 0.15, 57 +- 12.
std::string mean_and_spread(const CompareRow& row) {
  if (!row.mean || !row.sd || !std::isfinite(*row.sd) || *row.sd == 0) return number(row.mean);
  const int decimals = std::clamp(1 - static_cast<int>(std::floor(std::log10(*row.sd))), 0, 8);
  char text[96];
  std::snprintf(text, sizeof text, "%.*f +- %.*f", decimals, *row.mean, decimals, *row.sd);
  return text;
}

using Cells = std::vector<std::string>;

const Cells kHeads = {"label",    "task",       "metric",        "n", "mean +- sd",
                      "baseline", "difference", "95 % interval", "p", "verdict"};

std::string metric_name(const CompareRow& row) {
  std::string name = row.metric;
  if (!row.unit.empty()) name += " [" + row.unit + "]";
  return name + (row.direction == "higher" ? " (higher is better)" : " (lower is better)");
}

std::string verdict_text(const CompareRow& row) {
  if (row.baseline.empty()) return row.why;
  std::string verdict = row.verdict == "cannot_tell" ? "cannot tell" : row.verdict;
  return row.why.empty() ? verdict : verdict + " (" + row.why + ")";
}

Cells cells_of(const CompareRow& row) {
  return {row.label,
          row.task,
          metric_name(row),
          std::to_string(row.n),
          mean_and_spread(row),
          row.baseline,
          number(row.difference, "%+.3g"),
          row.low ? "[" + number(row.low, "%+.3g") + ", " + number(row.high, "%+.3g") + "]" : "",
          number(row.p, "%.2g"),
          verdict_text(row)};
}

std::vector<Cells> shown_rows(const Comparison& comparison, bool all_metrics) {
  std::vector<Cells> rows;
  for (const auto& row : comparison.rows) {
    if (row.is_main || all_metrics) rows.push_back(cells_of(row));
  }
  if (!rows.empty()) return rows;  // no metric is known to be a main one: show them all
  for (const auto& row : comparison.rows) rows.push_back(cells_of(row));
  return rows;
}

std::string escaped(const std::string& text, const char* (*escape)(char)) {
  std::string out;
  for (const char character : on_one_line(text)) {
    const char* replacement = escape(character);
    if (replacement != nullptr) {
      out += replacement;
    } else {
      out += character;
    }
  }
  return out;
}

const char* escape_markdown(char character) {
  switch (character) {
    case '|':
      return "\\|";
    case '<':
      return "&lt;";
    case '*':
      return "\\*";
    case '_':
      return "\\_";
    case '`':
      return "\\`";
    default:
      return nullptr;
  }
}

const char* escape_latex(char character) {
  switch (character) {
    case '\\':
      return "\\textbackslash{}";
    case '{':
      return "\\{";
    case '}':
      return "\\}";
    case '&':
      return "\\&";
    case '%':
      return "\\%";
    case '$':
      return "\\$";
    case '#':
      return "\\#";
    case '_':
      return "\\_";
    case '^':
      return "\\textasciicircum{}";
    case '~':
      return "\\textasciitilde{}";
    default:
      return nullptr;
  }
}

std::string csv_text(const std::string& text) {
  std::string out = text;
  if (!out.empty() && std::string("=+-@\t\r").find(out.front()) != std::string::npos)
    out = "'" + out;
  if (out.find_first_of(",\"\n\r") == std::string::npos) return out;
  std::string quoted = "\"";
  for (const char character : out) quoted += character == '"' ? "\"\"" : std::string(1, character);
  return quoted + "\"";
}

}  // namespace

std::string to_json(const Comparison& comparison) {
  ordered_json document = {{"title", comparison.title},
                           {"protocol", comparison.protocol},
                           {"rows", ordered_json::array()},
                           {"notes", comparison.notes}};
  for (const auto& row : comparison.rows) {
    document["rows"].push_back({{"label", row.label},
                                {"task", row.task},
                                {"metric", row.metric},
                                {"unit", row.unit},
                                {"direction", row.direction},
                                {"role", row.role},
                                {"main", row.is_main},
                                {"n", row.n},
                                {"mean", number_or_null(row.mean)},
                                {"sd", number_or_null(row.sd)},
                                {"baseline", text_or_null(row.baseline)},
                                {"difference", number_or_null(row.difference)},
                                {"low", number_or_null(row.low)},
                                {"high", number_or_null(row.high)},
                                {"level", row.level},
                                {"test", text_or_null(row.test)},
                                {"p", number_or_null(row.p)},
                                {"verdict", row.verdict},
                                {"why", text_or_null(row.why)}});
  }
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string to_text(const Comparison& comparison, bool all_metrics) {
  auto rows = shown_rows(comparison, all_metrics);
  rows.insert(rows.begin(), kHeads);
  std::string out = on_one_line(comparison.title + ", protocol " + comparison.protocol) + "\n\n" +
                    text_table(std::move(rows));
  for (const auto& note : comparison.notes) out += "\n" + on_one_line(note);
  return out + (comparison.notes.empty() ? "" : "\n");
}

std::string to_markdown(const Comparison& comparison, bool all_metrics) {
  const auto line = [](const Cells& cells) {
    std::string out = "|";
    for (const auto& cell : cells) out += " " + escaped(cell, escape_markdown) + " |";
    return out + "\n";
  };
  std::string out = line(kHeads) + "|";
  for (std::size_t i = 0; i < kHeads.size(); ++i) out += "---|";
  out += "\n";
  for (const auto& row : shown_rows(comparison, all_metrics)) out += line(row);
  for (const auto& note : comparison.notes) out += "\n" + escaped(note, escape_markdown) + "\n";
  return out;
}

std::string to_latex(const Comparison& comparison, bool all_metrics) {
  const auto line = [](const Cells& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      std::string text = escaped(cells[i], escape_latex);
      if (const auto at = text.find(" +- "); at != std::string::npos)
        text.replace(at, 4, " $\\pm$ ");
      out += (i == 0 ? "" : " & ") + text;
    }
    return out + " \\\\\n";
  };
  std::string out = "\\begin{tabular}{lllrlllllp{4cm}}\n\\toprule\n" + line(kHeads) + "\\midrule\n";
  for (const auto& row : shown_rows(comparison, all_metrics)) out += line(row);
  return out + "\\bottomrule\n\\end{tabular}\n";
}

std::string to_csv(const Comparison& comparison) {
  std::string out =
      "label,task,metric,unit,direction,role,n,mean,sd,baseline,difference,low,high,level,test,p,"
      "verdict,why\n";
  for (const auto& row : comparison.rows) {
    const auto exact = [](const std::optional<double>& value) { return number(value, "%.17g"); };
    const Cells cells = {csv_text(row.label),    csv_text(row.task),    csv_text(row.metric),
                         csv_text(row.unit),     row.direction,         row.role,
                         std::to_string(row.n),  exact(row.mean),       exact(row.sd),
                         csv_text(row.baseline), exact(row.difference), exact(row.low),
                         exact(row.high),        number(row.level),     row.test,
                         exact(row.p),           row.verdict,           csv_text(row.why)};
    for (std::size_t i = 0; i < cells.size(); ++i) out += (i == 0 ? "" : ",") + cells[i];
    out += "\n";
  }
  return out;
}

}  // namespace triptych::report
