#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace triptych::metrics {

/// One way of computing a metric. Numbers of different variants are never compared.
struct VariantInfo {
  const char* name;      ///< as written: "pooled"
  const char* alias_of;  ///< the canonical name when this is an alias, else ""
  bool takes_batch;      ///< written name(bs), bs = images per batch, >= 1
  const char* summary;   ///< what it reproduces, one line
};

/// A chosen variant.
struct Variant {
  std::string name;        ///< canonical, aliases resolved
  std::int64_t batch = 0;  ///< images per batch, 0 where the variant takes none

  [[nodiscard]] std::string text() const;  ///< "batch_mean(2)"
};

/// Reads "pooled", "batch_mean(2)". The first of `variants` is the default, taken for "".
/// Throws Error metrics.001 (unknown name) or metrics.002 (batch size missing, or one too many).
[[nodiscard]] Variant parse_variant(std::string_view text, std::span<const VariantInfo> variants);

}  // namespace triptych::metrics
