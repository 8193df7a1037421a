/** A structured report to be read on the page: text nodes only, whatever stands in it. */

import type { Part, Report } from "../dicom/structuredReport.ts";
import { type Child, h } from "../ui/dom.ts";

/** The page has one h1: the report's title is an h2, and its sections follow. */
const FIRST_LEVEL = 3;
const HEADINGS = ["h3", "h4", "h5", "h6"] as const;

/** The whole report. Keys and gestures of the picture have no effect in it. */
export function reportPage(report: Report): HTMLElement {
  const rows = report.facts.map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value)));
  const stay = (event: globalThis.Event): void => {
    event.stopPropagation();
  };
  return h(
    "article",
    {
      class: "report",
      role: "document",
      tabindex: 0,
      "aria-label": report.title,
      on: { pointerdown: stay, wheel: stay },
    },
    h("h2", {}, report.title),
    rows.length > 0 && h("table", {}, h("tbody", {}, rows)),
    report.status.map((said) => h("p", { class: "status" }, said)),
    elements(report.parts, FIRST_LEVEL),
  );
}

/** What is not sections by itself stands in lists. */
function elements(parts: readonly Part[], level: number): Child[] {
  const made: Child[] = [];
  let list: HTMLElement | undefined;
  for (const part of parts) {
    if (part.kind === "section") {
      list = undefined;
      const tag = HEADINGS[Math.min(level, 6) - FIRST_LEVEL] ?? "h6";
      made.push(h("section", {}, part.name !== "" && h(tag, {}, part.name), elements(part.parts, level + 1)));
    } else {
      if (!list) made.push((list = h("ul")));
      list.append(line(part, level));
    }
  }
  return made;
}

function line(part: Part & { kind: "line" }, level: number): HTMLElement {
  const name = part.name !== "" && [h("b", {}, part.name), ": "];
  const value = part.isLong ? h("p", {}, part.value) : part.value;
  return h("li", {}, part.relation, name, value, elements(part.parts, level + 1));
}
