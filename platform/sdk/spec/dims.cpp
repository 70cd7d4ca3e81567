#include "triptych/dims.h"

#include "triptych/error.h"

namespace triptych {

std::int64_t Dims::operator[](const std::string& letter) const {
  if (letter == "T") return static_cast<std::int64_t>(tasks.size());
  if (letter == "P") return prompts;
  if (letter == "H") return image.height;
  if (letter == "W") return image.width;
  if (letter == "C") return grid.channels;
  if (letter == "S") return static_cast<std::int64_t>(stages.size());
  throw Error("plugin.021", "", "a plugin asks Dims for the letter '" + letter + "'",
              "Letters are T, P, H, W, C and S.");
}

std::int64_t Dims::find_task(const std::string& name) const {
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].name == name) return static_cast<std::int64_t>(i);
  }
  if (absent_tasks) absent_tasks->insert(name);
  return -1;
}

}  // namespace triptych
