/** Pictures of 24 by 24, drawn with round strokes of the text's colour. */

const SVG = "http://www.w3.org/2000/svg";

type Shape = readonly [tag: "path" | "rect" | "circle", attributes: Readonly<Record<string, string | number>>];

const path = (d: string): Shape => ["path", { d }];
const circle = (cx: number, cy: number, r: number): Shape => ["circle", { cx, cy, r }];
const rect = (x: number, y: number, width: number, height: number, rx: number): Shape => [
  "rect",
  { x, y, width, height, rx },
];

const SHAPES = {
  mark: [rect(2, 4, 20, 16, 3), path("M3 7l6 5.2M21 7l-6 5.2"), circle(12, 13.5, 3.4)],
  tick: [path("M5 12.5l4.5 4.5L19 7.5")],
  tickRound: [circle(12, 12, 9), path("M8 12.5l2.7 2.7L16 9.8")],
  more: [path("M9 5l7 7-7 7")],
  less: [path("M5 9l7 7 7-7")],
  cross: [path("M6 6l12 12M18 6L6 18")],
  lock: [rect(5, 11, 14, 9, 2), path("M8 11V8a4 4 0 0 1 8 0v3")],
  upload: [path("M12 16V5M7 9.5L12 4.5l5 5M4 20h16")],
  download: [path("M12 4v11M7 10.5l5 5 5-5M4 20h16")],
  wallet: [rect(3, 6, 18, 13, 2), path("M16 12.5h5M3 9.5h18")],
  letter: [rect(3, 5, 18, 14, 2), path("M3.5 7l8.5 6.5L20.5 7")],
  share: [circle(6, 12, 2.6), circle(17.5, 5.5, 2.6), circle(17.5, 18.5, 2.6), path("M8.4 10.8l6.8-4M8.4 13.2l6.8 4")],
  sun: [
    circle(12, 12, 4),
    path("M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4"),
  ],
  zoom: [circle(10.5, 10.5, 6.5), path("M15.5 15.5L21 21M10.5 8v5M8 10.5h5")],
  move: [
    path("M12 3v18M3 12h18M9.5 5.5L12 3l2.5 2.5M9.5 18.5L12 21l2.5-2.5M5.5 9.5L3 12l2.5 2.5M18.5 9.5L21 12l-2.5 2.5"),
  ],
  invert: [circle(12, 12, 8.5), ["path", { d: "M12 3.5v17a8.5 8.5 0 0 0 0-17z", fill: "currentColor" }]],
  reset: [path("M4 4v5h5M4.6 15a8 8 0 1 0 .9-8L4 9")],
  warn: [path("M12 4L2.8 19.5h18.4L12 4zM12 10v4.5M12 17.2v.1")],
  stop: [path("M8 3h8l5 5v8l-5 5H8l-5-5V8zM12 7.5v6M12 16.5v.1")],
  info: [circle(12, 12, 9), path("M12 11v5.5M12 7.5v.1")],
  copy: [rect(9, 9, 11, 11, 2), path("M5 15V6a2 2 0 0 1 2-2h8")],
  file: [path("M6 3h8l4 4v14H6zM14 3v4h4")],
  folder: [path("M3 6h6l2 2.5h10V19H3z")],
  camera: [path("M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4"), rect(8.5, 8.5, 7, 7, 1)],
  key: [circle(8, 14.5, 4.5), path("M11.2 11.3L20 3M16 7l3 3")],
  print: [path("M7 9V3.5h10V9M7 17H4V9h16v8h-3"), rect(7, 14, 10, 6.5, 0)],
  person: [circle(12, 8, 4), path("M4.5 20.5c.6-4 3.4-6.3 7.5-6.3s6.9 2.3 7.5 6.3")],
  image: [rect(3, 4, 18, 16, 2), circle(8.5, 9.5, 1.6), path("M4 17.5l5-4.5 3.5 3 4-4 4 4")],
  swap: [path("M4 8h14M14.5 4.5L18 8l-3.5 3.5M20 16H6M9.5 12.5L6 16l3.5 3.5")],
} satisfies Record<string, readonly Shape[]>;

export type IconName = keyof typeof SHAPES;

/** Decoration, unless it has a label to be read out in place of a word. */
export function icon(name: IconName, label?: string): SVGSVGElement {
  const svg = svgElement("svg", { viewBox: "0 0 24 24", class: "icon", focusable: "false" });
  if (label === undefined) svg.setAttribute("aria-hidden", "true");
  else {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  }
  svg.append(...SHAPES[name].map(([tag, attributes]: Shape) => svgElement(tag, attributes)));
  return svg;
}

/** An SVG element; attributes are never of scripts or styles. */
export function svgElement<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
