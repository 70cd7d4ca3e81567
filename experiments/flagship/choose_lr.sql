-- Which learning rate each model of streets_first.json gets, decided by the validation part alone:
--   sqlite3 -readonly FILE.db < experiments/flagship/choose_lr.sql
-- Rule, fixed before the first run: for each task the mean over the tuning seeds of its main metric (mIoU; RMSE) as a
-- fraction of the best of the three rates; the rate with the highest mean over the tasks; the smaller one in a tie.
-- The two tasks of a single-task model count as one model.
.headers on
.mode column
WITH final AS (
  SELECT run_id, task, metric, value FROM v_metric_curve AS curve
  WHERE split = 'val' AND metric IN ('mIoU', 'rmse')
    AND step = (SELECT max(step) FROM v_metric_curve WHERE run_id = curve.run_id AND split = 'val')
), run AS (
  SELECT run_id, seed,
         replace(replace(substr(label, 1, instr(label, ', ') - 1), 'semseg alone', 'single task'),
                 'depth alone', 'single task') AS model,
         CAST(substr(label, instr(label, ', ') + 2) AS REAL) AS lr
  FROM v_run WHERE study = 'streets_first_tuning' AND status = 'done'
), mean AS (
  SELECT model, lr, task, metric, avg(value) AS value, count(*) AS seeds
  FROM run JOIN final USING (run_id) GROUP BY model, lr, task, metric
), scored AS (
  SELECT model, lr, task, value, seeds,
         CASE metric WHEN 'mIoU' THEN value / max(value) OVER (PARTITION BY model, task)
                     ELSE min(value) OVER (PARTITION BY model, task) / value END AS fraction
  FROM mean
), score AS (
  SELECT model, lr, avg(fraction) AS score, min(seeds) AS seeds,
         max(CASE task WHEN 'semseg' THEN value END) AS val_mIoU,
         max(CASE task WHEN 'depth' THEN value END) AS val_rmse
  FROM scored GROUP BY model, lr
)
SELECT model, lr, seeds, round(val_mIoU, 4) AS val_mIoU, round(val_rmse, 3) AS val_rmse_m,
       round(score, 4) AS score,
       CASE row_number() OVER (PARTITION BY model ORDER BY score DESC, lr) WHEN 1 THEN 'chosen' ELSE '' END AS rate
FROM score ORDER BY model, lr;
