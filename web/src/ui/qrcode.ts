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
