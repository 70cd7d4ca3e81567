#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "triptych/dataset.h"

namespace triptych::data {

struct CacheOptions {
  /// Identity of the data: what the platform calls its data hash (with the source hash of the data
  /// set's plugin), so that another renderer never meets old samples.
  std::string identity;
  std::filesystem::path folder;                     ///< "" = keep samples in memory only
  std::vector<std::string> labels;                  ///< labels to keep, beside the photographs
  int threads = 2;                                  ///< that make missing samples
  std::int64_t most_bytes = std::int64_t{8} << 30;  ///< larger splits are not kept at all
  std::function<void(std::string_view code, std::string_view text)> warn;  ///< may be empty
  /// Called now and then while samples are made, from one thread at a time; may be empty.
  std::function<void(std::int64_t done, std::int64_t total)> progress;
};

/// $TRIPTYCH_CACHE, or "samples" in the user's XDG cache folder; "" when TRIPTYCH_CACHE is "off".
[[nodiscard]] std::filesystem::path cache_folder();

/// The split of `dataset` with each sample made once: at the first call for an identity all samples
/// are made (by `threads` threads) and kept in one file per label, which later runs map into
/// memory; runs at the same time wait for the first. Files appear whole or not at all and carry a
/// checksum; a damaged one is made again, with a warning (data.041). Where nothing can be kept
/// (folder not writable, disk full, split too large), a warning (data.040) says so and samples are
/// kept in memory or made anew.
///
/// The result gives the same bits as `dataset`, serves this one split, and its tensors must not be
/// written to. Errors of `dataset` pass through.
[[nodiscard]] std::shared_ptr<const Dataset> cached(std::shared_ptr<const Dataset> dataset,
                                                    const std::string& split,
                                                    const CacheOptions& options);

}  // namespace triptych::data
