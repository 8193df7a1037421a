/** Who somebody is, as on a hospital wristband: the largest thing in its step. */

import { type Child, h } from "./dom.ts";

export interface Person {
  /** Above the name: `The images belong to`. */
  tag: Child;
  /** Family name first, in capitals. */
  name: string;
  /** Such as `Patient number`, `4471 902`; those without a value are left out. */
  facts?: readonly (readonly [label: string, value: Child])[];
}

export function wristband({ tag, name, facts = [] }: Person): HTMLElement {
  const lines = facts
    .filter(([, value]) => value)
    .map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value)));
  return h(
    "div",
    { class: "band" },
    h("p", { class: "tag" }, tag),
    h("p", { class: "name" }, name),
    lines.length > 0 && h("dl", {}, lines),
  );
}
