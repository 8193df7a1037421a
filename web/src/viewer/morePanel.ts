/** The panel behind "More": buttons for what the keys do. */

import type { Command } from "./keys.ts";
import { MORE, type More, type Parts } from "./parts.ts";

const COMMANDS: Record<More, Command> = {
  zoomIn: { do: "zoomIn" },
  zoomOut: { do: "zoomOut" },
  fit: { do: "fit" },
  previous: { do: "go", by: -1 },
  next: { do: "go", by: 1 },
  full: { do: "full" },
  keys: { do: "keys" },
};
const CLOSING: ReadonlySet<More> = new Set(["full", "keys"]);

/** Listens as long as `signal` is not aborted; `hasOthers`: whether there is a previous or next picture. */
export function listenToPanel(
  parts: Parts,
  hasOthers: () => boolean,
  obey: (command: Command) => void,
  signal: AbortSignal,
): void {
  const { viewer, panel, tools, choices } = parts;
  const open = (on: boolean): void => {
    if (panel.hidden !== on) return;
    panel.hidden = !on;
    tools.more.setAttribute("aria-expanded", String(on));
    choices.previous.hidden = choices.next.hidden = !hasOthers();
    if (on) choices.zoomIn.focus();
  };
  const close = (): void => {
    open(false);
    tools.more.focus();
  };
  const toggle = (): void => {
    open(panel.hidden);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || panel.hidden) return;
    close();
    event.stopImmediatePropagation(); // the viewer stays over the whole page
  };
  const touch = (event: PointerEvent): void => {
    const { target } = event;
    const isInside = target instanceof Node && (panel.contains(target) || tools.more.contains(target));
    if (!isInside) open(false);
  };
  tools.more.addEventListener("click", toggle, { signal });
  for (const name of MORE) {
    const choose = (): void => {
      if (CLOSING.has(name)) close();
      obey(COMMANDS[name]);
    };
    choices[name].addEventListener("click", choose, { signal });
  }
  viewer.addEventListener("keydown", press, { signal });
  viewer.addEventListener("pointerdown", touch, { signal });
}
