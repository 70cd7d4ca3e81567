#include "triptych/data/cache.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

#include "cache_file.h"
#include "cache_notes.h"
#include "triptych/core/hash.h"
#include "triptych/core/paths.h"
#include "triptych/error.h"

namespace triptych::data {

namespace {

namespace fs = std::filesystem;

constexpr const char* kRgb = "rgb";
constexpr const char* kNotes = "notes";  // ids, cameras, which labels each sample has
constexpr int kVersion = 1;              // of the layout

class CachedSplit final : public Dataset {
 public:
  CachedSplit(std::shared_ptr<const Dataset> inner, std::string split,
              std::map<std::string, CacheArray> arrays, std::vector<Note> notes)
      : inner_(std::move(inner)),
        split_(std::move(split)),
        arrays_(std::move(arrays)),
        notes_(std::move(notes)) {}

  [[nodiscard]] std::int64_t size(const std::string& split) const override {
    return inner_->size(split);
  }
  [[nodiscard]] std::vector<std::string> labels() const override { return inner_->labels(); }
  [[nodiscard]] std::string data_hash() const override { return inner_->data_hash(); }

  [[nodiscard]] Sample sample(const std::string& split, std::int64_t index) const override {
    if (split != split_) return inner_->sample(split, index);
    const Note& note = notes_.at(static_cast<std::size_t>(index));
    Sample out{
        .id = note.id, .rgb = tensor(arrays_.at(kRgb), index), .labels = {}, .camera = note.camera};
    for (const auto& name : note.labels) {
      if (const auto found = arrays_.find(name); found != arrays_.end())
        out.labels.emplace(name, tensor(found->second, index));
    }
    return out;
  }

 private:
  static at::Tensor tensor(const CacheArray& array, std::int64_t index) {
    return at::from_blob(
        array.values + index * array.shape.sample_bytes(), array.shape.sizes,
        [mapping = array.mapping](void*) {}, at::TensorOptions().dtype(array.shape.type));
  }

