// The parts of the page that are tables.

function section(id, title, lead, children) {
  return make("section", { id, "aria-labelledby": id + "-title" },
    make("h2", { id: id + "-title" }, title), make("p", { class: "lead" }, lead), children);
}

function labelCell(labels, row) {
  return [swatch(labels, row.label), row.label, make("span", { class: "role" }, ROLES[row.role] || row.role)];
}

// Mean of a latency statistic over the finished runs of a label, with the worst verdict.
function latencyOf(study, label, statistic) {
  const found = study.runs.filter((run) => run.label === label).flatMap((run) =>
    run.probes.filter((probe) => probe.probe === "latency" && probe.part === "total" && probe.statistic === statistic));
  const values = found.map((probe) => probe.value).filter((value) => value !== null);
  return {
    mean: values.length ? values.reduce((a, b) => a + b, 0) / values.length : null,
    isInvalid: found.some((probe) => probe.validity === "INVALID"),
    why: found.map((probe) => probe.reason).find((reason) => reason) || "not measured",
  };
}

function latencyCell(study, row, statistic) {
  const latency = latencyOf(study, row.label, statistic);
  if (latency.mean === null) return make("span", { class: "why" }, latency.why);
  const models = new Set(study.runs.filter((run) => run.label === row.label && run.role === "single_task").map((run) => run.manifest)).size;
  const note = row.role === "single_task" && models > row.n ? make("span", { class: "why" }, "per model") : null;
  return [number(latency.mean, 3), note, latency.isInvalid ? make("span", { class: "why" }, "invalid: " + latency.why) : null];
}

// One line per label: its main metrics, its gains, its latency.
function resultsSection(study, labels) {
  const rows = labels.map((label) => {
    const own = study.comparison.filter((row) => row.label === label);
    return { label, own, role: own[0].role, n: Math.max(...own.map((row) => row.n)) };
  });
  const main = [];
  for (const row of study.comparison) {
    const isNew = !main.some((known) => known.task === row.task && known.metric === row.metric);
    if (row.main && row.metric !== "delta_m" && isNew) main.push(row);
  }
  const gains = [...new Set(study.comparison.filter((row) => row.metric === "delta_m").map((row) => row.baseline))];
  const columns = [
    { head: "label", cell: (row) => labelCell(labels, row), key: (row) => row.label },
    { head: "seeds", number: true, cell: (row) => String(row.n), key: (row) => row.n },
  ];
  for (const metric of main) {
    const of = (row) => row.own.find((own) => own.task === metric.task && own.metric === metric.metric);
    const means = rows.map((row) => of(row)).filter((own) => own && own.mean !== null).map((own) => own.mean);
    const best = metric.direction === "higher" ? Math.max(...means) : Math.min(...means);
    columns.push({
      head: metricTitle(metric) + " " + arrow(metric.direction), number: true, title: directionWords(metric.direction),
      unit: (metric.unit ? metric.unit + ", " : "") + directionWords(metric.direction),
      cell: (row) => of(row) ? make("span", { class: of(row).mean === best ? "best" : null }, meanAndSpread(of(row).mean, of(row).sd)) : "\u2013",
      key: (row) => of(row) ? of(row).mean : null,
    });
  }
  for (const baseline of gains) {
    const of = (row) => row.own.find((own) => own.metric === "delta_m" && own.baseline === baseline);
    columns.push({
      head: "\u0394m \u2191", number: true, unit: "%, against " + baseline.replace("_", "-"),
      title: "mean relative gain over the tasks' main metrics; higher is better",
      cell: (row) => of(row) ? gainCell(of(row)) : "\u2013", key: (row) => of(row) ? of(row).mean : null,
    });
  }
  for (const [statistic, name] of [["p50_ms", "p50"], ["p90_ms", "p90"]]) {
    columns.push({
      head: "latency " + name + " \u2193", number: true, unit: "ms, lower is better",
      cell: (row) => latencyCell(study, row, statistic), key: (row) => latencyOf(study, row.label, statistic).mean,
    });
  }
  return section("results", "Results",
    "Mean \u00b1 standard deviation over seeds; the best mean of a column is bold, which by itself is no claim: see the comparison.",
    rows.length ? [sortableTable("Main metrics per label", columns, rows)] : [make("p", {}, "Nothing is finished yet.")]);
}

function gainCell(row) {
  if (row.mean === null) return make("span", { class: "why" }, row.why || "");
  return make("span", { class: row.verdict, title: row.why }, GLYPHS[row.verdict], signed(row.mean),
    row.sd === null ? "" : " \u00b1 " + number(row.sd, 2));
}

function intervalText(row) {
  if (row.low === null) return "";
  return "[" + signed(row.low) + ", " + signed(row.high) + "]";
}

