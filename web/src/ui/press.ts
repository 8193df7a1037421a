/** A press of the mouse that began on a control counts, though the control was drawn anew before the button came up. */

import { standsFor } from "./focus.ts";

const CONTROLS = "button, a[href], summary, label, input, select";

/**
 * Browsers click what has both ends of a press: of a control that was replaced in between, they click nothing. (A tap is
 * another matter: its events come all at once, when the finger has left.)
 */
export function keepPresses(page: Document): void {
  let pressed: Element | null = null;
  page.addEventListener("mousedown", ({ button, target }) => {
    pressed = button === 0 ? controlOf(target) : null;
  });
  page.addEventListener("mouseup", ({ button, target }) => {
    const [before, now] = [pressed, controlOf(target)];
    pressed = null;
    if (button !== 0 || before === null || before.isConnected) return;
    if (now instanceof HTMLElement && before instanceof HTMLElement && standsFor(now, before)) now.click();
  });
}

function controlOf(target: EventTarget | null): Element | null {
  return target instanceof Element ? target.closest(CONTROLS) : null;
}
