#pragma once

#include <string>
#include <vector>

#include "triptych/values.h"

namespace triptych::data {

/// What the sample cache keeps of a sample beside its arrays.
struct Note {
  std::string id;  ///< without tabs and line ends
  Camera camera;
  std::vector<std::string> labels;  ///< all that the sample has, kept or not
};

/// One line per sample; numbers as hexadecimal floats, so that none changes.
[[nodiscard]] std::string text_of(const std::vector<Note>& notes);
/// The way back; empty when a line is malformed.
[[nodiscard]] std::vector<Note> notes_from(const std::string& text);

}  // namespace triptych::data
