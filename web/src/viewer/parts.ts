/** The viewer's elements, without what they do. */

import { h, uniqueId } from "../ui/dom.ts";
import { icon, type IconName, svgElement } from "../ui/icons.ts";
import { KEY_LIST } from "./keys.ts";
import { AS_SAVED } from "./messages.ts";

export const TOOLS = ["bright", "zoom", "move"] as const;
export type Tool = (typeof TOOLS)[number];
type ToolButton = Tool | "invert" | "reset" | "more";

const TOOL_WORDS: readonly (readonly [ToolButton, IconName | "more", string])[] = [
  ["bright", "sun", "Bright"],
  ["zoom", "zoom", "Zoom"],
  ["move", "move", "Move"],
  ["invert", "invert", "Invert"],
  ["reset", "reset", "Reset"],
  ["more", "more", "More"],
];
const SHAPES = {
  more: "M5 12h.01M12 12h.01M19 12h.01",
  play: "M7 4.5v15l12-7.5z",
  pause: "M8 5v14M16 5v14",
  back: "M15 5l-7 7 7 7",
  on: "M9 5l7 7-7 7",
  full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 4h16v16H4zM9 9h6v6H9z",
} as const;
export type Shape = keyof typeof SHAPES;

/** What the panel behind "More" offers. */
export const MORE = ["zoomIn", "zoomOut", "previous", "next", "fit", "full", "keys"] as const;
export type More = (typeof MORE)[number];
const MORE_WORDS: Record<More, readonly [Shape | IconName, string]> = {
  zoomIn: ["plus", "Larger"],
  zoomOut: ["minus", "Smaller"],
  fit: ["fit", "Fit"],
  previous: ["back", "Previous"],
  next: ["on", "Next"],
  full: ["full", "Full screen"],
  keys: ["info", "Keys"],
};

export function drawing(name: Shape | IconName): SVGSVGElement {
  if (!isShape(name)) return icon(name);
  const svg = svgElement("svg", { viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true" });
  svg.append(svgElement("path", { d: SHAPES[name] }));
  return svg;
}

const isShape = (name: string): name is Shape => name in SHAPES;

export type Parts = ReturnType<typeof makeParts>;

/** All elements, as they are before there is anything to see. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the type is the list of them
export function makeParts() {
  const [slider, series, preset, more, stored] = ["slice", "series", "preset", "more", "saved"].map(uniqueId);
  const canvas = h("canvas", { "aria-hidden": "true" });
  const title = h("p", { class: "corner tl" });
  const count = h("p", { class: "corner tr" });
  const orientationLabels = {
    left: h("p", { class: "corner side left" }),
    right: h("p", { class: "corner side right" }),
    top: h("p", { class: "corner side top" }),
    bottom: h("p", { class: "corner side bottom" }),
  };
  const presets = h("select", { id: preset });
  const presetLine = h("p", { class: "corner bl", hidden: true }, h("label", { for: preset }, "Brightness:"), presets);
  const zoom = h("p", { class: "corner br" });
  const hint = h("p", { class: "keys-hint", hidden: true }, "Arrow keys set the brightness. Esc ends.");
  const note = h("div", { class: "note", hidden: true });
  const stage = h("div", { class: "stage", tabindex: 0, role: "application", "aria-label": "Picture" }, canvas, [
    title,
    count,
    Object.values(orientationLabels),
    presetLine,
    zoom,
    hint,
    note,
  ]);
  const sequences = h("select", { id: series });
  const sequenceRow = h("div", { class: "series", hidden: true }, h("label", { for: series }, "Series"), sequences);
  const thumbs = h("div", { class: "thumbs", role: "toolbar", "aria-label": "Small pictures", hidden: true });
  const slice = h("input", { id: slider, type: "range", min: 1, max: 1, value: 1 });
  const sliceLabel = h("label", { for: slider });
  const total = h("span", { class: "total" });
  const play = h("button", { type: "button", class: "play" });
  const sliceRow = h("div", { class: "slices", hidden: true }, sliceLabel, slice, total, play);
  const tools = Object.fromEntries(
    TOOL_WORDS.map(([name, shape, word]) => [name, h("button", { type: "button" }, drawing(shape), word)]),
  ) as Record<ToolButton, HTMLButtonElement>;
  const toolRow = h("div", { class: "tools", role: "toolbar", "aria-label": "Viewer tools" }, Object.values(tools));
  const choices = Object.fromEntries(
    MORE.map((name) => [name, h("button", { type: "button" }, drawing(MORE_WORDS[name][0]), MORE_WORDS[name][1])]),
  ) as Record<More, HTMLButtonElement>;
  const panel = h("div", { class: "more", id: more, role: "group", "aria-label": "More tools", hidden: true });
  panel.append(...Object.values(choices));
  tools.more.setAttribute("aria-controls", panel.id);
  tools.more.setAttribute("aria-expanded", "false");
  const keys = keysDialog();
  const frame = h("div", { class: "frame" }, stage, panel);
  const caption = h("p", { class: "caption", hidden: true });
  const outlines = h("details", { class: "outlines", hidden: true });
  const saved = h("select", { id: stored });
  const savedRow = h("div", { class: "series", hidden: true }, h("label", { for: stored }, AS_SAVED), saved);
  const trouble = h("p", { class: "trouble" });
  const bar = h(
    "div",
    { class: "bar" },
    ...[thumbs, sequenceRow, caption, sliceRow, toolRow, savedRow, outlines, trouble],
  );
  const viewer = h("section", { class: "viewer", "aria-label": "Image viewer" }, frame, bar, keys);
  const files = h("div", { class: "viewer-files" });
  return {
    ...{ viewer, stage, canvas, title, count, orientationLabels, presets, presetLine, zoom, hint, note, frame },
    ...{
      sequences,
      sequenceRow,
      thumbs,
      slice,
      sliceLabel,
      total,
      play,
      sliceRow,
      tools,
      toolRow,
      choices,
      panel,
      keys,
      files,
      caption,
      outlines,
      trouble,
      saved,
      savedRow,
    },
  };
}

function keysDialog(): HTMLDialogElement {
  const heading = h("h2", { id: uniqueId("keys") }, "Keys");
  const rows = KEY_LIST.map(([keys, does]) => h("tr", {}, h("th", { scope: "row" }, keys), h("td", {}, does)));
  const close = h("button", { type: "submit", class: "btn" }, "Close");
  return h(
    "dialog",
    { class: "keys", "aria-labelledby": heading.id },
    heading,
    h("p", { class: "hint" }, "They work while the picture has the focus."),
    h("table", {}, h("tbody", {}, rows)),
    h("form", { method: "dialog" }, close),
  );
}
