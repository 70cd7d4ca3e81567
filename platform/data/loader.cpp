#include "triptych/data/loader.h"

#include <ATen/Context.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <optional>
#include <thread>

#include "slot.h"
#include "triptych/data/transform.h"
#include "triptych/error.h"

namespace triptych::data {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void check(const Dataset& dataset, const LoaderOptions& options) {
  const auto fail = [&](const std::string& message, const std::string& suggestion) {
    throw Error("data.022", "loader of split '" + options.split + "'", message, suggestion);
  };
  if (options.batch < 1)
    fail("a batch of " + std::to_string(options.batch) + " samples",
         "Set recipe.batch to at least 1.");
  if (options.workers < 0) fail("a negative number of workers", "Set recipe.workers to 0 or more.");
  if (options.ring < 1 || options.world < 1 || options.rank < 0 || options.rank >= options.world)
    fail("ring, rank or world out of range", "rank lies in 0 .. world-1.");
  if (dataset.size(options.split) < 1)
    fail("the split has no samples", "Check the data root and the protocol's splits.");
  if (options.is_training) check_augmentations(options.augment);
  const auto known = dataset.labels();
  for (const auto& label : options.labels) {
    if (std::find(known.begin(), known.end(), label) != known.end()) continue;
    throw Error(Problem{.code = "data.024",
                        .message = "the data set has no label \"" + label + "\"",
                        .expected = "it has: " + join(known),
                        .suggestion = did_you_mean(label, known)});
  }
}

}  // namespace

/// The ring and its workers. Tickets count the samples of this rank from the start of the stream:
/// ticket n is row n % B of batch n / B, which lives in slot (n / B) % ring.
class Loader::Ring {
 public:
  Ring(std::shared_ptr<const Dataset> dataset, LoaderOptions options)
      : dataset_(std::move(dataset)), options_(std::move(options)), size_(0) {
    check(*dataset_, options_);
    size_ = dataset_->size(options_.split);
    const bool for_device = !options_.device.is_cpu();
    for (int i = 0; i < options_.ring; ++i) slots_.emplace_back(options_.labels, for_device);
    start();
  }

  ~Ring() { stop(); }

  void restart(std::int64_t first) {
    stop();
    first_ = first;
    start();
  }

  [[nodiscard]] std::int64_t size() const { return size_; }
  [[nodiscard]] bool is_training() const { return options_.is_training; }
  [[nodiscard]] Position position() const {
    const std::int64_t at = first_ + delivered_ * options_.batch * options_.world;
    return {at / size_, at % size_};
  }
  [[nodiscard]] LoaderStatistics statistics() const {
    LoaderStatistics out = statistics_;
    if (began_) out.total_s = seconds_since(*began_);
    return out;
  }
  void clear_statistics() {
    statistics_ = {};
    began_.reset();
  }

  std::optional<Batch> next() {
    const auto entered = Clock::now();
    if (!began_) began_ = entered;
    if (rows_of(delivered_) == 0) return std::nullopt;
    if (options_.workers == 0) load_here();
    RingSlot& slot = slot_of(delivered_);
    {
      std::unique_lock lock(mutex_);
      ready_.wait(
          lock, [&] { return slot.batch == delivered_ && (slot.remaining == 0 || slot.failure); });
      if (slot.failure) std::rethrow_exception(slot.failure);
    }
    Batch batch = slot.memory.finish(options_.device);
    {
      const std::lock_guard lock(mutex_);
      ++delivered_;
    }
    free_.notify_all();
    statistics_.waiting_s += seconds_since(entered);
    ++statistics_.batches;
    return batch;
  }

 private:
  struct RingSlot {
    RingSlot(const std::vector<std::string>& labels, bool for_device)
        : memory(labels, for_device) {}
    BatchSlot memory;
    std::int64_t batch = -1;     ///< which batch it holds
    std::int64_t remaining = 0;  ///< samples that are still missing
    std::exception_ptr failure;  ///< of the first sample (in time) that could not be made
  };
  struct Ticket {
    RingSlot* slot;
    std::int64_t row, epoch, index;
  };

  RingSlot& slot_of(std::int64_t batch) {
    return slots_[static_cast<std::size_t>(batch % options_.ring)];
  }

  /// Place of row 0 of `batch` in the stream that all ranks share.
  [[nodiscard]] std::int64_t place(std::int64_t batch) const {
    return first_ + (batch * options_.world + options_.rank) * options_.batch;
  }
  [[nodiscard]] std::int64_t rows_of(std::int64_t batch) const {
    if (options_.is_training) return options_.batch;
    return std::clamp<std::int64_t>(size_ - place(batch), 0, options_.batch);
  }

