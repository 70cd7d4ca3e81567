#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "triptych/slot.h"
#include "triptych/spec.h"
#include "triptych/values.h"

namespace triptych {

/// One sample as a data set gives it, on the CPU.
struct Sample {
  std::string id;  ///< unique in the data set, stable over runs
  at::Tensor rgb;  ///< [3, H, W] uint8, RGB
  /// By label name. "semseg" [H, W] uint8 (ignore 255), "depth" [1, H, W] float metres (0 =
  /// invalid), "disparity" [1, H, W] float px, "normals" [3, H, W] float unit vectors in camera
  /// axes (x right, y down, z forward; 0 = invalid), "edges" [1, H, W] uint8 0, 1 or 255 =
  /// ignore, "instances" [H, W] int32 (0 = none). A label that is not there is not present.
  std::map<std::string, at::Tensor> labels;
  Camera camera;
};

/// Where a data set finds its files and what the protocol asks of it.
struct DataPlace {
  std::string root;  ///< folder; "" for procedural sets
  ImageSize image;   ///< size of the samples it must give
  /// Split name -> number of samples that the protocol uses (procedural sets give that many; sets
  /// of files check it) and the seed of the split.
  struct Split {
    std::int64_t count = 0;
    std::uint64_t seed = 0;
  };
  std::map<std::string, Split> splits;
};

/// Kind `dataset`. A plugin's class has `static Spec spec()` and a constructor from
/// (const Params&, const DataPlace&), which throws Error when files are missing, naming the folder
/// that it looked for. Not a torch module: no parameters.
class TRIPTYCH_API Dataset {
 public:
  virtual ~Dataset();
  Dataset() = default;
  Dataset(const Dataset&) = delete;
  Dataset& operator=(const Dataset&) = delete;

  [[nodiscard]] virtual std::int64_t size(const std::string& split) const = 0;
  /// Sample `index` of `split`; a function of its arguments and the params alone. Called from
  /// several loader threads at once. Throws Error naming the file for unreadable images, labels of
  /// another size and label values out of range.
  [[nodiscard]] virtual Sample sample(const std::string& split, std::int64_t index) const = 0;
  /// Names of the labels that its samples may have.
  [[nodiscard]] virtual std::vector<std::string> labels() const = 0;
  /// SHA-256 (hex) that identifies the data: of files their names and bytes (or a cheap,
  /// documented stand-in), of procedural sets their params; the host adds the source hash.
  [[nodiscard]] virtual std::string data_hash() const = 0;
};

/// What a plugin of this kind exports beside its stamp; TRIPTYCH_PLUGIN fills it.
struct DatasetFactory {
  Spec (*spec)();
  std::shared_ptr<Dataset> (*build)(const Params&, const DataPlace&);
};

}  // namespace triptych
