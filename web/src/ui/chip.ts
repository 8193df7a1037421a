/** A word in a pill, such as `Opened`. */

import { h } from "./dom.ts";
import { icon, type IconName } from "./icons.ts";

export function chip(
  word: string,
  look: "ok" | "new" | "gone" | "warn" | "err" = "ok",
  picture?: IconName,
): HTMLElement {
  return h("span", { class: `chip ${look}` }, picture && icon(picture), word);
}