  void start() {
    next_ticket_ = 0;
    delivered_ = 0;
    is_stopping_ = false;
    for (auto& slot : slots_) {
      slot.batch = -1;
      slot.failure = nullptr;
    }
    for (int i = 0; i < options_.workers; ++i) workers_.emplace_back([this] { work(); });
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    free_.notify_all();
    workers_.clear();  // joins
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      free_.wait(lock, [&] { return is_stopping_ || has_room(); });
      if (is_stopping_) return;
      make_one(lock);
    }
  }

  /// Takes a ticket and makes its sample, without the lock; has it again at the end.
  void make_one(std::unique_lock<std::mutex>& lock) {
    const auto ticket = take_ticket();
    if (!ticket) return;
    lock.unlock();
    const std::exception_ptr failure = make(*ticket);
    lock.lock();
    complete(*ticket, failure);
  }

  /// Without workers: the rest of the batch that is asked for.
  void load_here() {
    std::unique_lock lock(mutex_);
    while (next_ticket_ < (delivered_ + 1) * options_.batch &&
           rows_of(delivered_) > next_ticket_ % options_.batch) {
      make_one(lock);
    }
  }

  [[nodiscard]] bool has_room() const {
    const std::int64_t batch = next_ticket_ / options_.batch;
    return batch < delivered_ + options_.ring && rows_of(batch) > next_ticket_ % options_.batch;
  }

  /// None when there is no memory for the batch: it counts as complete, with that failure.
  std::optional<Ticket> take_ticket() {
    const std::int64_t batch = next_ticket_ / options_.batch, row = next_ticket_ % options_.batch;
    RingSlot& slot = slot_of(batch);
    if (row == 0 && !begin(slot, batch)) {
      next_ticket_ = (batch + 1) * options_.batch;
      ready_.notify_all();
      return std::nullopt;
    }
    // A short last batch ends the evaluation: the next ticket belongs to a batch without rows.
    next_ticket_ = row + 1 < rows_of(batch) ? next_ticket_ + 1 : (batch + 1) * options_.batch;
    const std::int64_t at = place(batch) + row, epoch = at / size_;
    return Ticket{&slot, row, epoch,
                  options_.is_training ? order(epoch)[static_cast<std::size_t>(at % size_)] : at};
  }

  bool begin(RingSlot& slot, std::int64_t batch) {
    slot.batch = batch;
    slot.remaining = rows_of(batch);
    slot.failure = nullptr;
    try {
      slot.memory.begin(options_.batch, rows_of(batch));
    } catch (const std::exception&) {  // out of memory, of whichever kind
      slot.remaining = 0;
      slot.failure = std::current_exception();
    }
    return !slot.failure;
  }

  /// The order of an epoch; the two newest are kept, since a batch may reach over the end of one.
  const std::vector<std::int64_t>& order(std::int64_t epoch) {
    auto found = orders_.find(epoch);
    if (found == orders_.end()) {
      while (orders_.size() > 1) orders_.erase(orders_.begin());
      found = orders_.emplace(epoch, shuffled(options_.seed, epoch, size_)).first;
    }
    return found->second;
  }

  std::exception_ptr make(const Ticket& ticket) {
    const std::string name =
        "sample " + std::to_string(ticket.index) + " of split '" + options_.split + "'";
    try {
      Sample sample = dataset_->sample(options_.split, ticket.index);
      if (options_.is_training && !options_.augment.empty()) {
        Random random{options_.seed, static_cast<std::uint64_t>(ticket.epoch),
                      static_cast<std::uint64_t>(ticket.index)};
        keep_wanted(sample);
        sample = seen_through(
            sample,
            random_window(options_.augment, {sample.rgb.size(1), sample.rgb.size(2)}, random));
      }
      ticket.slot->memory.write(ticket.row, sample);
    } catch (const Error& error) {
      return std::make_exception_ptr(error.within(name));
    } catch (const std::exception& error) {
      return std::make_exception_ptr(
          Error("data.020", name, std::string("it cannot be made: ") + error.what()));
    } catch (...) {
      return std::make_exception_ptr(
          Error("data.020", name,
                "it cannot be made: something that is not a std::exception was thrown"));
    }
    return nullptr;
  }

  void keep_wanted(Sample& sample) const {
    std::erase_if(sample.labels, [&](const auto& label) {
      return std::find(options_.labels.begin(), options_.labels.end(), label.first) ==
             options_.labels.end();
    });
  }

  void complete(const Ticket& ticket, const std::exception_ptr& failure) {
    if (failure && !ticket.slot->failure) ticket.slot->failure = failure;
    if (--ticket.slot->remaining == 0 || failure) ready_.notify_all();
  }

  std::shared_ptr<const Dataset> dataset_;
  LoaderOptions options_;
  std::int64_t size_;
  std::int64_t first_ = 0;  ///< place of the stream's start: epoch * size + cursor
  std::deque<RingSlot> slots_;

  std::mutex mutex_;  ///< for everything below but the statistics
  std::condition_variable free_, ready_;
  std::int64_t next_ticket_ = 0;
  std::int64_t delivered_ = 0;  ///< batches; written by the consumer alone
  bool is_stopping_ = false;
  std::map<std::int64_t, std::vector<std::int64_t>> orders_;

  LoaderStatistics statistics_;  ///< the consumer's
  std::optional<Clock::time_point> began_;
  std::vector<std::jthread> workers_;  ///< last: they end before what they use
};

Loader::Loader(std::shared_ptr<const Dataset> dataset, LoaderOptions options)
    : ring_(std::make_unique<Ring>(std::move(dataset), std::move(options))) {}
Loader::~Loader() = default;

void Loader::seek(Position position) {
  TORCH_INTERNAL_ASSERT(ring_->is_training(), "only the training stream can be sought");
  ring_->restart(position.epoch * ring_->size() + position.cursor);
}
void Loader::rewind() { ring_->restart(0); }
Position Loader::position() const { return ring_->position(); }
std::optional<Batch> Loader::next() { return ring_->next(); }
std::int64_t Loader::num_samples() const { return ring_->size(); }
LoaderStatistics Loader::statistics() const { return ring_->statistics(); }
void Loader::clear_statistics() { ring_->clear_statistics(); }

}  // namespace triptych::data
