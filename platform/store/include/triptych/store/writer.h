#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <triptych/core/events.h>

#include "triptych/store/rows.h"

namespace triptych::store {

class Connection;

/// Writes one run: rows are collected and written in one transaction per 500 rows, 1 MiB of
/// pictures or second, whichever comes first, and at each checkpoint, flush and finish. When a
/// transaction fails nothing of it is in the file, and what was collected stays collected.
///
/// Every write checks that the run still belongs to this process, and throws Error store.007 when
/// another one has taken it over. A writer that goes away without `finish` marks the run
/// `interrupted` if it can; a process that dies leaves it `running`, to be taken over.
class RunWriter final : public core::RunEvents {
 public:
  RunWriter(std::shared_ptr<Connection> connection, std::string run_id);
  ~RunWriter() override;
  RunWriter(const RunWriter&) = delete;
  RunWriter& operator=(const RunWriter&) = delete;

  [[nodiscard]] const std::string& run_id() const { return run_id_; }

  /// What the run is made of and where it runs. Replaces what an earlier process said.
  void describe(const std::vector<PluginRow>& plugins,
                const std::map<std::string, std::string>& environment);

  void warn(std::string_view code, std::string_view text) override;
  void curve(const core::CurvePoint& point) override;
  void final_metric(const core::FinalMetric& metric) override;
  void image_statistic(const core::ImageStatistic& statistic) override;
  void probe(const core::ProbeValue& value) override;
  void picture(const core::Picture& picture) override;
  void checkpointed(std::int64_t step, std::string_view path) override;
  void flush() override;

  /// Ends the run: status "done", "failed" or "interrupted", with the reason (one sentence; "" for
  /// done) and the updates done, in one transaction with the last rows. An interrupted run goes on
  /// later from its last checkpoint, so its rows after that checkpoint are removed then.
  void finish(std::string_view status, std::string_view reason, std::int64_t steps);

 private:
  friend class Store;  // adds probes to a done run
  struct Pending;

  void added();
  void write_pending();

  std::shared_ptr<Connection> connection_;
  std::string run_id_;
  std::int64_t run_key_ = 0;
  std::int64_t generation_ = 0;  ///< number of the checkpoint that will cover the rows written now
  bool is_finished_ = false;
  std::unique_ptr<Pending> pending_;
};

}  // namespace triptych::store
