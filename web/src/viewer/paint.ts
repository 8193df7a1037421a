/** Puts the state into the viewer's elements. */

import { fill, h } from "../ui/dom.ts";
import type { Colour } from "../dicom/segmentation.ts";
import { AS_SAVED, NOT_SAVED, OUTLINES_HINT, outlinesSaid, place, stageName } from "./messages.ts";
import { drawing, type Parts, TOOLS } from "./parts.ts";
import { presetsOf, sequenceOf, type State, viewOf, views } from "./state.ts";

/** Whatever is not as it was `before`; all of it where there was nothing. */
export function paint(parts: Parts, state: State, before?: State): void {
  if (state.sequences !== before?.sequences) paintChoice(parts, state);
  const isOther = sequenceOf(state) !== before?.sequences[before.chosen];
  if (isOther) paintSequence(parts, state);
  if (isOther || state.windows !== before?.windows) paintPresets(parts, state);
  if (isOther) paintExtras(parts, state);
  paintOutlines(parts, state);
  paintPlace(parts, state);
  paintTools(parts, state);
  if (state.isPlaying !== before?.isPlaying) {
    fill(parts.play, drawing(state.isPlaying ? "pause" : "play"), state.isPlaying ? "Stop" : "Play");
  }
}

function paintChoice({ sequences, sequenceRow }: Parts, state: State): void {
  const options = state.sequences.map((each, at) => h("option", { value: at }, `${at + 1}. ${each.label}`));
  fill(sequences, options);
  sequenceRow.hidden = state.sequences.length < 2;
}

function paintSequence({ sliceRow, slice, sliceLabel, total, title }: Parts, state: State): void {
  const sequence = sequenceOf(state);
  if (!sequence) return;
  const { noun, date } = sequence;
  const [, ...others] = sequence.views;
  const count = String(sequence.views.length);
  sliceRow.hidden = !others.length;
  slice.max = count;
  sliceLabel.style.minWidth = `${noun.length + 1 + count.length}ch`; // the slider keeps its place
  total.textContent = count;
  fill(title, h("span", { class: "name" }, sequence.title), [date && h("br"), date]);
}

function paintPresets({ presets }: Parts, state: State): void {
  const isDicom = sequenceOf(state)?.views[0]?.kind === "dicom";
  const offered = isDicom ? presetsOf(state) : [{ key: "1", name: "auto" }];
  const own = h("option", { value: "own", disabled: true, hidden: true }, "your own");
  fill(
    presets,
    offered.map((each) => h("option", { value: each.key }, each.name)),
    own,
  );
}

function paintExtras({ caption, outlines: place, saved, savedRow }: Parts, state: State): void {
  const { caption: said = "", outlines = [], states = [] } = sequenceOf(state) ?? {};
  savedRow.hidden = !states.length;
  fill(
    saved,
    h("option", { value: "" }, NOT_SAVED),
    states.map(({ id, name }) => h("option", { value: id }, name)),
  );
  caption.textContent = said;
  caption.hidden = !said;
  place.hidden = !outlines.length;
  fill(
    place,
    h("summary", {}),
    h("p", { class: "hint" }, OUTLINES_HINT),
    outlines.length > 1 && outlineRow("", "All of them"),
    outlines.map(({ id, name, colour, maker }) => outlineRow(id, name, colour, maker)),
  );
}

function outlineRow(id: string, name: string, colour?: Colour, maker = ""): HTMLElement {
  const swatch = h("span", { class: "swatch", "aria-hidden": "true" });
  if (colour) swatch.style.background = `rgb(${colour.join(" ")})`;
  const box = h("input", { type: "checkbox", value: id });
  const words = h("span", {}, name, maker && h("span", { class: "maker" }, `, ${maker}`));
  return h("label", {}, box, colour && swatch, words);
}

function paintOutlines({ outlines: place }: Parts, state: State): void {
  const ids = (sequenceOf(state)?.outlines ?? []).map(({ id }) => id);
  const shown = ids.filter((each) => state.setting.outlines.has(each)).length;
  fill(place.querySelector("summary") ?? place, outlinesSaid(ids.length, shown));
  for (const box of place.querySelectorAll("input")) {
    box.checked = box.value ? state.setting.outlines.has(box.value) : shown === ids.length;
    box.indeterminate = !box.value && shown > 0 && shown < ids.length;
  }
}

function paintPlace({ slice, sliceLabel, count, stage, viewer }: Parts, state: State): void {
  viewer.classList.toggle("tall", viewOf(state)?.kind === "ecg");
  const total = views(state).length;
  if (!total) return;
  slice.value = String(state.index + 1);
  slice.setAttribute("aria-valuetext", place(state));
  sliceLabel.textContent = `${sequenceOf(state)?.noun ?? ""} ${state.index + 1}`;
  const view = viewOf(state);
  const marks = view?.kind === "dicom" ? [...new Set(view.marks)] : [];
  if (state.isAsSaved) marks.push(AS_SAVED);
  count.textContent = [total > 1 ? `${state.index + 1} / ${total}` : "", ...marks].filter(Boolean).join("\n");
  stage.setAttribute("aria-label", stageName(state));
}

function paintTools({ saved, presets, tools, stage, hint }: Parts, { setting, tool, isBright }: State): void {
  presets.value = setting.preset;
  saved.value = setting.saved;
  tools.invert.setAttribute("aria-pressed", String(setting.invert));
  for (const each of TOOLS) tools[each].setAttribute("aria-pressed", String(each === tool));
  stage.dataset["tool"] = tool;
  hint.hidden = !isBright;
}
