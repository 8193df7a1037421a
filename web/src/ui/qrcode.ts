/** QR codes to show and to print. */

import { svgElement } from "./icons.ts";

/**
 * Black on white in any theme, with the margin of 4 modules that readers need (ISO/IEC 18004).
 * `label` is what it is called to screen readers. The encoder is loaded when first asked for.
 */
export async function qrCode(text: string, label: string): Promise<SVGSVGElement> {
  const { encodeQR } = await import("qr");
  const modules = encodeQR(text, "raw", { ecc: "medium", border: 4 });
  const size = modules.length;
  const svg = svgElement("svg", { viewBox: `0 0 ${size} ${size}`, class: "qr", role: "img", "aria-label": label });
  svg.append(
    svgElement("rect", { width: size, height: size, fill: "#fff", stroke: "none" }),
    svgElement("path", { d: squares(modules), fill: "#000", stroke: "none", "shape-rendering": "crispEdges" }),
  );
  return svg;
}

const MODULE = 10; // px of a picture
const LINE = 44; // px
const FONT = "26px system-ui, sans-serif";

/** A PNG of the code with lines of text below it, black on white, to be kept, sent or printed. */
export async function cardPicture(text: string, lines: readonly string[]): Promise<Blob> {
  const { encodeQR } = await import("qr");
  const modules = encodeQR(text, "raw", { ecc: "medium", border: 4 });
  const canvas = document.createElement("canvas");
  canvas.width = modules.length * MODULE;
  canvas.height = canvas.width + (lines.length + 1) * LINE;
  const drawing = canvas.getContext("2d");
  if (drawing === null) throw new Error("This browser draws no pictures.");
  drawing.fillStyle = "#fff";
  drawing.fillRect(0, 0, canvas.width, canvas.height);
  drawing.fillStyle = "#000";
  modules.forEach((row, y) => {
    row.forEach((isBlack, x) => {
      if (isBlack) drawing.fillRect(x * MODULE, y * MODULE, MODULE, MODULE);
    });
  });
  drawing.font = FONT;
  drawing.textAlign = "center";
  lines.forEach((line, at) => {
    drawing.fillText(line, canvas.width / 2, canvas.width + at * LINE + LINE / 2, canvas.width - LINE);
  });
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error("This browser makes no pictures."));
    }, "image/png");
  });
}

/** One run of each row's black modules after the other. */
function squares(modules: readonly (readonly boolean[])[]): string {
  const runs: string[] = [];
  modules.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      const from = x;
      while (row[x]) x++;
      if (x > from) runs.push(`M${from} ${y}h${x - from}v1H${from}z`);
    }
  });
  return runs.join("");
}