  std::shared_ptr<const Dataset> inner_;
  std::string split_;
  std::map<std::string, CacheArray> arrays_;
  std::vector<Note> notes_;
};

/// Why samples cannot be kept; a warning, not an error.
struct CannotKeep {
  std::string reason;
};

/// Held while samples are made, so that runs at the same time make them once.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : descriptor_(::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0)
      throw std::system_error(errno, std::generic_category(),
                              "cannot write " + (folder / "lock").string());
    while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~FolderLock() { ::close(descriptor_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

/// The making of one cached split.
class Keeper {
 public:
  Keeper(std::shared_ptr<const Dataset> inner, std::string split, const CacheOptions& options)
      : inner_(std::move(inner)),
        split_(std::move(split)),
        options_(options),
        count_(inner_->size(split_)) {}

  std::shared_ptr<const Dataset> on_disk() {
    const fs::path folder = options_.folder / key();
    fs::create_directories(folder);
    if (!open_all(folder)) {
      const FolderLock lock(folder);
      if (!open_all(folder)) make(&folder);
    }
    return result();
  }

  std::shared_ptr<const Dataset> in_memory() {
    arrays_.clear();
    notes_.clear();
    make(nullptr);
    return result();
  }

 private:
  [[nodiscard]] std::string key() const {
    std::string text = "samples " + std::to_string(kVersion) + "\n" + options_.identity + "\n" +
                       split_ + "\n" + std::to_string(count_) + "\n";
    return core::sha256_hex(text).substr(0, 24);
  }

  [[nodiscard]] std::vector<std::string> wanted() const {
    std::vector<std::string> names{kRgb};
    names.insert(names.end(), options_.labels.begin(), options_.labels.end());
    return names;
  }

  [[nodiscard]] std::shared_ptr<const Dataset> result() {
    return std::make_shared<CachedSplit>(inner_, split_, std::move(arrays_), std::move(notes_));
  }

  void warn(const char* code, const std::string& text) const {
    if (options_.warn) options_.warn(code, text);
  }

  std::optional<CacheArray> open(const fs::path& path) const {
    std::string damage;
    auto array = open_cache_file(path, damage);
    if (!damage.empty())
      warn("data.041", path.string() + ": the kept samples cannot be used: " + damage +
                           "; they are made again");
    return array;
  }

  /// Opens what there is; true when nothing is missing.
  bool open_all(const fs::path& folder) {
    if (notes_.empty()) {
      if (const auto array = open(folder / (std::string(kNotes) + ".bin"))) {
        notes_ = notes_from({array->values, static_cast<std::size_t>(array->shape.bytes())});
        if (static_cast<std::int64_t>(notes_.size()) != count_) notes_.clear();
      }
    }
    bool is_complete = !notes_.empty();
    for (const auto& name : wanted()) {
      if (arrays_.contains(name)) continue;
      auto array = open(folder / (name + ".bin"));
      if (array && array->shape.count == count_)
        arrays_.emplace(name, std::move(*array));
      else
        is_complete = false;
    }
    return is_complete;
  }

  /// Shapes of the arrays that are missing, from the first samples that have them.
  [[nodiscard]] std::map<std::string, ArrayShape> missing_shapes() const {
    std::map<std::string, ArrayShape> shapes;
    const auto names = wanted();
    const auto is_missing = [&](const std::string& name) {
      return !arrays_.contains(name) && !shapes.contains(name);
    };
    for (std::int64_t i = 0; i < std::min<std::int64_t>(count_, 64); ++i) {
      if (std::none_of(names.begin(), names.end(), is_missing)) break;
      const Sample sample = inner_->sample(split_, i);
      for (const auto& name : names) {
        if (!is_missing(name)) continue;
        const auto label = sample.labels.find(name);
        if (name != kRgb && label == sample.labels.end()) continue;
        const at::Tensor& values = name == kRgb ? sample.rgb : label->second;
        shapes.emplace(name, ArrayShape{count_, values.scalar_type(), values.sizes().vec()});
      }
    }
    for (const auto& name : names)
      if (is_missing(name))
        throw CannotKeep{"none of the first samples has the label \"" + name + "\""};
    std::int64_t bytes = 0;
    for (const auto& [name, shape] : shapes) bytes += shape.bytes();
    if (bytes > options_.most_bytes) {
      throw CannotKeep{"split '" + split_ + "' needs " + std::to_string(bytes >> 20) +
                       " MiB, more than the limit of " + std::to_string(options_.most_bytes >> 20) +
                       " MiB"};
    }
    return shapes;
  }

  void make(const fs::path* folder) {
    const auto shapes = missing_shapes();
    std::map<std::string, std::unique_ptr<CacheFile>> files;
    std::map<std::string, CacheArray> fresh;
    for (const auto& [name, shape] : shapes) {
      if (folder == nullptr) {
        fresh.emplace(name, memory_array(shape));
      } else {
        auto& file = files[name] = std::make_unique<CacheFile>(*folder / (name + ".bin"), shape);
        fresh.emplace(name, file->array());
      }
    }
    std::vector<Note> notes(static_cast<std::size_t>(count_));
    fill(fresh, notes);
    for (auto& [name, file] : files) file->commit();
    if (folder != nullptr && notes_.empty()) {
      const std::string text = text_of(notes);
      CacheFile file(*folder / (std::string(kNotes) + ".bin"),
                     {1, at::kByte, {static_cast<std::int64_t>(text.size())}});
      std::memcpy(file.array().values, text.data(), text.size());
      file.commit();
    }
    notes_ = std::move(notes);
    arrays_.merge(fresh);
  }

  /// Makes every sample once, with several threads. The first exception ends it and is thrown here.
  void fill(std::map<std::string, CacheArray>& arrays, std::vector<Note>& notes) const {
    std::atomic<std::int64_t> next{0}, done{0};
    std::exception_ptr failure;
    std::mutex mutex;
    const auto work = [&] {
      while (true) {
        const std::int64_t i = next++;
        if (i >= count_) return;
        try {
          notes[static_cast<std::size_t>(i)] = keep(i, arrays);
        } catch (...) {  // thrown again below, in the caller's thread
          const std::lock_guard lock(mutex);
          if (!failure) failure = std::current_exception();
          next = count_;
          return;
        }
        const std::int64_t finished = ++done;
        if (!options_.progress || (finished % 16 != 0 && finished != count_)) continue;
        const std::lock_guard lock(mutex);
        options_.progress(finished, count_);
      }
    };
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < std::max(options_.threads, 1); ++i) threads.emplace_back(work);
    }
    if (failure) std::rethrow_exception(failure);
  }

  Note keep(std::int64_t i, std::map<std::string, CacheArray>& arrays) const {
    const Sample sample = inner_->sample(split_, i);
    Note note{sample.id, sample.camera, {}};
    for (const auto& [name, label] : sample.labels) note.labels.push_back(name);
    for (auto& [name, array] : arrays) {
      const auto label = sample.labels.find(name);
      if (name != kRgb && label == sample.labels.end()) continue;
      const at::Tensor values = (name == kRgb ? sample.rgb : label->second).contiguous();
      if (values.sizes() != at::IntArrayRef(array.shape.sizes) ||
          values.scalar_type() != array.shape.type)
        throw CannotKeep{"its samples differ in size or type (" + sample.id + ", " + name + ")"};
      std::memcpy(array.values + i * array.shape.sample_bytes(), values.const_data_ptr(),
                  static_cast<std::size_t>(array.shape.sample_bytes()));
    }
    return note;
  }

  std::shared_ptr<const Dataset> inner_;
  std::string split_;
  const CacheOptions& options_;
  std::int64_t count_;
  std::map<std::string, CacheArray> arrays_;
  std::vector<Note> notes_;
};

}  // namespace

fs::path cache_folder() {
  const auto given = core::environment_variable("TRIPTYCH_CACHE");
  if (!given) return core::cache_dir() / "samples";
  return *given == "off" ? fs::path() : fs::path(*given);
}

std::shared_ptr<const Dataset> cached(std::shared_ptr<const Dataset> dataset,
                                      const std::string& split, const CacheOptions& options) {
  const auto warn = [&](const std::string& text) {
    if (options.warn) options.warn("data.040", text);
  };
  try {
    if (!options.folder.empty()) {
      try {
        return Keeper(dataset, split, options).on_disk();
      } catch (const std::system_error& error) {
        warn(
            "samples cannot be kept in " + options.folder.string() + ": " + error.what() +
            "; they are kept in memory. Set TRIPTYCH_CACHE to a folder with space, or to \"off\".");
      }
    }
    return Keeper(dataset, split, options).in_memory();
  } catch (const CannotKeep& why) {
    warn("samples are made anew each time: " + why.reason);
    return dataset;
  }
}

}  // namespace triptych::data