function comparisonSection(study, labels) {
  const reach = new Map();
  for (const row of study.comparison) {
    const key = row.task + "\n" + row.metric;
    const sizes = [row.difference, row.low, row.high].filter((value) => value !== null).map(Math.abs);
    reach.set(key, Math.max(reach.get(key) || 0, ...sizes));
  }
  const columns = [
    { head: "label", cell: (row) => labelCell(labels, row), key: (row) => row.label },
    { head: "metric", cell: (row) => [metricTitle(row) + " " + arrow(row.direction), make("span", { class: "unit" }, (row.unit ? row.unit + ", " : "") + directionWords(row.direction))], key: (row) => metricTitle(row) },
    { head: "n", number: true, title: "seeds", cell: (row) => String(row.n), key: (row) => row.n },
    { head: "mean \u00b1 sd", number: true, cell: (row) => meanAndSpread(row.mean, row.sd), key: (row) => row.mean },
    { head: "baseline", cell: (row) => (row.baseline || "\u2013").replace("_", "-"), key: (row) => row.baseline },
    { head: "difference", number: true, unit: "over common seeds", cell: (row) => signed(row.difference), key: (row) => row.difference },
    { head: "95 % interval", number: true, cell: (row) => intervalText(row) },
    { head: "", title: "interval on a scale shared by the rows of a metric", cell: (row) => intervalBar(row, reach.get(row.task + "\n" + row.metric)) },
    { head: "p", number: true, unit: "paired t", cell: (row) => row.p === null ? "\u2013" : row.p < 0.001 ? "< 0.001" : number(row.p, 2), key: (row) => row.p },
    { head: "verdict", cell: (row) => verdictCell(row), key: (row) => row.verdict },
  ];
  const holder = make("div", {});
  const mains = study.comparison.filter((row) => row.main);
  const all = make("input", { type: "checkbox", id: "all-metrics" });
  const show = () => holder.replaceChildren(
    sortableTable("Differences to the baselines", columns, all.checked || !mains.length ? study.comparison : mains));
  all.addEventListener("change", show);
  show();
  const choice = mains.length && mains.length < study.comparison.length
    ? make("p", {}, make("label", {}, all, " all metrics (" + study.comparison.length + " rows)")) : null;
  return section("comparison", "Comparison",
    "Paired over common seeds, two-sided t test at 5 %. \u25b2 better, \u25bc worse, = the same, \u25cb cannot tell. "
      + "\u0394m is the mean relative gain over the tasks' main metrics against the baseline with the same seed.",
    [choice, holder]);
}

function probesSection(study, labels) {
  const rows = study.runs.flatMap((run) => run.probes.map((probe) => ({ ...probe, label: run.label, role: run.role, seed: run.seed })));
  const columns = [
    { head: "label", cell: (row) => labelCell(labels, row), key: (row) => row.label },
    { head: "seed", number: true, cell: (row) => String(row.seed), key: (row) => row.seed },
    { head: "probe", cell: (row) => row.probe, key: (row) => row.probe },
    { head: "part", cell: (row) => row.part, key: (row) => row.part },
    { head: "statistic", cell: (row) => row.statistic, key: (row) => row.statistic },
    { head: "value", number: true, cell: (row) => number(row.value), key: (row) => row.value },
    { head: "unit", cell: (row) => row.unit },
    { head: "validity", cell: (row) => [row.validity || "\u2013", row.reason ? make("span", { class: "why" }, row.reason) : null], key: (row) => row.validity },
  ];
  const table = rows.length ? make("details", { open: rows.length <= 24 }, make("summary", {}, rows.length + " values"), sortableTable("Latency and other probes per run", columns, rows))
    : make("p", {}, "No probes were stored.");
  return section("probes", "Latency and other probes", "Measured on the trained weights of each run. A value that was not measured says why.", [table]);
}

function facts(entries) {
  return make("dl", { class: "facts" }, entries.filter((entry) => entry[1] !== "").flatMap(([name, value]) =>
    [make("dt", {}, name), make("dd", {}, make("code", {}, String(value)))]));
}

function runDetails(run) {
  const plugins = sortableTable("Plugins", [
    { head: "slot", cell: (row) => row.slot, key: (row) => row.slot },
    { head: "name", cell: (row) => row.name, key: (row) => row.name },
    { head: "file", cell: (row) => make("code", {}, row.file) },
    { head: "source hash", cell: (row) => make("code", {}, row.source_hash) },
    { head: "SHA-256", cell: (row) => make("code", {}, row.sha256) },
  ], run.plugins);
  const warnings = run.events.map((event) => make("li", {}, event.text + (event.code ? " [" + event.code + "]" : "")));
  return [
    facts([["run", run.run_id], ["point", run.point_id], ["status", run.status], ["reason", run.reason], ["seed", run.seed], ["device", run.device],
      ["steps", run.steps], ["started", run.started_at], ["finished", run.finished_at]]),
    warnings.length ? [make("h3", {}, "Warnings"), make("ul", {}, warnings)] : null,
    run.plugins.length ? plugins : null,
    make("h3", {}, "Environment"), facts(Object.entries(run.environment)),
    make("details", {}, make("summary", {}, "Resolved manifest"), make("pre", { tabindex: 0 }, run.manifest)),
  ].flat();
}

function provenanceSection(study) {
  const runs = study.runs.map((run) => {
    const details = make("details", { "data-label": run.label, id: "run-" + run.run_id },
      make("summary", {}, run.label + ", seed " + run.seed + ": " + run.status + (run.reason ? " (" + run.reason + ")" : "")));
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1) details.append(...runDetails(run).filter(Boolean));
    });
    return details;
  });
  return section("provenance", "Provenance", "What each number comes from: manifest, plugins with their hashes, environment. Folders, host and user names were taken out.", runs);
}
