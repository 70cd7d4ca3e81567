// Cityscapes counts as named numbers.
#include <charconv>
#include <string>

#include "triptych/metrics/cityscapes.h"

namespace triptych::metrics {

Statistics statistics(const CityscapesImage& image) {
  Statistics rows;
  const auto add = [&](std::string name, double value) {
    if (value != 0) rows.push_back({std::move(name), value});
  };
  add("has_instances", image.has_instances);
  for (int g = 0; g < kCityscapesIds; ++g) {
    for (int p = 0; p < kCityscapesIds; ++p) {
      add("confusion." + std::to_string(g) + "." + std::to_string(p),
          static_cast<double>(image.confusion[g][p]));
    }
    add("instance_tp." + std::to_string(g), image.instance_tp[g]);
    add("instance_fn." + std::to_string(g), image.instance_fn[g]);
  }
  for (const auto& [category, counts] : image.category_instances) {
    add("category_instance_tp." + category, counts[0]);
    add("category_instance_fn." + category, counts[1]);
  }
  return rows;
}

namespace {

// The id at the start of `text`, which is moved behind it and a following dot; -1 when there is
// none.
int take_id(std::string_view& text) {
  int id = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with('.')) text.remove_prefix(1);
  return error == std::errc() && id < kCityscapesIds ? id : -1;
}

bool take(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

}  // namespace

CityscapesImage cityscapes_image(std::span<const Statistic> rows) {
  CityscapesImage image;
  for (const auto& [name, value] : rows) {
    std::string_view rest = name;
    if (take(rest, "has_instances")) {
      image.has_instances = value != 0;
    } else if (take(rest, "confusion.")) {
      const int g = take_id(rest);
      const int p = take_id(rest);
      if (g >= 0 && p >= 0) image.confusion[g][p] = static_cast<std::uint64_t>(value);
    } else if (take(rest, "instance_tp.")) {
      if (const int id = take_id(rest); id >= 0) image.instance_tp[id] = value;
    } else if (take(rest, "instance_fn.")) {
      if (const int id = take_id(rest); id >= 0) image.instance_fn[id] = value;
    } else if (take(rest, "category_instance_tp.")) {
      image.category_instances[std::string(rest)][0] = value;
    } else if (take(rest, "category_instance_fn.")) {
      image.category_instances[std::string(rest)][1] = value;
    }
  }
  return image;
}

}  // namespace triptych::metrics
