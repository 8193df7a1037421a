/** What will stand in a place that has nothing to show yet: the three steps, and the film that they end with. */

import { h } from "./dom.ts";
import { svgElement } from "./icons.ts";

const STEPS = [
  ["Get hash", "finds where your images are kept"],
  ["Decrypt", "opens the lock with your key"],
  ["Get image", "brings them here and checks them"],
] as const;

/** For wide windows. `words`: what to do to get there. */
export function whatHappens(words: string): HTMLElement {
  return h(
    "aside",
    { class: "to-come", "aria-label": "What will be here" },
    h(
      "ol",
      { class: "track" },
      STEPS.map(([title, line]) => h("li", {}, h("b", {}, title), h("span", {}, line))),
    ),
    h("div", { class: "film-to-come" }, film(), h("p", {}, words)),
  );
}

/** A slice through a chest, as a child would draw it; nobody's. */
function film(): SVGSVGElement {
  const svg = svgElement("svg", { viewBox: "0 0 200 150", class: "film-drawing", "aria-hidden": "true" });
  const oval = (cx: number, cy: number, rx: number, ry: number, part: string): SVGElement =>
    svgElement("ellipse", { cx, cy, rx, ry, class: part });
  svg.append(
    oval(100, 75, 84, 60, "body"),
    oval(64, 72, 27, 40, "lung"),
    oval(136, 72, 27, 40, "lung"),
    oval(104, 84, 22, 24, "heart"),
    oval(100, 120, 11, 9, "bone"),
    oval(100, 24, 9, 4, "bone"),
  );
  return svg;
}
