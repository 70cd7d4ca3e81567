#pragma once

#include <c10/core/Event.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "triptych/dataset.h"
#include "triptych/values.h"

namespace triptych::data {

/// Memory of one batch on the host. Workers write samples into their own rows at the same time.
class BatchSlot {
 public:
  /// `for_device`: keep photographs and labels as 8 bits in pinned memory, to be converted on the
  /// device; else write what the network takes.
  BatchSlot(std::vector<std::string> labels, bool for_device);

  /// Gets ready for a batch of `rows` samples, in tensors of `capacity` rows. Waits until an upload
  /// from here is done; memory that somebody still holds is given up.
  void begin(std::int64_t capacity, std::int64_t rows);
  /// Writes one sample. Safe from several threads for different rows. Throws Error data.023 when
  /// its size is not that of the batch.
  void write(std::int64_t row, const Sample& sample);
  /// After the last `write`: the batch, on `device`. Tensors on the host share the slot's memory.
  [[nodiscard]] Batch finish(at::Device device);

 private:
  struct Array {
    at::Tensor values;             ///< [capacity, ...]; undefined until a sample has it
    std::vector<char> is_present;  ///< per row
  };
  /// The array's memory for samples like `like`, made at the first one.
  at::Tensor& ready(Array& array, const at::Tensor& like, at::ScalarType type,
                    const std::string& what, const std::string& id);
  [[nodiscard]] at::Tensor delivered(const Array& array, at::Device device,
                                     at::ScalarType type) const;

  bool for_device_;
  std::int64_t capacity_ = 0, rows_ = 0;
  std::vector<std::string> ids_;
  std::vector<Camera> cameras_;
  Array rgb_;
  std::map<std::string, Array> labels_;
  std::mutex mutex_;  ///< for the making of arrays
  std::optional<c10::Event> uploaded_;
};

}  // namespace triptych::data
