/** Keeps the focus where a person put it, while what is around it is drawn anew. */

/** An element that has the focus, and how to find the one that takes its place. */
export interface FocusMark {
  readonly element: HTMLElement;
  readonly id: string;
  readonly name: string;
  /** How many of the same name stand before it. */
  readonly place: number;
  readonly selection: readonly [start: number, end: number, direction: "forward" | "backward" | "none"] | null;
}

/** Null unless `element`, or something in it, has the focus. Names are compared within `root`. */
export function focusMark(element: Node, root: ParentNode = document): FocusMark | null {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement) || active === document.body || !element.contains(active)) return null;
  const name = nameOf(active);
  const place = namesakes(root, active.localName, name).indexOf(active);
  return { element: active, id: active.id, name, place, selection: selectionOf(active) };
}

/** Gives the focus back to what is marked, or to what took its place in `root`. Whether that has it now. */
export function focusAgain(mark: FocusMark, root: ParentNode = document): boolean {
  const target = mark.element.isConnected ? mark.element : successor(mark, root);
  target?.focus({ preventScroll: true });
  if (mark.selection !== null && isTextBox(target)) target.setSelectionRange(...mark.selection);
  return target !== null && document.activeElement === target;
}

/** Nothing took its place: the nearest heading is where to read on. */
export function focusNearby(root: Element): void {
  for (let around: Element | null = root; around !== null; around = around.parentElement) {
    const heading = around.querySelector<HTMLElement>("h1") ?? around.querySelector<HTMLElement>("h2,h3");
    if (heading === null) continue;
    if (!heading.hasAttribute("tabindex")) heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    return;
  }
}

export function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/** Whether `other`, which is gone, was the same to a person: its kind, its id and its name. */
export function standsFor(element: HTMLElement, other: HTMLElement): boolean {
  return element.localName === other.localName && element.id === other.id && nameOf(element) === nameOf(other);
}

function successor({ element, id, name, place }: FocusMark, root: ParentNode): HTMLElement | null {
  const sameId = id === "" ? null : document.getElementById(id);
  return sameId ?? namesakes(root, element.localName, name)[place] ?? null;
}

function namesakes(root: ParentNode, tag: string, name: string): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>(tag)].filter((each) => nameOf(each) === name);
}

/** What a screen reader would call it, near enough. */
function nameOf(element: HTMLElement): string {
  const label = element instanceof HTMLInputElement ? element.labels?.[0] : element;
  return element.getAttribute("aria-label") ?? label?.textContent ?? "";
}

function selectionOf(element: HTMLElement): FocusMark["selection"] {
  if (!isTextBox(element)) return null;
  const { selectionStart, selectionEnd, selectionDirection } = element;
  if (selectionStart === null || selectionEnd === null) return null; // a box without text, such as one to tick
  return [selectionStart, selectionEnd, selectionDirection ?? "none"];
}

function isTextBox(element: HTMLElement | null): element is HTMLInputElement | HTMLTextAreaElement {
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
}
