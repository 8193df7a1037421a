/** Builds elements. Text only ever becomes text nodes; there is no way to give markup or a style attribute. */

import { focusAgain, type FocusMark, focusMark, focusNearby, isFocusLost } from "./focus.ts";

export type Child = Node | string | number | null | undefined | false | readonly Child[];

type Listeners = { [E in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[E]) => void };

/** Attributes by name: true for one without a value; false, null and undefined for none. */
export interface Props {
  class?: string | undefined;
  on?: Listeners | undefined;
  style?: never;
  innerHTML?: never;
  [attribute: string]: string | number | boolean | null | undefined | Listeners;
}

/** `h("p", { class: "hint" }, "Words ", h("b", {}, "bold"))`. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") listen(element, value as Listeners | undefined);
    else setAttribute(element, name, value as Exclude<Props[string], Listeners>);
  }
  append(element, children);
  return element;
}

/**
 * Takes whatever was in `element` out of it, and puts `children` in. What had the focus keeps it; if it is gone, what
 * took its place gets it, or a heading.
 */
export function fill<E extends Element>(element: E, ...children: Child[]): E {
  const held = focusMark(element, element);
  element.replaceChildren();
  append(element, children);
  if (held !== null && isFocusLost() && !focusAgain(held, element)) focusNearby(element);
  if (carried?.element.isConnected && isFocusLost()) focusAgain(carried);
  return element;
}

/** What had the focus when it was moved into an element that is still being built. */
let carried: FocusMark | null = null;

/** Moving an element takes its focus: until the end of this task, `fill` gives it back. */
function carry(moved: Node): void {
  const mark = moved.isConnected ? focusMark(moved) : null;
  if (mark === null) return;
  carried = mark;
  queueMicrotask(() => {
    carried = null;
  });
}

/** A text that only screen readers get. */
export function hidden(text: string): HTMLElement {
  return h("span", { class: "vh" }, text);
}

let last = 0;

/** An id that no other element of this page has. */
export function uniqueId(prefix: string): string {
  last += 1;
  return `${prefix}-${last}`;
}

export function setAttribute(
  element: Element,
  name: string,
  value: string | number | boolean | null | undefined,
): void {
  if (value === undefined || value === null || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

function append(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (isList(child)) append(element, child);
    else {
      if (child instanceof Node) carry(child);
      element.append(typeof child === "number" ? String(child) : child);
    }
  }
}

const isList = (child: Child): child is readonly Child[] => Array.isArray(child);

function listen(element: HTMLElement, listeners: Listeners = {}): void {
  for (const [type, listener] of Object.entries(listeners)) element.addEventListener(type, listener as EventListener);
}
