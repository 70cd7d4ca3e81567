#pragma once

#include <string>
#include <utility>
#include <vector>

#include "triptych/manifest/node.h"
#include "triptych/manifest/overrides.h"

namespace triptych::manifest {

/// One value of one axis.
struct AxisValue {
  std::string label;
  std::vector<std::pair<std::string, Node>> settings;  ///< key -> value; one, or those of an object
};

/// One axis of the matrix.
struct Axis {
  std::string key;  ///< "slots.embedding.use", or any name where all values have labels
  std::vector<AxisValue> values;
};

/// One combination of axis values, in the order of the axes.
struct Cell {
  std::vector<std::pair<const Axis*, const AxisValue*>> choices;
  [[nodiscard]] std::string label() const;  ///< joined by ", "; "" without axes
};

/// True for an object with a label: it sets several keys. A module ("use") is a plain value, also
/// when it has a parameter called label.
[[nodiscard]] bool is_labelled(const Node& value);

/// A value in few words: the name of a module, a chain as "a + b", "none" for [], else its text.
[[nodiscard]] std::string value_label(const Node& value);

/// True for names joined by single dots, not more than a manifest is deep.
[[nodiscard]] bool is_key(const std::string& key);

/// True for keys that say which points there are, or how the study is called and described: no cell
/// and no baseline may set them.
[[nodiscard]] bool is_about_study(const std::string& key);

/// True when `key` is `ancestor` or lies below it: "a.b.c" under "a.b".
[[nodiscard]] bool is_under(const std::string& key, const std::string& ancestor);

/// Reads `matrix`. Problems: manifest.120.
[[nodiscard]] std::vector<Axis> read_axes(const Node& tree, std::vector<Problem>& problems);

/// All combinations, the last axis fastest, without those that `exclude` names. Problems:
/// manifest.121 a faulty exclusion, .122 nothing is left.
[[nodiscard]] std::vector<Cell> read_cells(const Node& tree, const std::vector<Axis>& axes,
                                           std::vector<Problem>& problems);

/// An override that sets `key`, whatever was there, at the place where `value` was written.
[[nodiscard]] Override setting(const std::string& key, const Node& value);

/// The value at a dotted key, or null.
[[nodiscard]] const Node* find_key(const Node& tree, const std::string& key);

inline constexpr std::size_t kMostPoints = 100000;

}  // namespace triptych::manifest
