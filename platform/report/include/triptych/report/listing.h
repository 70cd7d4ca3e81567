#pragma once

#include <string>
#include <vector>

#include <triptych/store/store.h>

// What `list`, `status` and `plan` print about the store: as JSON documents and as tables.

namespace triptych::report {

/// `list runs`: an array with the columns of v_run; absent texts are null. Oldest first.
[[nodiscard]] std::string runs_json(const std::vector<store::RunRow>& runs);
[[nodiscard]] std::string runs_text(const std::vector<store::RunRow>& runs);

/// `list studies`: [{"study", "protocol", "created_at", "points", "planned", "running", "done",
/// "failed", "interrupted"}], the most recently frozen first.
[[nodiscard]] std::string studies_json(const std::vector<store::StudyRow>& studies);
[[nodiscard]] std::string studies_text(const std::vector<store::StudyRow>& studies);

/// `plan` and `status` of one study: {"study", "protocol", "points": [{"point_id", "role", "label",
/// "seed", "status", "run_id", "reason"}]}.
[[nodiscard]] std::string points_json(const std::string& study, const std::string& protocol,
                                      const std::vector<store::PointStatus>& points);
/// One line per point, and a last line that counts them.
[[nodiscard]] std::string points_text(const std::string& study, const std::string& protocol,
                                      const std::vector<store::PointStatus>& points);

}  // namespace triptych::report
