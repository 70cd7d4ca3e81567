// Reads the data, shows one study, and keeps study, filter and place in the address.

const byId = (id) => document.getElementById(id);

function stateOf(hash) {
  const state = new URLSearchParams(hash.replace(/^#/, ""));
  return { study: state.get("study"), filter: state.get("filter") || "" };
}

// Labels of the comparison first, in its order, then those of runs without a result.
function labelsOf(study) {
  return [...new Set([...study.comparison.map((row) => row.label), ...study.runs.map((run) => run.label)])];
}

function applyFilter() {
  const words = byId("filter").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const shown = new Set(), all = new Set();
  for (const element of document.querySelectorAll("[data-label]")) {
    const label = element.getAttribute("data-label");
    const isShown = words.every((word) => label.toLowerCase().includes(word));
    all.add(label);
    if (isShown) shown.add(label);
    element.toggleAttribute("hidden", !isShown);
    element.style.display = isShown ? "" : "none";
  }
  byId("filter-count").textContent = words.length ? shown.size + " of " + all.size + " labels" : "";
}

function showStudy(data, pngs, study, isIntact) {
  const labels = labelsOf(study);
  const compared = labels.filter((label) => study.comparison.some((row) => row.label === label));
  byId("title").textContent = study.name;
  const done = study.runs.filter((run) => run.status === "done").length;
  byId("subtitle").textContent = "Protocol " + study.protocol + " \u00b7 plan of " + study.created_at.slice(0, 10) + " \u00b7 "
    + done + " of " + study.runs.length + " runs done";
  const sections = [resultsSection(study, compared), comparisonSection(study, labels), curvesSection(study, labels),
    picturesSection(study, labels, pngs), probesSection(study, labels), provenanceSection(study)];
  const notes = study.notes.length
    ? [make("div", { class: "notes", role: "note" }, make("ul", {}, study.notes.map((note) => make("li", {}, note))))] : [];
  byId("main").replaceChildren(...notes, ...sections);
  byId("sections").replaceChildren(...sections.map((part) =>
    make("a", { href: "#" + part.id }, part.querySelector("h2").textContent)));
  for (const link of byId("sections").children) {
    link.addEventListener("click", (event) => {  // the address keeps study and filter, not the place
      event.preventDefault();
      const target = byId(link.getAttribute("href").slice(1));
      target.scrollIntoView();
      target.setAttribute("tabindex", "-1");
      target.focus({ preventScroll: true });
    });
  }
  byId("footer").textContent = "Written by Triptych " + data.version + ". Data integrity: "
    + (isIntact === null ? "not checked by this browser" : isIntact ? "ok" : "DAMAGED, the data is not what was written") + ".";
  applyFilter();
}

function startTheme() {
  const root = document.documentElement;
  const set = (theme) => {
    root.setAttribute("data-theme", theme);
    byId("theme").textContent = theme === "dark" ? "Light theme" : "Dark theme";
  };
  set(window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  byId("theme").addEventListener("click", () => set(root.getAttribute("data-theme") === "dark" ? "light" : "dark"));
}

function startControls(data, show) {
  const choice = byId("study"), filter = byId("filter");
  choice.append(...data.studies.map((study, i) => make("option", { value: i }, study.name)));
  byId("study-label").hidden = data.studies.length < 2;
  byId("controls").hidden = false;
  const remember = () => {
    const state = new URLSearchParams({ study: data.studies[choice.value].name });
    if (filter.value) state.set("filter", filter.value);
    history.replaceState(null, "", "#" + state);
  };
  const restore = () => {
    const state = stateOf(location.hash);
    const index = data.studies.findIndex((study) => study.name === state.study);
    choice.value = String(Math.max(0, index));
    filter.value = state.filter;
    show(data.studies[choice.value]);
  };
  choice.addEventListener("change", () => { remember(); show(data.studies[choice.value]); });
  filter.addEventListener("input", () => { remember(); applyFilter(); });
  window.addEventListener("hashchange", () => { if (location.hash.includes("=")) restore(); });
  document.addEventListener("triptych-rows", applyFilter);
  document.addEventListener("keydown", (event) => {
    const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      filter.focus();
    }
  });
  restore();
}

function showFailure(error) {
  byId("main").replaceChildren(make("div", { class: "broken", role: "alert" },
    make("h2", {}, "This page cannot show its data"), make("p", {}, error.message)));
}

async function start() {
  startTheme();
  const { value: data, isIntact } = await readBlock("triptych-data");
  if (!data.studies.length) throw new Error("The database holds no study yet.");
  if (document.readyState === "loading") {  // the pictures stand behind this script
    await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
  }
  const pictures = await readBlock("triptych-pictures");
  startControls(data, (study) => showStudy(data, pictures.value.pngs, study, isIntact && pictures.isIntact));
  document.documentElement.setAttribute("data-ready", "true");
}

start().catch(showFailure);
