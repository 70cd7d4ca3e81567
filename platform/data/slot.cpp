#include "slot.h"

#include <ATen/ATen.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "triptych/data/loader.h"
#include "triptych/data/transform.h"
#include "triptych/error.h"

namespace triptych::data {

namespace {

/// Type in which a label reaches the task: class numbers or measurements.
at::ScalarType target_type(const at::Tensor& label) {
  return label.dim() == 2 ? at::kLong : at::kFloat;
}

std::string size_text(at::IntArrayRef sizes) {
  std::vector<std::string> words;
  for (const auto size : sizes) words.push_back(std::to_string(size));
  return join(words, " x ");
}

template <class From, class To>
void convert(const at::Tensor& from, at::Tensor& to, std::int64_t row) {
  const From* source = from.const_data_ptr<From>();
  To* target = to.mutable_data_ptr<To>() + row * from.numel();
  for (std::int64_t i = 0; i < from.numel(); ++i) target[i] = static_cast<To>(source[i]);
}

/// Copies a sample's tensor into its row. Plain loops: ATen's operators would start threads of
/// their own in every loader thread.
void copy_row(const at::Tensor& from, at::Tensor& to, std::int64_t row) {
  const auto source = from.scalar_type(), target = to.scalar_type();
  if (source == target) {
    const std::size_t bytes = static_cast<std::size_t>(from.nbytes());
    std::memcpy(static_cast<char*>(to.mutable_data_ptr()) + static_cast<std::size_t>(row) * bytes,
                from.const_data_ptr(), bytes);
  } else if (source == at::kByte && target == at::kLong) {
    convert<std::uint8_t, std::int64_t>(from, to, row);
  } else if (source == at::kInt && target == at::kLong) {
    convert<std::int32_t, std::int64_t>(from, to, row);
  } else if (source == at::kByte && target == at::kFloat) {
    convert<std::uint8_t, float>(from, to, row);
  } else {
    TORCH_INTERNAL_ASSERT(false, "labels are uint8, int32 or float");
  }
}

void normalize_row(const at::Tensor& rgb, at::Tensor& to, std::int64_t row) {
  const std::int64_t plane = rgb.size(1) * rgb.size(2);
  const std::uint8_t* source = rgb.const_data_ptr<std::uint8_t>();
  float* target = to.mutable_data_ptr<float>() + row * 3 * plane;
  for (std::size_t c = 0; c < 3; ++c) {
    std::array<float, 256> value{};
    for (std::size_t v = 0; v < 256; ++v)
      value[v] = (static_cast<float>(v) / 255.0f - kMean[c]) / kStd[c];
    for (std::int64_t i = 0; i < plane; ++i) *target++ = value[*source++];
  }
}

at::Tensor normalized_on_device(const at::Tensor& rgb) {
  const auto options = at::TensorOptions().dtype(at::kFloat).device(rgb.device());
  const auto channel = [&](const std::array<float, 3>& values) {
    return at::stack({at::full({}, values[0], options), at::full({}, values[1], options),
                      at::full({}, values[2], options)})
        .view({1, 3, 1, 1});
  };
  return rgb.to(at::kFloat).div_(255.0).sub_(channel(kMean)).div_(channel(kStd));
}

bool is_held_elsewhere(const at::Tensor& values) {
  return values.use_count() > 1 || values.storage().use_count() > 1;
}

}  // namespace

BatchSlot::BatchSlot(std::vector<std::string> labels, bool for_device) : for_device_(for_device) {
  for (auto& label : labels) labels_.emplace(std::move(label), Array{});
}

void BatchSlot::begin(std::int64_t capacity, std::int64_t rows) {
  if (uploaded_) uploaded_->synchronize();
  uploaded_.reset();
  const auto prepare = [&](Array& array) {
    if (array.values.defined() && (capacity != capacity_ || is_held_elsewhere(array.values)))
      array.values.reset();
    array.is_present.assign(static_cast<std::size_t>(rows), 0);
  };
  prepare(rgb_);
  for (auto& [name, array] : labels_) prepare(array);
  capacity_ = capacity;
  rows_ = rows;
  ids_.assign(static_cast<std::size_t>(rows), "");
  cameras_.assign(static_cast<std::size_t>(rows), Camera{});
}

at::Tensor& BatchSlot::ready(Array& array, const at::Tensor& like, at::ScalarType type,
                             const std::string& what, const std::string& id) {
  const std::lock_guard lock(mutex_);
  if (!array.values.defined()) {
    std::vector<std::int64_t> sizes{capacity_};
    sizes.insert(sizes.end(), like.sizes().begin(), like.sizes().end());
    array.values = at::empty(sizes, at::TensorOptions().dtype(type).pinned_memory(for_device_));
  }
  if (array.values.sizes().slice(1) != like.sizes()) {
    throw Error(Problem{
        .code = "data.023",
        .message = "sample " + id + ": " + what + " has the size " + size_text(like.sizes()),
        .expected = "others of the batch have " + size_text(array.values.sizes().slice(1)),
        .suggestion = "A data set must give all samples in the size that the protocol states."});
  }
  return array.values;
}

void BatchSlot::write(std::int64_t row, const Sample& sample) {
  const std::size_t at = static_cast<std::size_t>(row);
  ids_[at] = sample.id;
  cameras_[at] = sample.camera;
  const at::Tensor rgb = sample.rgb.contiguous();
  at::Tensor& photographs =
      ready(rgb_, rgb, for_device_ ? at::kByte : at::kFloat, "rgb", sample.id);
  if (for_device_)
    copy_row(rgb, photographs, row);
  else
    normalize_row(rgb, photographs, row);
  for (auto& [name, array] : labels_) {
    const auto found = sample.labels.find(name);
    if (found == sample.labels.end()) continue;
    const at::Tensor label = found->second.contiguous();
    const auto type = for_device_ ? label.scalar_type() : target_type(label);
    copy_row(label, ready(array, label, type, name, sample.id), row);
    array.is_present[at] = 1;
  }
}

at::Tensor BatchSlot::delivered(const Array& array, at::Device device, at::ScalarType type) const {
  at::Tensor rows = rows_ == capacity_ ? array.values : array.values.narrow(0, 0, rows_);
  if (!for_device_) return rows;
  return rows.to(device, /*non_blocking=*/true).to(type);
}

Batch BatchSlot::finish(at::Device device) {
  Batch batch{.ids = ids_, .images = {.rgb = {}, .cameras = cameras_}, .targets = {}};
  batch.images.rgb = delivered(rgb_, device, for_device_ ? at::kByte : at::kFloat);
  if (for_device_) batch.images.rgb = normalized_on_device(batch.images.rgb);
  for (auto& [name, array] : labels_) {
    Target target{.map = {},
                  .present = std::vector<bool>(array.is_present.begin(), array.is_present.end()),
                  .lists = {}};
    if (target.any_present()) {
      for (std::int64_t row = 0; row < rows_; ++row) {
        if (target.present[static_cast<std::size_t>(row)]) continue;
        const std::size_t bytes = static_cast<std::size_t>(array.values.nbytes() / capacity_);
        std::memset(static_cast<char*>(array.values.mutable_data_ptr()) +
                        static_cast<std::size_t>(row) * bytes,
                    0, bytes);
      }
      target.map = delivered(array, device, array.values.dim() == 3 ? at::kLong : at::kFloat);
    }
    batch.targets.emplace(name, std::move(target));
  }
  if (for_device_) {
    const c10::impl::VirtualGuardImpl guard(device.type());
    uploaded_.emplace(device.type());
    uploaded_->record(guard.getStream(device));
  }
  return batch;
}

Batch collated(const std::vector<Sample>& samples, const std::vector<std::string>& labels) {
  BatchSlot slot(labels, /*for_device=*/false);
  const auto rows = static_cast<std::int64_t>(samples.size());
  slot.begin(rows, rows);
  for (std::int64_t row = 0; row < rows; ++row)
    slot.write(row, samples[static_cast<std::size_t>(row)]);
  return slot.finish(at::kCPU);
}

}  // namespace triptych::data
