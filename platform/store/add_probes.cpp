#include <triptych/core/clock.h>
#include <triptych/error.h>

#include "connection.h"
#include "pending.h"

namespace triptych::store {

void Store::add_probes(const std::string& run_id, const std::vector<ProbeRow>& rows,
                       const std::string& code, const std::string& text) {
  connection_->immediate([&] {
    auto& database = connection_->database();
    auto query =
        statement(database, "SELECT run_key, generation, status FROM run WHERE run_id = ?", run_id);
    const std::string status = query.executeStep() ? query.getColumn(2) : "not here";
    if (status != "done") {
      throw Error("store.011", "run " + run_id,
                  "is " + status + ", and only a done run is measured", "Run its study first.");
    }
    const std::int64_t run_key = query.getColumn(0).getInt64();
    for (const auto& row : rows) {
      execute(database, "DELETE FROM probe WHERE run_key = ? AND probe = ?", run_key, row.probe);
    }
    RunWriter::Pending pending;
    pending.probes = rows;
    pending.events = {{.at = core::utc_now(), .level = "note", .code = code, .text = text}};
    pending.write(database, run_key, query.getColumn(1).getInt64());
  });
}

}  // namespace triptych::store
