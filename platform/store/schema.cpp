#include "schema.h"

namespace triptych::store {

// Rows of a run refer to it by run_key, an integer, since ids are 36 characters; views show ids.
// `generation` is the number of the checkpoint that covers a row: a run that is taken over loses
// the rows whose generation is greater than the run's own.
const char* const kSchema = R"sql(
CREATE TABLE study(
  study_id   TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  protocol   TEXT NOT NULL,
  manifest   TEXT NOT NULL,
  digest     TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX study_by_name ON study(name, study_id);

CREATE TABLE point(
  point_id TEXT PRIMARY KEY,
  protocol TEXT NOT NULL,
  manifest TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE plan_point(
  study_id    TEXT NOT NULL REFERENCES study(study_id),
  position    INTEGER NOT NULL,
  point_id    TEXT NOT NULL REFERENCES point(point_id),
  role        TEXT NOT NULL CHECK(role IN ('variant', 'single_task', 'multi_task')),
  label       TEXT NOT NULL,
  seed        INTEGER NOT NULL,
  baseline_of TEXT NOT NULL,
  PRIMARY KEY(study_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE run(
  run_key         INTEGER PRIMARY KEY,
  run_id          TEXT NOT NULL UNIQUE,
  point_id        TEXT NOT NULL REFERENCES point(point_id),
  study           TEXT NOT NULL,
  label           TEXT NOT NULL,
  role            TEXT NOT NULL CHECK(role IN ('variant', 'single_task', 'multi_task')),
  seed            INTEGER NOT NULL,
  status          TEXT NOT NULL
                  CHECK(status IN ('planned', 'running', 'done', 'failed', 'interrupted')),
  reason          TEXT,
  device          TEXT NOT NULL,
  started_at      TEXT NOT NULL,
  finished_at     TEXT,
  steps           INTEGER NOT NULL DEFAULT 0,
  host            TEXT NOT NULL,
  boot            TEXT NOT NULL,
  pid             INTEGER NOT NULL,
  process_start   INTEGER NOT NULL,
  checkpoint_path TEXT,
  checkpoint_step INTEGER,
  generation      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX run_by_point ON run(point_id, status);
CREATE INDEX run_by_study ON run(study);

CREATE TABLE plugin(
  run_key     INTEGER NOT NULL REFERENCES run(run_key) ON DELETE CASCADE,
  slot        TEXT NOT NULL,
  name        TEXT NOT NULL,
  file        TEXT NOT NULL,
  source_hash TEXT NOT NULL,
  sha256      TEXT NOT NULL,
  PRIMARY KEY(run_key, slot, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE environment(
  run_key INTEGER NOT NULL REFERENCES run(run_key) ON DELETE CASCADE,
  key     TEXT NOT NULL,
  value   TEXT NOT NULL,
  PRIMARY KEY(run_key, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE curve(
  run_key    INTEGER NOT NULL REFERENCES run(run_key) ON DELETE CASCADE,
  task       TEXT NOT NULL,
  metric     TEXT NOT NULL,
  split      TEXT NOT NULL,
  step       INTEGER NOT NULL,
  value      REAL,
  generation INTEGER NOT NULL,
  PRIMARY KEY(run_key, task, metric, split, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE metric_final(
  run_key    INTEGER NOT NULL REFERENCES run(run_key) ON DELETE CASCADE,
  task       TEXT NOT NULL,
  metric     TEXT NOT NULL,
  split      TEXT NOT NULL,
  variant    TEXT NOT NULL,
  value      REAL,
  unit       TEXT NOT NULL,
  direction  TEXT NOT NULL CHECK(direction IN ('higher', 'lower')),
  is_main    INTEGER NOT NULL CHECK(is_main IN (0, 1)),
  generation INTEGER NOT NULL,
  PRIMARY KEY(run_key, task, metric, split, variant)
) STRICT, WITHOUT ROWID;

CREATE TABLE metric_image(
  run_key    INTEGER NOT NULL REFERENCES run(run_key) ON DELETE CASCADE,
  task       TEXT NOT NULL,
  image_id   TEXT NOT NULL,
  statistic  TEXT NOT NULL,
  value      REAL,
  generation INTEGER NOT NULL,
  PRIMARY KEY(run_key, task, image_id, statistic)
) STRICT, WITHOUT ROWID;

CREATE TABLE probe(
  run_key    INTEGER NOT NULL REFERENCES run(run_key) ON DELETE CASCADE,
  probe      TEXT NOT NULL,
  part       TEXT NOT NULL,
  statistic  TEXT NOT NULL,
  value      REAL,
  unit       TEXT NOT NULL,
  validity   TEXT CHECK(validity IN ('VALID', 'INVALID')),
  reason     TEXT,
  generation INTEGER NOT NULL,
  PRIMARY KEY(run_key, probe, part, statistic)
) STRICT, WITHOUT ROWID;

CREATE TABLE picture(
  picture_id INTEGER PRIMARY KEY,
  run_key    INTEGER NOT NULL REFERENCES run(run_key) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  step       INTEGER NOT NULL,
  task       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  image_id   TEXT NOT NULL,
  png        BLOB NOT NULL,
  generation INTEGER NOT NULL,
  UNIQUE(run_key, image_id, task, kind, name, step)
) STRICT;

CREATE TABLE event(
  event_id   INTEGER PRIMARY KEY,
  run_key    INTEGER NOT NULL REFERENCES run(run_key) ON DELETE CASCADE,
  at         TEXT NOT NULL,
  level      TEXT NOT NULL,
  code       TEXT NOT NULL,
  text       TEXT NOT NULL,
  generation INTEGER NOT NULL
) STRICT;
CREATE INDEX event_by_run ON event(run_key);

CREATE VIEW v_run AS
  SELECT run_id, point_id, study, label, role, seed, status, reason, device, protocol, started_at,
         finished_at, steps
  FROM run JOIN point USING(point_id);
CREATE VIEW v_metric_final AS
  SELECT run_id, task, metric, split, variant, value, unit, direction
  FROM metric_final JOIN run USING(run_key);
CREATE VIEW v_metric_curve AS
  SELECT run_id, step, task, metric, split, value FROM curve JOIN run USING(run_key);
CREATE VIEW v_metric_image AS
  SELECT run_id, task, image_id, statistic, value FROM metric_image JOIN run USING(run_key);
CREATE VIEW v_probe AS
  SELECT run_id, probe, part, statistic, value, unit, validity, probe.reason AS reason
  FROM probe JOIN run USING(run_key);
CREATE VIEW v_plugin AS
  SELECT run_id, slot, name, file, source_hash, sha256 FROM plugin JOIN run USING(run_key);
CREATE VIEW v_environment AS
  SELECT run_id, key, value FROM environment JOIN run USING(run_key);
)sql";

}  // namespace triptych::store
