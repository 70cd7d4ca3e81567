#include "cache_notes.h"

#include <cstdlib>
#include <sstream>

#include "triptych/error.h"

namespace triptych::data {

std::string text_of(const std::vector<Note>& notes) {
  std::ostringstream out;
  out << std::hexfloat;
  for (const Note& note : notes) {
    const Camera& c = note.camera;
    out << note.id << '\t' << c.fx << ' ' << c.fy << ' ' << c.cx << ' ' << c.cy << ' '
        << c.baseline_m << ' ' << c.height_m << ' ' << c.pitch_rad << '\t'
        << (note.labels.empty() ? "" : join(note.labels, " ")) << '\n';
  }
  return out.str();
}

std::vector<Note> notes_from(const std::string& text) {
  std::vector<Note> notes;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    Note note;
    const auto first = line.find('\t'), second = line.find('\t', first + 1);
    if (first == std::string::npos || second == std::string::npos) return {};
    note.id = line.substr(0, first);
    std::istringstream numbers(line.substr(first + 1, second - first - 1));
    Camera& c = note.camera;
    for (double* value : {&c.fx, &c.fy, &c.cx, &c.cy, &c.baseline_m, &c.height_m, &c.pitch_rad}) {
      std::string word;  // operator>> does not read hexadecimal floats
      numbers >> word;
      *value = std::strtod(word.c_str(), nullptr);
    }
    std::istringstream words(line.substr(second + 1));
    for (std::string word; words >> word;) note.labels.push_back(word);
    notes.push_back(std::move(note));
  }
  return notes;
}

}  // namespace triptych::data
