/** The recovery sheet: one page, public half above the fold, secret half below it. It exists while it is printed. */

import { h } from "../../ui/dom.ts";
import { qrCode } from "../../ui/qrcode.ts";
import { lines } from "./sheetLines.ts";

export interface SheetContents {
  /** EIP-55 spelling. */
  readonly address: string;
  readonly keyCode: string;
  /** 24 words. */
  readonly seed: string;
  /** To compare. */
  readonly words: readonly string[];
  readonly made: Date;
  /** Of this website, for the steps. */
  readonly site: string;
}

export async function sheet({ address, keyCode, seed, words, made, site }: SheetContents): Promise<HTMLElement> {
  const publicCode = await qrCode(keyCode.toUpperCase(), "Code of the address");
  const secretCode = await qrCode(seed.toUpperCase(), "Secret code"); // in capitals it is smaller
  const date = `${String(made.getDate())} ${made.toLocaleString("en", { month: "long" })} ${String(made.getFullYear())}`;
  return h(
    "article",
    { class: "sheet", "aria-label": "Recovery sheet" },
    h(
      "section",
      { class: "sheet-half" },
      h("h2", {}, "Radiogram: your key to your images"),
      h("p", {}, `Made on ${date}`),
      h(
        "div",
        { class: "sheet-row" },
        h(
          "div",
          {},
          h("h3", {}, "Your address"),
          h("p", {}, "Show this half to the hospital. It holds no secret."),
          numbered(address, "0x"),
          h("p", { class: "sheet-words" }, "Words to compare: ", words.join(" ")),
        ),
        h("div", { class: "sheet-code public" }, publicCode),
      ),
    ),
    h("p", { class: "fold" }, "Fold here, and keep the lower half inside"),
    h(
      "section",
      { class: "sheet-half" },
      h("h3", {}, "Your 24 secret words"),
      h("p", {}, "Keep this like money. Whoever has the words can open your images. No hospital ever asks for them."),
      h(
        "div",
        { class: "sheet-row" },
        h("div", {}, numberedWords(seed)),
        h("div", { class: "sheet-code secret" }, secretCode),
      ),
      h("h3", {}, "How to use it"),
      h(
        "ol",
        { class: "sheet-steps" },
        h("li", {}, `Go to ${site} and choose Open images.`),
        h("li", {}, "Press Type my key, and type the words above, in their order. Capitals do not matter."),
        h(
          "li",
          {},
          "Press Unlock. If you lose this sheet and your key file, nobody can open your images. Not even us.",
        ),
      ),
    ),
  );
}

/** Words with their numbers, down the columns. */
export function numberedWords(seed: string): HTMLElement {
  return h(
    "ol",
    { class: "seed-words" },
    seed.split(" ").map((word) => h("li", {}, word)),
  );
}

/** Groups of four on lines with numbers; the first line begins with `prefix`. */
export function numbered(code: string, prefix = ""): HTMLElement {
  return h(
    "ol",
    { class: "code-lines mono" },
    lines(code).map((groups, line) =>
      h(
        "li",
        {},
        prefix !== "" && line === 0 && h("i", {}, prefix),
        groups.map((group) => h("span", {}, group)),
      ),
    ),
  );
}
