#include "triptych/metrics/variant.h"

#include <charconv>
#include <vector>

#include "triptych/error.h"

namespace triptych::metrics {

std::string Variant::text() const {
  return batch == 0 ? name : name + "(" + std::to_string(batch) + ")";
}

namespace {

std::string spelled(const VariantInfo& variant) {
  return variant.takes_batch ? std::string(variant.name) + "(images per batch)" : variant.name;
}

// Digits only, >= 1; 0 when `text` is anything else.
std::int64_t batch_size(std::string_view text) {
  std::int64_t batch = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), batch);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && batch >= 1 ? batch : 0;
}

}  // namespace

Variant parse_variant(std::string_view text, std::span<const VariantInfo> variants) {
  if (text.empty()) return {.name = variants.front().name};
  const auto open = text.find('(');
  const std::string name(text.substr(0, open));
  for (const auto& variant : variants) {
    if (name != variant.name) continue;
    const std::string canonical = *variant.alias_of ? variant.alias_of : variant.name;
    if (!variant.takes_batch && open == std::string_view::npos) return {.name = canonical};
    const bool closed = open != std::string_view::npos && text.back() == ')';
    const auto batch = closed ? batch_size(text.substr(open + 1, text.size() - open - 2)) : 0;
    if (variant.takes_batch && batch > 0) return {.name = canonical, .batch = batch};
    throw Error(Problem{.code = "metrics.002",
                        .message = "variant '" + std::string(text) + "' is not well formed",
                        .expected = "expected " + spelled(variant)});
  }
  std::vector<std::string> names;
  std::vector<std::string> shown;
  for (const auto& variant : variants) {
    names.emplace_back(variant.name);
    shown.push_back(spelled(variant));
  }
  throw Error(Problem{.code = "metrics.001",
                      .message = "unknown variant '" + std::string(text) + "'",
                      .expected = "variants: " + join(shown),
                      .suggestion = did_you_mean(name, names)});
}

}  // namespace triptych::metrics
