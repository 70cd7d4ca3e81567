// Prediction pictures: per image its input and targets, then one row per run.

function shot(pngs, picture, caption) {
  const image = make("img", { src: "data:image/png;base64," + pngs[picture.png], alt: caption + ", image " + picture.image_id, loading: "lazy" });
  return make("figure", {}, image, make("figcaption", {}, caption));
}

// The newest picture of each place, in order: the input, then by task.
function newest(pictures) {
  const byPlace = new Map();
  for (const picture of pictures) {
    const place = picture.kind + "\n" + picture.task + "\n" + picture.name;
    if (!byPlace.has(place) || byPlace.get(place).step <= picture.step) byPlace.set(place, picture);
  }
  return [...byPlace.values()];
}

function captionOf(picture) {
  if (picture.kind === "input") return "input";
  return picture.task + " " + picture.kind;
}

function imageBlock(study, labels, pngs, imageId, runIndices) {
  const own = study.pictures.filter((picture) => picture.image_id === imageId);
  const given = newest(own.filter((picture) => picture.kind !== "prediction"))
    .sort((a, b) => (b.kind === "input") - (a.kind === "input") || a.task.localeCompare(b.task, "en"));
  const rows = runIndices.map((index) => {
    const predictions = newest(own.filter((picture) => picture.run === index && picture.kind === "prediction"));
    if (!predictions.length) return null;
    const run = study.runs[index];
    return make("div", { "data-label": run.label },
      make("h4", {}, swatch(labels, run.label), run.label + ", seed " + run.seed + ", step " + predictions[0].step),
      make("div", { class: "shots" }, predictions.map((picture) => shot(pngs, picture, captionOf(picture)))));
  });
  return make("div", { class: "image" }, make("h3", {}, "Image " + imageId),
    make("div", { class: "shots" }, given.map((picture) => shot(pngs, picture, captionOf(picture)))), rows);
}

function picturesSection(study, labels, pngs) {
  const imageIds = [...new Set(study.pictures.map((picture) => picture.image_id))];
  if (!imageIds.length) return section("pictures", "Pictures", "", [make("p", {}, "No pictures were stored.")]);
  const withPictures = [...new Set(study.pictures.map((picture) => picture.run))].sort((a, b) => a - b);
  const seeds = [...new Set(withPictures.map((index) => study.runs[index].seed))].sort((a, b) => a - b);
  const imageChoice = make("select", {}, imageIds.map((id) => make("option", { value: id }, id)), imageIds.length > 1 ? make("option", { value: "*" }, "all") : null);
  const seedChoice = make("select", {}, seeds.map((seed) => make("option", { value: seed }, String(seed))), seeds.length > 1 ? make("option", { value: "*" }, "all") : null);
  const holder = make("div", {});
  function show() {
    const indices = withPictures.filter((index) => seedChoice.value === "*" || String(study.runs[index].seed) === seedChoice.value);
    const chosen = imageIds.filter((id, i) => imageChoice.value === "*" || imageChoice.selectedIndex === i);
    holder.replaceChildren(...chosen.map((id) => imageBlock(study, labels, pngs, id, indices)));
    document.dispatchEvent(new Event("triptych-rows"));
  }
  imageChoice.addEventListener("change", show);
  seedChoice.addEventListener("change", show);
  show();
  return section("pictures", "Pictures", "Input and targets first, then what each run predicts.",
    [make("p", { class: "controls" }, make("label", {}, "Image ", imageChoice), make("label", {}, "Seed ", seedChoice)), holder]);
}
